import { parseArgs } from 'node:util';
import { allRoles } from '@callbus/contracts/keys/holder';
import { addKey } from './key-file.js';

const usage = `usage: npm run -s key -- --account <account> --roles <roles> [--user <name>] [--file <file>]

  --account  the account of the key; * with the role look: every account
  --roles    one or more of ${allRoles.join(', ')}, separated by commas
  --user     the operator that changes are recorded for when a request names none
  --file     the key file, created if it is missing; default: keys.json
  --help     shows this text
`;

try {
  const { help, file, ...holder } = readArguments(process.argv.slice(2));
  if (help) process.stdout.write(usage);
  else {
    process.stdout.write(`${await addKey(file, holder)}\n`);
    process.stderr.write(`${file} now contains the digest of this key. The key itself is shown only once.\n`);
  }
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
  process.exitCode = 2;
}

function readArguments(args: string[]) {
  const string = { type: 'string' } as const;
  const help = { type: 'boolean', short: 'h', default: false } as const;
  const options = { account: string, roles: string, user: string, file: { ...string, default: 'keys.json' }, help };
  const { roles, ...rest } = parseArgs({ args, options }).values;
  return { ...rest, roles: roles?.split(',').map((role) => role.trim()) };
}

import { parseArgs } from 'node:util';
import { addKey, allRoles } from './key-file.js';

const usage = `usage: npm run -s key -- --account <account> --roles <roles> [--user <name>] [--file <file>]

  --account  the only account that the key may be used for
  --roles    of ${allRoles.join(', ')}, separated by commas
  --user     recorded as the operator of what is done with the key, unless a request names one
  --file     the key file to add it to, made when there is none; keys.json unless given
`;

try {
  const { file, ...holder } = readArguments(process.argv.slice(2));
  process.stdout.write(`${await addKey(file, holder)}\n`);
  process.stderr.write(`added to ${file} as a digest; the key itself is shown this once\n`);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
  process.exitCode = 2;
}

function readArguments(args: string[]) {
  const string = { type: 'string' } as const;
  const options = { account: string, roles: string, user: string, file: { ...string, default: 'keys.json' } };
  const { roles, ...rest } = parseArgs({ args, options }).values;
  return { ...rest, roles: roles?.split(',').map((role) => role.trim()) };
}

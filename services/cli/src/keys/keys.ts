import { answerOf, type components } from '@callbus/client';
import { Command } from 'commander';
import { list, textOf } from '../output/table.js';
import type { Runner } from '../program/run.js';

type Role = components['schemas']['Key']['roles'][number];

export function keysCommand({ run }: Runner): Command {
  const keys = new Command('keys').description('Make, list and revoke keys, as a key with the role admin may');

  keys
    .command('list')
    .description('list the keys of the account')
    .action(
      run(async ({ client, account }) => {
        const path = { account };
        const { data } = await answerOf(client.api.GET('/api/v3/event/keys/{account}', { params: { path } }));
        const rows = data.keys.map((key) => [
          key.id,
          key.roles.join(','),
          textOf(key.user),
          textOf(key.made_by),
          key.expires_at ?? 'never',
          key.last_used_at ?? 'never',
        ]);
        return { json: data, lines: list(['ID', 'ROLES', 'USER', 'MADE BY', 'EXPIRES', 'LAST USED'], rows, 'no keys') };
      }),
    );

  keys
    .command('create')
    .description('make a key, which is printed this once')
    .requiredOption('--roles <roles>', 'publish, manage, operate, look, admin, separated by commas')
    .option('--user <name>', 'the operator of changes by requests that name none')
    .option('--expires <time>', 'when it expires (RFC 3339)')
    .action(
      run<[], { roles: string; user?: string; expires?: string }>(async ({ client, account }, _args, options) => {
        const { roles, user, expires: expires_at } = options;
        const body = {
          // The bus refuses any other.
          roles: roles.split(',').map((role) => role.trim()) as Role[],
          ...(user !== undefined && { user }),
          ...(expires_at !== undefined && { expires_at }),
        };
        const path = { account };
        const { data } = await answerOf(client.api.POST('/api/v3/event/keys/{account}', { params: { path }, body }));
        return { json: data, lines: [data.key, `(id ${data.id}; the key is shown only now)`] };
      }),
    );

  keys
    .command('revoke <id>')
    .description('revoke a key, everywhere within a second')
    .action(
      run<[string]>(async ({ client, account }, [key]) => {
        const path = { account, key };
        await answerOf(client.api.DELETE('/api/v3/event/keys/{account}/{key}', { params: { path } }));
        return { json: { revoked: key }, lines: [`revoked ${key}`] };
      }),
    );

  return keys;
}

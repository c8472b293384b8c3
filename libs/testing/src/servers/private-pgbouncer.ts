import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ensurePackage } from './debian-package.js';
import { handshakes } from '../network/handshakes.js';
import { noPrivateServer, type PrivateServer } from './private-server.js';
import { makeServerDirectory } from './server-directory.js';
import { createServerProcess, findFreePort } from './server-process.js';

const program = '/usr/sbin/pgbouncer';
/** PgBouncer refuses to run as root; `nobody` is on every Linux. */
const nobody = 65_534;

/**
 * Starts a private PgBouncer in front of a Postgres, from Debian's package, with default settings except for the mode.
 *
 * @throws when that is not possible
 */
export async function startPrivatePgbouncer(
  databaseUrl: string,
  mode: 'session' | 'transaction',
): Promise<PrivateServer> {
  if (!(await ensurePackage('pgbouncer', program))) return noPrivateServer('PgBouncer');
  const directory = await makeServerDirectory('pgbouncer');
  const port = await findFreePort();
  const file = join(directory.path, 'pgbouncer.ini');
  const { hostname, port: databasePort, username, password, pathname } = new URL(databaseUrl);
  const credentials = `user=${username}${password === '' ? '' : ` password=${password}`}`;
  await writeFile(
    file,
    `[databases]
* = host=${hostname} port=${databasePort} ${credentials}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = ${mode}
`,
    { mode: 0o644 },
  );
  const url = `postgres://${username}@127.0.0.1:${port}${pathname}`;
  const server = createServerProcess({
    command: program,
    args: [file],
    directory: directory.path,
    handshake: () => handshakes.database(url),
    ...(process.getuid?.() === 0 && { userId: nobody }),
  });
  await server.start();
  return { url, ...server, remove: () => server.kill().then(directory.remove) };
}

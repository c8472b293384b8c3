import { mkdtemp, chmod, readdir, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, jest, test } from '@jest/globals';
import axios from 'axios';
import { findFreePort } from '@callbus/testing/servers/server-process';
import { waitFor } from '@callbus/testing/wait-for';
import { runProgram, type Program } from '@callbus/testing/processes/program';

jest.setTimeout(120_000);

const http = axios.create({ validateStatus: () => true, proxy: false });
const programs: Program[] = [];
let dataDir: string;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'callbus-second-'));
  // PostgreSQL must be able to enter this folder, also when root runs the tests.
  await chmod(dataDir, 0o755);
});
afterEach(async () => {
  for (const program of programs.splice(0)) {
    if (program.hasExited()) continue;
    program.kill('SIGTERM');
    await program.exited;
  }
});
afterAll(() => rm(dataDir, { recursive: true, force: true }));

function run(port: number, folder = dataDir): Program {
  const program = runProgram('standalone/dist/main.js', { CALLBUS_DATA_DIR: folder, PORT: String(port) });
  programs.push(program);
  return program;
}

async function runUntilReady() {
  const port = await findFreePort();
  const program = run(port);
  await waitFor(() => program.output().includes('Callbus is ready') || program.hasExited(), {
    what: 'the start',
    timeoutMs: 60_000,
  });
  const url = `http://127.0.0.1:${port}`;
  return { program, port, url, readiness: () => http.get<{ checks: Record<string, boolean> }>(`${url}/readyz`) };
}

const statusOfSearch = async (url: string) => (await http.post(`${url}/api/v3/event/subscribe/search/0/2`, {})).status;
const postmasterId = async () =>
  Number((await readFile(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8')).split('\n')[0]);

test.each([
  [
    'on the same port',
    (port: number) => Promise.resolve(port),
    (port: number) => `port ${port} is taken: set PORT to another`,
  ],
  [
    'on another port',
    () => findFreePort(),
    () => `process \\d+ uses ${dataDir} already: stop it, or set CALLBUS_DATA_DIR to another folder`,
  ],
])(
  'a second start in the same folder, %s, is refused in one line, and the first process goes on',
  async (_, portOf, fault) => {
    const first = await runUntilReady();
    const database = await postmasterId();
    const second = run(await portOf(first.port));
    expect(await second.exited).toBe(2);
    expect(second.output()).toMatch(new RegExp(`^callbus standalone cannot start: ${fault(first.port)}\n$`));

    expect(await postmasterId()).toBe(database);
    expect(await statusOfSearch(first.url)).toBe(200);
    expect((await first.readiness()).status).toBe(200);
    first.program.kill('SIGTERM');
    expect(await first.program.exited).toBe(0);
    expect(await readdir(dataDir)).not.toContain('lock');
  },
);

test('a start whose port is in use changes no file', async () => {
  const other = createServer();
  const port = await findFreePort();
  await new Promise<void>((resolve) => other.listen(port, '127.0.0.1', resolve));
  const untouched = join(dataDir, 'untouched');
  const refused = run(port, untouched);
  expect(await refused.exited).toBe(2);
  expect(refused.output()).toBe(`callbus standalone cannot start: port ${port} is taken: set PORT to another\n`);
  expect(await readdir(dataDir)).not.toContain('untouched');
  other.close();
});

test('the end of the terminal stops the embedded database too', async () => {
  const { program } = await runUntilReady();
  expect(await readdir(join(dataDir, 'postgres'))).toContain('postmaster.pid');
  program.kill('SIGHUP');
  expect(await program.exited).toBe(0);
  expect(await readdir(join(dataDir, 'postgres'))).not.toContain('postmaster.pid');
});

test('/readyz reports a lost database', async () => {
  const { program, readiness } = await runUntilReady();
  expect((await readiness()).data.checks).toMatchObject({ database: true });
  process.kill(await postmasterId(), 'SIGQUIT');
  await waitFor(async () => (await readiness()).status === 503, { what: '/readyz to answer 503' });
  expect((await readiness()).data.checks).toMatchObject({ broker: true, directory: true, database: false });
  program.kill('SIGKILL');
  await program.exited;
  // The folder of a killed process can be used again.
  const again = await runUntilReady();
  expect(await statusOfSearch(again.url)).toBe(200);
});

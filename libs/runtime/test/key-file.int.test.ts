import { spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rename, rm, stat, symlink, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { createAuthenticate } from '@callbus/runtime/auth/auth';
import { addKey } from '@callbus/runtime/auth/key-file';
import { waitFor } from '@callbus/testing/wait-for';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { pino } from 'pino';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'callbus-keys-'));
  file = join(folder, 'keys.json');
});
afterEach(() => rm(folder, { recursive: true }));

describe('the key command', () => {
  const program = fileURLToPath(new URL('../dist/auth/make-key.js', import.meta.url));

  async function run(...args: string[]) {
    const child = spawn(process.execPath, [program, ...args], { cwd: folder });
    const output = { out: '', err: '' };
    child.stdout.on('data', (chunk) => (output.out += String(chunk)));
    child.stderr.on('data', (chunk) => (output.err += String(chunk)));
    const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
    return { code, ...output };
  }

  test('prints the key, and stores its digest in a file that only the owner can read', async () => {
    const { code, out } = await run('--account', 'acme', '--roles', 'publish, manage', '--user', 'robot');
    expect(code).toBe(0);
    expect(out).toMatch(/^callbus_[\w-]{43}\n$/);
    const key = out.trim();
    expect(await readFile(file, 'utf8')).not.toContain(key);
    expect((await stat(file)).mode & 0o777).toBe(0o600);

    const authenticate = await createAuthenticate({ AUTH: 'keys', KEYS_FILE: file });
    expect(authenticate({ headers: { authorization: `Bearer ${key}` } })).toMatchObject({
      account: 'acme',
      user: 'robot',
      roles: ['publish', 'manage'],
    });
  });

  test('adds to an existing file, and keeps its mode', async () => {
    const first = await addKey(file, { account: 'a', roles: ['publish'] });
    await chmod(file, 0o640);
    const second = (await run('--account', 'b', '--roles', 'operate', '--file', file)).out.trim();
    expect((await stat(file)).mode & 0o777).toBe(0o640);
    const authenticate = await createAuthenticate({ AUTH: 'keys', KEYS_FILE: file });
    const accountOf = (key: string) => authenticate({ headers: { authorization: `Bearer ${key}` } })?.account;
    expect([first, second].map(accountOf)).toEqual(['a', 'b']);
  });

  test.each([
    [[], '"account" is required'],
    [['--account', 'a'], '"roles" is required'],
    [['--account', 'a', '--roles', 'root'], '"roles[0]" must be one of [publish, manage, operate, look, admin]'],
    [['--account', '*', '--roles', 'look,operate'], 'the account * is for keys of the role look alone'],
    [['--account', 'a', '--roles', 'publish', '--what'], "Unknown option '--what'"],
  ])('%j prints the error and the usage', async (args, error) => {
    const { code, out, err } = await run(...args);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(error);
    expect(err).toContain('usage: npm run -s key -- --account');
    await expect(stat(file)).rejects.toThrow('ENOENT');
  });

  test.each([['--help'], ['-h']])('%s prints the usage, and stores nothing', async (option) => {
    expect(await run(option)).toEqual({ code: 0, out: expect.stringMatching(/^usage: npm run -s key -- /), err: '' });
    await expect(stat(file)).rejects.toThrow('ENOENT');
  });

  test('leaves an invalid file unchanged, and loses no key that is added at the same time', async () => {
    await writeFile(file, '{}');
    expect((await run('--account', 'a', '--roles', 'publish')).code).toBe(2);
    expect(await readFile(file, 'utf8')).toBe('{}');
    await unlink(file);
    const adding = ['a', 'b', 'c'].map((account) => addKey(file, { account, roles: ['publish'] }));
    const added = (await Promise.allSettled(adding)).filter(({ status }) => status === 'fulfilled');
    expect(JSON.parse(await readFile(file, 'utf8'))).toHaveLength(added.length);
  });
});

describe('a key file that changes while the service runs', () => {
  const stopping = new AbortController();
  const lines: string[] = [];
  const logger = pino(
    new Writable({
      write(line, _encoding, done) {
        lines.push(String(line));
        done();
      },
    }),
  );

  async function watched() {
    const authenticate = await createAuthenticate(
      { AUTH: 'keys', KEYS_FILE: file },
      { watching: { logger, signal: stopping.signal } },
    );
    return (key: string) => authenticate({ headers: { authorization: `Bearer ${key}` } }) !== undefined;
  }

  test('is read again after every kind of replacement, and an invalid or missing file leaves the old keys valid', async () => {
    const original = await addKey(file, { account: 'a', roles: ['publish'] });
    const knows = await watched();
    expect(knows(original)).toBe(true);

    const renamed = await addKey(file, { account: 'a', roles: ['publish'] });
    await waitFor(() => knows(renamed), { what: 'a file that was replaced by a rename' });

    const valid = await readFile(file, 'utf8');
    await writeFile(file, `[${renamed}`);
    await waitFor(() => lines.some((line) => line.includes('not JSON')), { what: 'the error about the content' });
    await unlink(file);
    await waitFor(() => lines.some((line) => line.includes('ENOENT')), { what: 'the error about the missing file' });
    expect(knows(original) && knows(renamed)).toBe(true);
    expect(lines.join()).not.toContain(renamed);

    const [entry] = JSON.parse(valid) as unknown[];
    await writeFile(file, JSON.stringify([entry]));
    await waitFor(() => !knows(renamed), { what: 'a file that was written in place' });
    expect(knows(original)).toBe(true);

    await writeFile(file, '[]');
    await waitFor(() => !knows(original), { what: 'the removal of the last key' });
  });

  test('is read through the symbolic links that Kubernetes replaces', async () => {
    const [old, fresh] = [join(folder, '..2026_1'), join(folder, '..2026_2')];
    await mkdir(old);
    await mkdir(fresh);
    const first = await addKey(join(old, 'keys.json'), { account: 'a', roles: ['publish'] });
    const second = await addKey(join(fresh, 'keys.json'), { account: 'a', roles: ['publish'] });
    await symlink('..2026_1', join(folder, '..data'));
    await symlink(join('..data', 'keys.json'), file);
    const knows = await watched();
    expect([knows(first), knows(second)]).toEqual([true, false]);

    await symlink('..2026_2', join(folder, '..data_tmp'));
    await rename(join(folder, '..data_tmp'), join(folder, '..data'));
    await waitFor(() => knows(second), { what: 'the keys behind the new link' });
    expect(knows(first)).toBe(false);
    stopping.abort();
  });
});

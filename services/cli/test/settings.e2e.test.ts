import { chmod, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from '@jest/globals';
import { openBusAndFolder } from './support/bus-and-folder.js';
import { callbus } from './support/callbus.js';

const bus = openBusAndFolder();

/** One line, no stack, and the exit code of a wrong setting. */
const refusal = (message: string) => ({
  code: 2,
  out: '',
  err: expect.stringMatching(new RegExp(`^callbus: [^\n]*${message}[^\n]*\n$`)),
});

const config = () => join(bus.directory, 'callbus', 'config.yaml');
const env = () => ({ XDG_CONFIG_HOME: bus.directory });
async function configure(text: string | Buffer): Promise<void> {
  await mkdir(dirname(config()), { recursive: true });
  await writeFile(config(), text);
  await chmod(config(), 0o600);
}

test.each([
  ['CALLBUS_KEY', 'callbus_geheim\nX-Evil: 1', 'the key is not made of visible ASCII characters'],
  ['CALLBUS_KEY', 'callbus_geheim\u2028x', 'the key is not made of visible ASCII characters'],
  ['CALLBUS_ACCOUNT', 'r\u00e4tsel', 'the account is not made of visible ASCII characters'],
  ['CALLBUS_URL', 'http://me:geheim@127.0.0.1/', 'the URL of the bus has only host and path'],
  ['CALLBUS_URL', 'http://127.0.0.1/?key=geheim', 'the URL of the bus has only host and path'],
  ['CALLBUS_URL', 'ftp://127.0.0.1', 'no http or https URL'],
  ['CALLBUS_PROFILE', '__proto__', 'there is no profile __proto__'],
])('%s %j is refused without showing a secret', async (name, value, message) => {
  const refused = await callbus(['queues'], { ...env(), CALLBUS_URL: bus.url, [name]: value });
  expect(refused).toEqual(refusal(message));
  expect(refused.err).not.toContain('geheim');
});

test('a variable that is empty is not set', async () => {
  const empty = { CALLBUS_KEY: '', CALLBUS_ACCOUNT: '', CALLBUS_PROFILE: '', XDG_CONFIG_HOME: '' };
  expect((await callbus(['queues'], { ...empty, CALLBUS_URL: bus.url })).code).toBe(0);
});

test.each([
  ['broken YAML', 'profiles: {', 'no valid YAML'],
  ['a list', '- a', 'must be of type object'],
  ['a number for a key', 'profiles: { a: { key: 7 } }', 'must be a string'],
  ['bytes', Buffer.from([0xff, 0xfe]), 'is not UTF-8 text'],
  ['a profile that is gone', 'current: gone', 'there is no profile gone'],
])('a file with %s stops what calls the bus, and nothing else', async (_what, text, message) => {
  await configure(text);
  expect(await callbus(['queues'], env())).toEqual(refusal(message));
  expect((await callbus(['completion', 'bash'], env())).code).toBe(0);
});

test('a profile that is gone can be replaced', async () => {
  await configure('current: gone\nprofiles: { other: { url: "http://127.0.0.1:9" } }');
  expect(await callbus(['profiles', 'use', 'other'], env())).toMatchObject({ code: 0, out: 'using other\n' });
  expect((await callbus(['profiles', 'list'], env())).out).toContain('* other');
});

test('keys that other users can read are named', async () => {
  await configure(`current: a\nprofiles: { a: { url: "${bus.url}", key: callbus_geheim } }`);
  expect((await callbus(['queues'], env())).err).toBe('');
  await chmod(config(), 0o644);
  const { code, err } = await callbus(['queues'], env());
  expect([code, err]).toEqual([0, `other users can read the keys in ${config()}: chmod 600 it\n`]);
});

test.each([
  [['--url', 'nope'], 'nope is no http or https URL'],
  [['--url', ''], 'no http or https URL'],
  [['--url', 'http://127.0.0.1/?key=geheim'], 'the URL of the bus has only host and path'],
  [['--account', ''], 'the account is not made of visible ASCII characters'],
  [['--key'], 'the key is not made of visible ASCII characters'],
])('a profile with %j is not stored', async (args, message) => {
  await configure('profiles: {}');
  expect(await callbus(['profiles', 'set', 'a', ...args], env(), 'r\u00e4tsel')).toEqual(refusal(message));
  expect(await readFile(config(), 'utf8')).toBe('profiles: {}');
});

test('no profile has a name that begins with a sign', async () => {
  await configure('profiles: {}');
  expect(await callbus(['profiles', 'set', '__proto__', '--url', bus.url], env())).toEqual(
    refusal('the name of a profile begins with a letter or a digit'),
  );
});

test('an empty key and a folder that cannot be written are refused', async () => {
  await configure('profiles: {}');
  expect(await callbus(['profiles', 'set', 'a', '--key'], env(), '\n')).toEqual(refusal('nothing was given'));
  expect(await readFile(config(), 'utf8')).toBe('profiles: {}');
  const nowhere = { XDG_CONFIG_HOME: join(bus.directory, 'nowhere') };
  await mkdir(nowhere.XDG_CONFIG_HOME);
  await symlink('/nonexistent', join(nowhere.XDG_CONFIG_HOME, 'callbus'));
  expect(await callbus(['profiles', 'set', 'a', '--url', 'http://x'], nowhere)).toEqual(refusal('cannot be written'));
});

test.each([
  [{ AMQP_URL: 'nowhere' }, 'AMQP_URL is no URL'],
  [{ AMQP_URL: 'http://127.0.0.1' }, 'cannot be reached'],
  [{ REDIS_URL: '//' }, 'REDIS_URL is no URL'],
  [{ DATABASE_URL: 'postgres://[' }, 'DATABASE_URL is no URL'],
  [{ REDIS_URL: 'redis://127.0.0.1:9', REDIS_CA_FILE: '/nowhere' }, 'REDIS_CA_FILE: /nowhere cannot be read'],
])('doctor finds %j', async (servers, message) => {
  const { code, out, err } = await callbus(['--url', bus.url, 'doctor'], servers);
  expect([code, err]).toEqual([1, '']);
  expect(out).toContain(message);
});

import { createHmac, randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { thisProcess } from '@callbus/standalone/embedded/process-mark';
import { openReceiver, type Receiver } from '@callbus/testing/receivers/callback-receiver';
import { waitFor } from '@callbus/testing/wait-for';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openBusAndFolder } from './support/bus-and-folder.js';
import { callbus, startCallbus } from './support/callbus.js';

const bus = openBusAndFolder();
let receiver: Receiver;

beforeAll(async () => {
  receiver = await openReceiver({ answer: ({ path }) => ({ status: path === '/refuses' ? 422 : 200, body: 'mine' }) });
});
afterAll(async () => {
  await receiver.close();
});

const on = (...args: string[]) => callbus(args, { CALLBUS_URL: bus.url });
const namesLike = async (pattern: string) => {
  const { out } = await on('--json', 'subs', 'list', '--match', pattern);
  return JSON.parse(out) as { subscription_name: string; timeout: number }[];
};

describe('listen', () => {
  async function listen(...args: string[]) {
    const listener = startCallbus(['listen', ...args], { CALLBUS_URL: bus.url });
    await waitFor(() => listener.output().includes('listening to') || listener.child.exitCode !== null, {
      what: 'the listener',
      timeoutMs: 30_000,
    });
    return listener;
  }

  test('prints each callback with its verified signature, hands it on with the answer, and leaves nothing behind', async () => {
    const listener = await listen(`${receiver.url}/mine`, '--names', 'heard.#');
    await on('publish', '--source', 'heard', '--type', 'x', '--data', '{"n":1}');
    await waitFor(() => listener.output().includes('mine'), { what: 'the callback' });
    expect(listener.output()).toMatch(
      /\d\d:\d\d:\d\d\.\d{3} {2}heard\.x {2}attempt 1 {2}signature verified {2}\[\S+\]\n {4}\{.*"n":1.*\n {4}\d+ ms: 200 mine\n/,
    );
    const handed = receiver.requests.find(({ path }) => path === '/mine');
    expect(handed?.headers).toMatchObject({ 'webhook-signature': expect.any(String), 'x-callbus-attempt': '1' });

    listener.child.kill('SIGINT');
    expect(await listener.exited).toBe(0);
    expect(await namesLike('^callbus listen')).toEqual([]);
  });

  test('passes the answer of the local program to the bus', async () => {
    const listener = await listen(`${receiver.url}/refuses`, '--names', 'refused.#');
    const { out } = await on('--json', 'publish', '--source', 'refused', '--type', 'x');
    const { id } = JSON.parse(out) as { id: string };
    await waitFor(async () => (await on('trace', id)).out.includes('422'), { what: 'the refusal', timeoutMs: 30_000 });
    listener.child.kill('SIGTERM');
    await listener.exited;
  });

  test('clears what a killed listener has left, and not what a living one uses', async () => {
    const killed = await listen('--names', 'killed.#');
    const living = await listen('--names', 'living.#');
    killed.child.kill('SIGKILL');
    await killed.exited;
    expect(await namesLike('^callbus listen')).toHaveLength(2);

    const next = await listen('--names', 'next.#');
    expect(next.output()).toMatch(/^deleted 1 subscriptions that earlier runs had left\n/);
    expect(await namesLike('^callbus listen')).toHaveLength(2);
    for (const { child, exited } of [living, next]) {
      child.kill('SIGINT');
      await exited;
    }
    expect(await namesLike('^callbus listen')).toEqual([]);
  });

  test('leaves the subscriptions of other machines, whose processes may have the same ids', async () => {
    const bootId = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
    const own = await thisProcess();
    const gone = { ...own, startedAt: 'long ago' };
    const there = { ...gone, space: own.space.replace(bootId, randomUUID()) };
    for (const [name, mark] of Object.entries({ there, unknown: { ...gone, space: '' }, here: gone }))
      await on(
        ...['subs', 'create', '--to', '9', '--name', `callbus listen ${name}`],
        ...['--description', JSON.stringify(mark)],
      );
    const listener = await listen('--names', 'machines.#');
    listener.child.kill('SIGINT');
    await listener.exited;
    const left = await namesLike('^callbus listen');
    expect(left.map(({ subscription_name: name }) => name)).toEqual(['callbus listen there', 'callbus listen unknown']);
    for (const { subscription_name: name } of left) await on('subs', 'delete', name);
  });

  test('ends when its subscription is deleted, which --prune does not do', async () => {
    const listener = await listen('--names', 'pruned.#');
    const file = join(bus.directory, 'none.yaml');
    await writeFile(file, 'subscriptions: []');
    expect((await on('subs', 'apply', '-f', file, '--prune')).out).toBe(
      '0 created, 0 changed, 0 deleted, 0 unchanged\n',
    );
    const [, id = ''] = /as subscription (\d+)/.exec(listener.output()) ?? [];
    await on('subs', 'delete', id);
    expect(await listener.exited).toBe(3);
    expect(listener.output()).toMatch(
      new RegExp(`\ncallbus: subscription ${id} was deleted elsewhere: start listen again\n$`),
    );
  });

  test('says that the bus cannot reach it, and makes no subscription', async () => {
    const { code, err } = await on('listen', '--names', 'a', '--public-url', 'http://10.255.255.1/');
    expect([code, err]).toEqual([3, expect.stringContaining(`the bus at ${bus.url} cannot reach http://10.255.255.1`)]);
    expect(await namesLike('^callbus listen')).toEqual([]);
  });

  test('a line of --json can be verified later', async () => {
    const listener = await listen('--json', '--names', 'kept.#');
    await on('publish', '--source', 'kept', '--type', 'x');
    await waitFor(() => listener.output().includes('"signature":"verified"'), { what: 'the callback' });
    listener.child.kill('SIGINT');
    await listener.exited;
    const [line = ''] = listener.output().match(/^\{.*\}$/m) ?? [];
    const [CALLBUS_SECRET = ''] = /whsec_\S+/.exec(listener.output()) ?? [];
    expect(await callbus(['verify', '-'], { CALLBUS_SECRET }, line)).toMatchObject({ code: 0 });
    const another = `whsec_${Buffer.alloc(24).toString('base64')}`;
    expect(await callbus(['verify', '-'], { CALLBUS_SECRET: another }, line)).toMatchObject({
      code: 1,
      out: expect.stringMatching(/^secret: /),
    });
  });
});

test('verify reads a request as it came, and says why a signature does not fit', async () => {
  const key = Buffer.from('0123456789abcdef01234567');
  const at = Math.floor(Date.now() / 1_000);
  const body = '{"a": "ü"}\n';
  const signature = createHmac('sha256', key).update(`evt_1.${at}.${body}`).digest('base64');
  const request = (text: string) =>
    `POST /events HTTP/1.1\r\nwebhook-id: evt_1\r\nwebhook-timestamp: ${at}\r\nwebhook-signature: v1,${signature}\r\n\r\n${text}`;
  const verified = (text: string) =>
    callbus(['verify', '-'], { CALLBUS_SECRET: `whsec_${key.toString('base64')}` }, request(text));
  expect(await verified(body)).toEqual({ code: 0, out: 'verified evt_1\n', err: '' });
  expect(await verified(body.trim())).toMatchObject({ code: 1, out: expect.stringMatching(/^body: the line end/) });
  for (const env of [{}, { CALLBUS_SECRET: ' ' }])
    expect(await callbus(['verify', '-'], env, request(body))).toMatchObject({
      code: 2,
      err: 'callbus: set CALLBUS_SECRET to the secret: standard input has the callback\n',
    });
  expect((await callbus(['verify', '--help'])).out).toContain('CALLBUS_SECRET');
});

describe('subs apply', () => {
  const yamlOf = (count: number, timeout: number) =>
    [
      'subscriptions:',
      ...Array.from({ length: count }, (_, at) =>
        [
          `  - subscription_name: many-${at}`,
          `    callback_url: http://127.0.0.1:9/${at}`,
          `    subscription_form: ' b.${at}, a.#, a.#'`,
          '    confirm_mode: "1"',
          `    timeout: ${at === 3 ? timeout : 120}`,
          '    headers: { X-Api-Key: hidden, X-Team: media }',
        ].join('\n'),
      ),
    ].join('\n');

  test('1,000 subscriptions: a second run changes nothing, one change changes one, and prunes only when asked', async () => {
    const file = join(bus.directory, 'many.yaml');
    await writeFile(file, yamlOf(1_000, 120));
    const apply = async (...more: string[]) => {
      const { code, out } = await on('subs', 'apply', '-f', file, ...more);
      return [code, ...out.trimEnd().split('\n').slice(-3)];
    };
    expect((await apply('--dry-run')).at(-1)).toBe('1000 to create, 0 to change, 0 to delete, 0 unchanged');
    expect(await namesLike('^many-')).toEqual([]);
    expect((await apply()).at(-1)).toBe('1000 created, 0 changed, 0 deleted, 0 unchanged');
    expect(await apply()).toEqual([0, '0 created, 0 changed, 0 deleted, 1000 unchanged']);

    await writeFile(file, yamlOf(999, 5));
    expect(await apply()).toEqual([
      0,
      '~ many-3',
      '    timeout: 60 → 5',
      '0 created, 1 changed, 0 deleted, 998 unchanged, 1 not in the file (--prune deletes them)',
    ]);
    expect(await namesLike('^many-3$')).toMatchObject([{ timeout: 5 }]);
    expect(await apply('--prune')).toEqual([0, '- many-999', '0 created, 0 changed, 1 deleted, 999 unchanged']);
  });

  test.each([
    ['subscriptions: 1', 'must be an array'],
    ['subscriptions: [{ subscription_name: a, timeuot: 1 }]', 'the subscription a has an unknown field timeuot'],
    ['subscriptions: [{ subscription_name: a }, { subscription_name: a }]', 'contains a duplicate value'],
    ['{', 'faulty.yaml is no valid YAML: Flow map must end'],
  ])('%j is a fault of the file', async (text, message) => {
    const file = join(bus.directory, 'faulty.yaml');
    await writeFile(file, text);
    expect(await on('subs', 'apply', '-f', file)).toEqual({ code: 2, out: '', err: expect.stringContaining(message) });
  });

  test('a changed header is shown without secret values', async () => {
    const file = join(bus.directory, 'header.yaml');
    const text = yamlOf(1, 120).replaceAll('many-0', 'header').replace('media', 'audio');
    await writeFile(file, text.replace('audio', 'media'));
    await on('subs', 'apply', '-f', file);
    await writeFile(file, text);
    const { out } = await on('subs', 'apply', '-f', file, '--dry-run');
    expect(out).toContain('"X-Team":"audio"');
    expect(out).not.toContain('hidden');
  });
});

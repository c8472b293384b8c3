import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { openBusAndFolder } from './support/bus-and-folder.js';
import { callbus } from './support/callbus.js';

const bus = openBusAndFolder();

const on = (...args: string[]) => callbus(args, { CALLBUS_URL: bus.url });
async function fileOf(content: string | Buffer): Promise<string> {
  const file = join(bus.directory, 'input');
  await writeFile(file, content);
  return file;
}
/** One line, no stack, and the exit code of a wrong input. */
const refusal = (message: string) => ({
  code: 2,
  out: '',
  err: expect.stringMatching(new RegExp(`^(published \\d+\n)?callbus: [^\n]*${message}[^\n]*\n$`)),
});

test.each([
  [['attempts', 'x', '--limit', 'many']],
  [['undelivered', 'list', 'x', '--start', '-1']],
  [['undelivered', 'show', 'x', 'first']],
  [['undelivered', 'replay', 'x', '--ids', '1,b']],
  [['listen', '--port', '99999']],
  [['verify', 'file', '--tolerance', 'soon']],
  [['publish', '--type', 'x', '--retry-for', '1m']],
  [['subs', 'create', '--to', '9', '--biz', 'mine']],
])('%j has no number where one belongs', async (args) => {
  const { code, out, err } = await on(...args);
  expect([code, out]).toEqual([2, '']);
  expect(err).toMatch(/^error: .* is invalid.*\. It is no whole number up to \d+\.\n$/);
});

describe('publish', () => {
  test('takes a byte order mark, Windows line ends and a last line without an end', async () => {
    const file = await fileOf('\ufeff{"source":"s","type":"t"}\r\n\r\n{"source":"s","type":"u"}');
    expect(await on('publish', file)).toEqual({ code: 0, out: '', err: 'published 2\n' });
  });

  test.each([
    ['a picture', Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'), 'line 1 is not UTF-8 text'],
    ['Latin-1', Buffer.from('{"source":"s","type":"caf\xe9"}', 'latin1'), 'line 1 is not UTF-8 text'],
    ['CSV', 'source,type\ns,t\n', 'line 1 is no JSON object'],
    ['numbers', '{"source":"s","type":"t"}\n7\n', 'line 2 is no JSON object'],
    ['lists in a list', '[[{}]]', 'line 1 is no JSON object'],
  ])('%s is refused', async (_what, content, message) => {
    expect(await on('publish', await fileOf(content))).toEqual(refusal(message));
  });

  test('what is before a faulty line is published, and counted', async () => {
    const { err } = await on('publish', await fileOf('{"source":"s","type":"t"}\n{"source":"s","type":"u"}\n}{\n'));
    expect(err).toBe('published 2\ncallbus: line 3 is no JSON object\n');
  });

  test('a folder, and a device that never ends', async () => {
    expect(await on('publish', bus.directory)).toEqual(refusal('the events cannot be read: EISDIR'));
    expect(await on('publish', '/dev/zero')).toEqual(refusal('line 1 begins a text of more than 64 MiB'));
  });

  test('an event that is nested too deeply is refused, and the others go on', async () => {
    const deep = `{"source":"s","type":"t","data":${'['.repeat(50_000)}${']'.repeat(50_000)}}`;
    const file = await fileOf(`${deep}\n{"source":"s","type":"t"}\n`);
    for (const more of [[], ['--json']]) {
      const { code, out, err } = await on(...more, 'publish', file);
      expect([code, err]).toEqual([
        1,
        expect.stringMatching(/^(published 1; 1 failed|\{"published":1,.*"failed":1\})\n$/),
      ]);
      expect(out).toMatch(/^(failed: |\{"error":")this is no event: RangeError: /);
    }
  });

  test('events of wrong types and sizes are refused one by one', async () => {
    const lines = ['{"source":1,"type":null}', '{}', `{"source":"s","type":"${'x'.repeat(2_000_000)}"}`];
    const { code, out, err } = await on('publish', await fileOf(lines.join('\n')));
    expect([code, err]).toEqual([1, 'published 0; 3 failed\n']);
    const printed = out.trimEnd().split('\n');
    expect(printed.map((line) => line.slice(0, 8))).toEqual(['failed: ', 'failed: ', 'failed: ']);
    for (const line of printed) expect(line.length).toBeLessThan(600);
  });
});

describe('subs apply', () => {
  const apply = async (content: string | Buffer) => on('subs', 'apply', '--dry-run', '-f', await fileOf(content));
  const laughs = Array.from({ length: 20 }, (_, at) => `l${at + 1}: &l${at + 1} [${`*l${at},`.repeat(9)}]`);

  test('takes a byte order mark, Windows line ends and anchors', async () => {
    const text = [
      '\ufeffsubscriptions:',
      '  - &first { subscription_name: a, callback_url: "http://127.0.0.1:9/", subscription_form: a }',
      '  - { subscription_name: b, callback_url: "http://127.0.0.1:9/", subscription_form: a }',
    ];
    expect(await apply(text.join('\r\n'))).toEqual({
      code: 0,
      out: '+ a\n+ b\n2 to create, 0 to change, 0 to delete, 0 unchanged\n',
      err: '',
    });
  });

  test.each([
    ['a bomb of anchors', `l0: &l0 [lol]\n${laughs.join('\n')}\nsubscriptions: *l20\n`, 'Excessive alias count'],
    ['an anchor in itself', 'subscriptions: &a [*a]', 'input'],
    ['an unknown anchor', 'subscriptions: *nobody', 'nobody'],
    ['two documents', 'subscriptions: []\n---\nsubscriptions: []\n', 'multiple documents'],
    ['a key twice', 'subscriptions: []\nsubscriptions: []\n', 'unique'],
    ['tabs', 'subscriptions:\n\t- a\n', 'input'],
    ['a text', 'hello', 'must be of type object'],
    ['a list', '[]', 'must be of type object'],
    ['nothing', '', '"subscriptions" is required'],
    ['deep brackets', '['.repeat(100_000), 'input'],
    ['bytes', Buffer.from([0xff, 0xfe, 0x00, 0x41]), 'is not UTF-8 text'],
    ['a member of every object', 'subscriptions: [{ subscription_name: a, toString: 1 }]', 'unknown field toString'],
  ])('%s is a fault of the file', async (_what, content, message) => {
    expect(await apply(content)).toEqual(refusal(message));
  });

  const complete = { callback_url: 'http://127.0.0.1:9/', subscription_form: 'a' };
  const fileWith = (fields: object) =>
    JSON.stringify({ subscriptions: [{ subscription_name: 'a', ...complete, ...fields }] });

  test.each([
    [{ timeout: 'soon' }, 'the subscription a: timeout must be of type integer'],
    [{ timeout: '' }, 'the subscription a: timeout must be of type integer'],
    [{ enabled: 'yes' }, 'the subscription a: enabled must be of type boolean'],
    [{ payload_format: 'xml' }, 'the subscription a: payload_format must be one of source, cloudevents, cloudevents-'],
    [{ confirm_mode: 3 }, 'the subscription a: confirm_mode must be one of httpstatus, regular, 1, 2'],
    [{ max_attempts: 99 }, 'the subscription a: max_attempts must be <= 20'],
    [{ headers: { 'X-A': 1 } }, 'the subscription a: headers.X-A must be of type string'],
    [{ callback_url: undefined, subscription_form: undefined }, 'callback_url, subscription_form is missing'],
    [{ callback_url: ' ' }, 'the subscription a: callback_url is missing'],
    [{ callback_url: '127.0.0.1:9' }, 'the subscription a: callback_url must match pattern'],
    [{ timout: 5 }, 'the subscription a has an unknown field timout: did you mean timeout\\?'],
    [{ colour: 'red' }, 'the subscription a has an unknown field colour'],
  ])('%j is refused by a dry run', async (fields, message) => {
    expect(await apply(fileWith(fields))).toEqual(refusal(message));
  });

  test('a fault of an existing subscription is refused by a dry run', async () => {
    const name = { subscription_name: 'exists' };
    await on('subs', 'apply', '-f', await fileOf(fileWith(name)));
    expect(await apply(fileWith({ ...name, callback_url: '' }))).toEqual(refusal('callback_url is missing'));
    expect(await apply(fileWith({ ...name, timeout: '10' }))).toEqual(refusal('timeout must be of type integer'));
  });

  test.each([
    [{ event_bus_id: '', payload_format: ' ', verification: '', description: ' ', system_name: '' }],
    [{ confirm_pattern: '', payload_format: 'cloudevents' }],
    [{ confirm_pattern: ' ' }],
    [{ time_out: 0 }],
    [{ headers: {} }],
    [{ subscription_form: 'b, a,,b' }],
  ])('%j is applied once', async (fields) => {
    const subscription_name = JSON.stringify(fields);
    const file = await fileOf(fileWith({ subscription_name, ...fields }));
    const counts = async () => (await on('subs', 'apply', '-f', file)).out.split('\n').at(-2);
    expect(await counts()).toMatch(/^1 created, /);
    expect(await counts()).toMatch(/^0 created, 0 changed, 0 deleted, 1 unchanged/);
  });

  test('a folder, and a device that never ends', async () => {
    expect(await on('subs', 'apply', '-f', bus.directory)).toEqual(refusal('cannot be read: EISDIR'));
    expect(await on('subs', 'apply', '-f', '/dev/zero')).toEqual(refusal('it is larger than 64 MiB'));
  });

  test('when a step fails, the secrets of those before are shown', async () => {
    const file = await fileOf(
      `subscriptions:
  - { subscription_name: made, callback_url: "http://127.0.0.1:9/", subscription_form: a, secret: generate }
  - { subscription_name: refused, callback_url: "http://127.0.0.1:9/", subscription_form: a, headers: { Host: a } }
`,
    );
    const { code, out, err } = await on('subs', 'apply', '-f', file);
    expect(code).toBe(3);
    expect(out).toMatch(
      /^secret of made: whsec_\S+ {2}\(shown only now\)\ndid 1 of 2 steps: apply again for the others\n$/,
    );
    expect(err).toMatch(/^callbus: refused: .*\(400\).*\n$/);
  });

  test('a subscription may have any name', async () => {
    const fields = 'callback_url: "http://127.0.0.1:9/", subscription_form: a, secret: generate';
    const file = await fileOf(`subscriptions: [{ subscription_name: __proto__, ${fields} }]`);
    const { code, out } = await on('subs', 'apply', '-f', file);
    expect([code, out]).toEqual([0, expect.stringMatching(/^\+ __proto__\n.*\nsecret of __proto__: whsec_/)]);
  });
});

test.each([
  [['subs', 'create', '--to', '9', '--set', 'foo=1'], 'a subscription has an unknown field foo'],
  [['subs', 'edit', 'x', '--set', 'max_inflight=1'], 'an unknown field max_inflight: did you mean max_in_flight\\?'],
  [['subs', 'edit', 'x', '--set', 'toString=1'], 'a subscription has an unknown field toString'],
])('%j names a field that does not exist', async (args, message) => {
  expect(await on(...args)).toEqual(refusal(message));
});

test('verify refuses what is no capture', async () => {
  const secret = { CALLBUS_SECRET: `whsec_${Buffer.alloc(24).toString('base64')}` };
  const verify = (file: string) => callbus(['verify', file], secret);
  expect(await verify(bus.directory)).toEqual(refusal('cannot be read: EISDIR'));
  expect(await verify('/dev/zero')).toEqual(refusal('it is larger than 64 MiB'));
  expect(await verify(await fileOf('hello'))).toEqual(refusal('no empty line'));
  expect(await verify(await fileOf('{"headers":{},"body":7}'))).toEqual(refusal('no JSON with headers and body'));
  expect(await verify(await fileOf('\ufeff{"headers":{},"body":""}'))).toMatchObject({ code: 1, err: '' });
  const noSecret = await callbus(['verify', await fileOf('{"headers":{},"body":""}')]);
  expect(noSecret).toEqual(refusal('nothing was given: .*, or set CALLBUS_SECRET'));
  expect(await callbus(['verify', '-'], {}, 'hello')).toEqual(refusal('no empty line'));
});

import { describe, expect, test } from '@jest/globals';
import { createAddressPolicy, parseCidrs } from '@callbus/callback/network/address-policy';
import fc from 'fast-check';
import { Fault } from '../../src/http/errors.js';
import { defaultLimits } from '../../src/accounts/limits.js';
import {
  complete,
  readDefinition,
  readPatch,
  readReplacement,
  type Changed,
} from '../../src/subscriptions/definition.js';
import type { Definition } from '../../src/subscriptions/row.js';
import { readEventNames } from '../../src/subscriptions/rules.js';

const addressPolicy = createAddressPolicy({ allowCidrs: parseCidrs('127.0.0.0/8') });

const bounds = { addressPolicy, limits: defaultLimits };

const minimal = {
  subscription_name: 'mysubscribe',
  callback_url: 'http://127.0.0.1:8080/callback',
  confirm_mode: 'httpstatus',
  subscription_form: 'hostcreate',
};

function read(changes: object): Definition | Fault {
  return readDefinition(JSON.stringify({ ...minimal, ...changes }), bounds);
}

function accepted(changes: object): Definition {
  const definition = read(changes);
  if (definition instanceof Fault) throw new Error(definition.message.en);
  return definition;
}

function refused(changes: object): { code: number; en: string; zh: string } {
  const definition = read(changes);
  if (!(definition instanceof Fault)) throw new Error('was accepted');
  return { code: definition.code, en: definition.message.en, zh: definition.message['zh-cn'] };
}

describe('a definition', () => {
  test('has the defaults of the contract', () => {
    expect(accepted({})).toEqual({
      name: 'mysubscribe',
      systemName: '',
      callbackUrl: 'http://127.0.0.1:8080/callback',
      confirmMode: 'httpstatus',
      confirmPattern: '200',
      eventNames: ['hostcreate'],
      eventBusId: null,
      timeoutS: 10,
      description: '',
      enabled: true,
      payloadFormat: 'source',
      headers: {},
      maxAttempts: 10,
      maxInFlight: 64,
      verification: 'none',
    });
  });

  test('treats null and blank text as not set, and ignores unknown fields', () => {
    const nothing = { system_name: null, confirm_pattern: ' ', timeout: null, time_out: null, enabled: null };
    const more = {
      description: null,
      payload_format: '',
      event_bus_id: ' ',
      headers: null,
      max_attempts: null,
      max_in_flight: null,
    };
    expect(accepted({ ...nothing, ...more, kind: 'fault', bk_obj_id: 1 })).toEqual(accepted({}));
  });

  test.each([
    ['httpstatus', 'httpstatus'],
    [1, 'httpstatus'],
    ['1', 'httpstatus'],
    ['regular', 'regular'],
    [2, 'regular'],
    ['2', 'regular'],
  ])('confirm_mode %j is %s', (confirm_mode, confirmMode) => {
    expect(accepted({ confirm_mode, confirm_pattern: '200' })).toMatchObject({ confirmMode });
  });

  test.each(['200', '200,202', '2xx', '2xx, 304'])('httpstatus accepts the pattern %s', (confirm_pattern) => {
    expect(accepted({ confirm_pattern })).toMatchObject({ confirmPattern: confirm_pattern });
  });

  test.each([
    [{ timeout: 7 }, 7],
    [{ time_out: 7 }, 7],
    [{ timeout: 60, time_out: 1 }, 1],
    [{ timeout: 'not looked at', time_out: 60 }, 60],
    [{ timeout: 5, time_out: null }, 5],
  ])('time_out wins over timeout: %j is %d s', (changes, timeoutS) => {
    expect(accepted(changes)).toMatchObject({ timeoutS });
  });

  test.each([
    [0, 10],
    [-1, 10],
    [-1e300, 10],
    [1, 1],
    [60, 60],
    [61, 60],
    [120, 60],
    [1e300, 60],
  ])('a timeout of %d is %d s', (timeout, timeoutS) => {
    expect(accepted({ timeout })).toMatchObject({ timeoutS });
    expect(accepted({ time_out: timeout })).toMatchObject({ timeoutS });
  });

  test.each(['cloudevents', 'cloudevents-binary'])(
    'with payload_format %s confirms callbacks by any 2xx',
    (payload_format) => {
      expect(accepted({ payload_format })).toMatchObject({ confirmPattern: '2xx' });
      expect(accepted({ payload_format, confirm_pattern: '202' })).toMatchObject({ confirmPattern: '202' });
    },
  );

  test('counts characters rather than UTF-16 units', () => {
    expect(accepted({ subscription_name: '🚌'.repeat(256) })).toMatchObject({ name: '🚌'.repeat(256) });
    expect(refused({ subscription_name: '🚌'.repeat(257) })).toMatchObject({ code: 1199006 });
  });

  test('accepts every extension', () => {
    const headers = { 'X-Token': 'abc', authorization: 'Bearer x y' };
    const limits = { max_attempts: 20, max_in_flight: 256 };
    expect(
      accepted({ enabled: false, payload_format: 'cloudevents-binary', event_bus_id: 'bus', headers, ...limits }),
    ).toMatchObject({
      enabled: false,
      payloadFormat: 'cloudevents-binary',
      eventBusId: 'bus',
      headers,
      maxAttempts: 20,
      maxInFlight: 256,
    });
  });
});

describe('a secret', () => {
  test.each([
    ['generate', 'generate'],
    [secretOf(24), Buffer.alloc(24, 7)],
    [secretOf(64), Buffer.alloc(64, 7)],
    [null, null],
    ['', null],
    [' ', null],
  ])('%j is %j', (secret, expected) => {
    expect(accepted({ secret }).secret).toEqual(expected);
  });

  test('that is not given differs from null', () => {
    expect('secret' in accepted({})).toBe(false);
  });
});

describe('a missing field', () => {
  test.each([
    ['subscription_name', 'SubscriptionName'],
    ['callback_url', 'CallbackUrl'],
    ['confirm_mode', 'ConfirmMode'],
    ['subscription_form', 'SubscriptionForm'],
  ])('%s is reported with the original message', (field, name) => {
    const fault = { code: 1199010, en: `'${name}' is not set`, zh: `'${name}' 未赋值` };
    expect(refused({ [field]: undefined })).toEqual(fault);
    expect(refused({ [field]: null })).toEqual(fault);
    expect(refused({ [field]: '  ' })).toEqual(fault);
  });

  test('that is the first in the order of the contract is reported', () => {
    expect(refused({ subscription_name: '', callback_url: '' })).toMatchObject({ zh: `'SubscriptionName' 未赋值` });
  });

  test('is also a subscription_form without a name', () => {
    expect(refused({ subscription_form: ' , ,' })).toMatchObject({ code: 1199010, zh: `'SubscriptionForm' 未赋值` });
  });
});

test.each([
  [{ subscription_name: 1 }, 'subscription_name'],
  [{ system_name: {} }, 'system_name'],
  [{ callback_url: 1 }, 'callback_url'],
  [{ confirm_mode: true }, 'confirm_mode'],
  [{ confirm_pattern: 200 }, 'confirm_pattern'],
  [{ subscription_form: ['a'] }, 'subscription_form'],
  [{ timeout: '10' }, 'timeout'],
  [{ time_out: '10' }, 'time_out'],
  [{ enabled: 'true' }, 'enabled'],
  [{ payload_format: 1 }, 'payload_format'],
  [{ event_bus_id: 1 }, 'event_bus_id'],
  [{ secret: 1 }, 'secret'],
  [{ headers: [] }, 'headers'],
  [{ headers: { a: 1 } }, 'headers'],
  [{ max_attempts: '1' }, 'max_attempts'],
  [{ max_in_flight: true }, 'max_in_flight'],
])('%j is of the wrong type', (changes, field) => {
  const fault = { code: 1199000, en: `'${field}' is of the wrong type`, zh: `'${field}' 类型错误` };
  expect(refused(changes)).toEqual(fault);
});

test.each(['', ' ', '{', '[]', 'null', '"text"', '1'])('the body %j is not a JSON object', (body) => {
  expect(readDefinition(body, bounds)).toMatchObject({
    code: 1199000,
    message: { en: 'the body is not a JSON object' },
  });
});

test.each([
  [{ subscription_name: 'x'.repeat(257) }, 'subscription_name', 'longer than 256 characters', '超过 256 个字符'],
  [
    { subscription_name: 'a\0b' },
    'subscription_name',
    'contains characters that cannot be stored',
    '含有无法保存的字符',
  ],
  [
    { subscription_name: '\ud800' },
    'subscription_name',
    'contains characters that cannot be stored',
    '含有无法保存的字符',
  ],
  [{ system_name: 'x'.repeat(257) }, 'system_name', 'longer than 256 characters', '超过 256 个字符'],
  [{ system_name: '\0' }, 'system_name', 'contains characters that cannot be stored', '含有无法保存的字符'],
  [{ callback_url: `http://a/${'x'.repeat(2040)}` }, 'callback_url', 'longer than 2048 characters', '超过 2048 个字符'],
  ...['/callback', 'example.com', 'ftp://a/', 'http:a', 'http://', 'http://a b/', 'http://a/\n', 'javascript:1'].map(
    (callback_url) =>
      [{ callback_url }, 'callback_url', 'not an absolute http or https URL', '不是 http 或 https 的绝对地址'] as const,
  ),
  ...['http://10.0.0.1/', 'http://0xa000001/', 'http://[::1]:8080/', 'http://169.254.169.254/x', 'http://a.test./'].map(
    (callback_url) => {
      const { hostname } = new URL(callback_url);
      return [
        { callback_url },
        'callback_url',
        `address not allowed: ${hostname}`,
        `不允许的地址：${hostname}`,
      ] as const;
    },
  ),
  [{ callback_url: 'http://u:p@a/' }, 'callback_url', 'contains credentials', '含有用户名或密码'],
  [
    { confirm_mode: 'status' },
    'confirm_mode',
    'none of httpstatus, regular, 1, 2',
    '不是 httpstatus, regular, 1, 2 之一',
  ],
  [{ confirm_mode: 3 }, 'confirm_mode', 'none of httpstatus, regular, 1, 2', '不是 httpstatus, regular, 1, 2 之一'],
  ...[
    { confirm_pattern: '20' },
    { confirm_pattern: 'ok' },
    { confirm_mode: 'regular', confirm_pattern: '(' },
    { confirm_mode: 'regular', confirm_pattern: '(?=a)' },
    { confirm_mode: 'regular' },
  ].map(
    (changes) =>
      [changes, 'confirm_pattern', 'not a pattern of this confirm_mode', '不符合 confirm_mode 的格式'] as const,
  ),
  [
    { subscription_form: `${'x'.repeat(8_190)}字` },
    'subscription_form',
    'an event name of more than 8192 bytes',
    '有事件名超过 8192 字节',
  ],
  [
    { subscription_form: 'a\0' },
    'subscription_form',
    'contains characters that cannot be stored',
    '含有无法保存的字符',
  ],
  [{ description: 'x'.repeat(1_025) }, 'description', 'longer than 1024 characters', '超过 1024 个字符'],
  [{ timeout: 1.5 }, 'timeout', 'not a whole number', '不是整数'],
  [
    { payload_format: 'xml' },
    'payload_format',
    'none of source, cloudevents, cloudevents-binary',
    '不是 source, cloudevents, cloudevents-binary 之一',
  ],
  [{ event_bus_id: 'x'.repeat(257) }, 'event_bus_id', 'longer than 256 characters', '超过 256 个字符'],
  [
    { headers: Object.fromEntries(Array.from({ length: 17 }, (_, index) => [`x-${index}`, ''])) },
    'headers',
    'more than 16 entries',
    '超过 16 项',
  ],
  ...[
    'host',
    'Connection',
    'keep-alive',
    'Proxy-Authorization',
    'TE',
    'trailer',
    'Transfer-Encoding',
    'upgrade',
    'expect',
    'Content-Type',
    'content-length',
    'webhook-id',
    'CE-source',
    'x-callbus-attempt',
    'a b',
    '',
  ].map(
    (name) =>
      [
        { headers: { [name]: 'x' } },
        'headers',
        `${name} is not a header that may be set`,
        `不允许设置 ${name}`,
      ] as const,
  ),
  ...['a\r\nb', 'ü', ' a', 'a\0', 'x'.repeat(2_049)].map(
    (value) => [{ headers: { 'x-a': value } }, 'headers', 'x-a cannot have this value', 'x-a 的值不合法'] as const,
  ),
  [{ headers: { 'x-a': '1', 'X-A': '2' } }, 'headers', 'X-A is given twice', 'X-A 重复'],
  [{ max_attempts: 0 }, 'max_attempts', 'less than 1', '小于 1'],
  [{ max_attempts: 21 }, 'max_attempts', 'more than 20', '大于 20'],
  [{ max_in_flight: 0 }, 'max_in_flight', 'less than 1', '小于 1'],
  [{ max_in_flight: 257 }, 'max_in_flight', 'more than 256', '大于 256'],
  ...['abc', 'whsec_', secretOf(23), secretOf(65), `${secretOf(24)}*`].map(
    (secret) =>
      [
        { secret },
        'secret',
        'neither generate nor whsec_ and 24 to 64 bytes in base64',
        '不是 generate，也不是 whsec_ 加 24 至 64 字节的 base64',
      ] as const,
  ),
])('%j is not valid', (changes, field, en, zh) => {
  const fault = { code: 1199006, en: `'${field}' is not valid: ${en}`, zh: `'${field}' 无效：${zh}` };
  expect(refused(changes)).toEqual(fault);
});

function secretOf(bytes: number): string {
  return `whsec_${Buffer.alloc(bytes, 7).toString('base64')}`;
}

describe('an update', () => {
  const ours = {
    description: 'what it is for',
    enabled: false,
    payload_format: 'cloudevents',
    event_bus_id: 'bus',
    headers: { 'x-token': 'a' },
    max_attempts: 3,
    max_in_flight: 2,
  };
  const stored = accepted({ ...ours, system_name: 'system', timeout: 20, confirm_pattern: '202' });

  function updated(read: typeof readPatch, body: object): Definition {
    const changed = read(JSON.stringify(body), bounds);
    const definition = changed instanceof Fault ? changed : complete(stored, changed);
    if (definition instanceof Fault) throw new Error(definition.message.en);
    return definition;
  }

  /** The member as create reads it. */
  function memberOf(field: keyof typeof ours, value: unknown): Changed {
    const member = field.replace(/_([a-z])/g, (_match, letter: string) => letter.toUpperCase()) as keyof Definition;
    return { [member]: accepted({ [field]: value })[member] };
  }

  test('by PUT resets the fields of the original, and keeps our fields', () => {
    const reset = { systemName: '', timeoutS: 10, confirmPattern: '2xx' };
    expect(updated(readReplacement, minimal)).toEqual({ ...stored, ...reset });
    expect(updated(readReplacement, { ...minimal, subscription_name: 'renamed', time_out: 7 })).toEqual({
      ...stored,
      ...reset,
      name: 'renamed',
      timeoutS: 7,
    });
  });

  test('by PATCH changes the named fields', () => {
    expect(updated(readPatch, {})).toEqual(stored);
    expect(updated(readPatch, { time_out: 7 })).toEqual({ ...stored, timeoutS: 7 });
    expect(updated(readPatch, { subscription_form: 'b,a' })).toEqual({ ...stored, eventNames: ['a', 'b'] });
    expect(updated(readPatch, { system_name: null, confirm_pattern: null, timeout: null })).toEqual({
      ...stored,
      systemName: '',
      confirmPattern: '2xx',
      timeoutS: 10,
    });
  });

  test.each([
    ['PUT', readReplacement, minimal],
    ['PATCH', readPatch, {}],
  ])('by %s changes each of our fields that it names, and null resets it', (_how, read, original) => {
    const pattern = { confirm_pattern: '202' };
    const base = updated(read, { ...original, ...pattern });
    const other = { ...ours, enabled: true, payload_format: 'cloudevents-binary', event_bus_id: 'other', headers: {} };
    const all = { ...other, description: 'else', max_attempts: 4, max_in_flight: 5 };
    for (const field of Object.keys(ours) as (keyof typeof ours)[]) {
      const named = { ...original, ...pattern, [field]: all[field] };
      expect(updated(read, named)).toEqual({ ...base, ...memberOf(field, all[field]) });
      expect(updated(read, { ...named, [field]: null })).toEqual({ ...base, ...memberOf(field, undefined) });
    }
    expect('secret' in updated(read, original)).toBe(false);
    expect(updated(read, { ...original, secret: null })).toMatchObject({ secret: null });
  });

  test.each([
    [{ subscription_name: null }, 1199010, `'SubscriptionName' is not set`],
    [{ callback_url: ' ' }, 1199010, `'CallbackUrl' is not set`],
    [{ confirm_mode: null }, 1199010, `'ConfirmMode' is not set`],
    [{ subscription_form: ',' }, 1199010, `'SubscriptionForm' is not set`],
    [{ callback_url: 'http://10.0.0.1/' }, 1199006, `'callback_url' is not valid: address not allowed: 10.0.0.1`],
    [{ enabled: 1 }, 1199000, `'enabled' is of the wrong type`],
  ])('by PATCH of %j is refused', (body, code, en) => {
    expect(readPatch(JSON.stringify(body), bounds)).toMatchObject({ code, message: { en } });
  });

  test('is refused when the pattern does not fit the mode, or the mode changes without a pattern', () => {
    const refusal = (reason: string) => ({
      code: 1199006,
      message: { en: `'confirm_pattern' is not valid: ${reason}` },
    });
    const patch = (body: object) => complete(stored, readPatch(JSON.stringify(body), bounds) as Changed);
    expect(patch({ confirm_pattern: 'ok' })).toMatchObject(refusal('not a pattern of this confirm_mode'));
    expect(patch({ confirm_mode: 'regular' })).toMatchObject(refusal('required when confirm_mode changes'));
    expect(patch({ confirm_mode: 'regular', confirm_pattern: 'ok' })).toMatchObject({ confirmPattern: 'ok' });
    expect(patch({ confirm_mode: 'httpstatus' })).toMatchObject({ confirmPattern: '202' });
    const regular = { ...stored, confirmMode: 'regular', confirmPattern: 'ok' } as const;
    const toStatus = { confirmMode: 'httpstatus' } as const;
    expect(complete(regular, toStatus)).toMatchObject(refusal('required when confirm_mode changes'));
    expect(complete(regular, { ...toStatus, confirmPattern: '' })).toMatchObject({ confirmPattern: '2xx' });
  });
});

describe('subscription_form', () => {
  test('is split into sorted names without blanks and duplicates', () => {
    expect(readEventNames(' hostupdate, host create ,,hostupdate,\thostcreate ')).toEqual(['hostcreate', 'hostupdate']);
  });

  test('reads the names that it wrote', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: fc.constantFrom('a', 'b', '.', '*', '#', ' ', ',') })), (words) => {
        const names = readEventNames(words.join(','));
        expect(readEventNames(names.join(','))).toEqual(names);
        expect(names).toEqual([...new Set(names)].sort());
        expect(names.every((name) => /^[^\s,]+$/.test(name))).toBe(true);
      }),
    );
  });
});

test('no JSON value causes an exception or a definition that cannot be stored', () => {
  const field = fc.constantFrom(...Object.keys(minimal), 'headers', 'timeout', 'time_out', 'secret', 'event_bus_id');
  fc.assert(
    fc.property(field, fc.jsonValue(), (name, value) => {
      const definition = read({ [name]: value });
      if (definition instanceof Fault) expect(definition.status).toBe(400);
      else expect(JSON.stringify(definition)).not.toContain('\\u0000');
    }),
  );
});

describe('a pattern', () => {
  const words = (count: number) => Array<string>(count).fill('*').join('.');
  const hashes = (count: number) => Array.from({ length: count }, (_, place) => `#.w${place}`).join('.');
  const bytes = (count: number) =>
    Array.from({ length: 64 }, (_, number) => `${number}.*.`.padEnd(1_023, 'x'))
      .concat('*.'.padEnd(count - 64 * 1_023, 'x'))
      .join();

  test('may have 32 words; a name without wildcards may have any number', () => {
    expect(accepted({ subscription_form: `a.b,${words(32)}` }).eventNames).toEqual([words(32), 'a.b']);
    expect(accepted({ subscription_form: 'a.'.repeat(100) }).eventNames).toHaveLength(1);
    expect(refused({ subscription_form: `a.b,${words(33)}` })).toEqual({
      code: 1199006,
      en: `'subscription_form' is not valid: the pattern ${words(33).slice(0, 64)}… has more than 32 words`,
      zh: `'subscription_form' 无效：通配名 ${words(33).slice(0, 64)}… 超过 32 段`,
    });
  });

  test('may have four #', () => {
    expect(accepted({ subscription_form: hashes(4) }).eventNames).toEqual([hashes(4)]);
    expect(refused({ subscription_form: `a.#,${hashes(5)}` })).toEqual({
      code: 1199006,
      en: `'subscription_form' is not valid: the pattern ${hashes(5)} has more than 4 #`,
      zh: `'subscription_form' 无效：通配名 ${hashes(5)} 超过 4 个 #`,
    });
  });

  test('shares 64 KiB with the other patterns of its subscription', () => {
    expect(accepted({ subscription_form: bytes(65_536) }).eventNames).toHaveLength(65);
    expect(refused({ subscription_form: bytes(65_537) })).toMatchObject({
      code: 1199006,
      en: expect.stringMatching(/the patterns up to 9\.\*\.x+… have more than 65536 bytes in total$/),
      zh: expect.stringMatching(/通配名合计超过 65536 字节，自 9\.\*\.x+… 起$/),
    });
    expect(accepted({ subscription_form: `a*,b#,${'x'.repeat(1_000)}` }).eventNames).toHaveLength(3);
  });
});

import { brotliCompressSync, constants, deflateSync, gzipSync } from 'node:zlib';
import type { Random } from './random.js';

const awkwardTexts = [
  '',
  ' ',
  '\0',
  'a\0b',
  '\ud800',
  '\udfffx',
  '\u2028',
  '😀',
  'ｆｕｌｌ',
  'null',
  '-1',
  '0',
  '1e999',
  '00',
  '__proto__',
  'constructor',
  'toString',
  '../../etc/passwd',
  "' OR 1=1 --",
  '%00',
  '%',
  '%zz',
  '{}',
  '[1',
  '"',
  '\\',
  '{place}',
  '$&',
  '$in',
  '(a+)+$',
  '[',
  '(?<x>a)\\k<x>',
  '*'.repeat(300),
  '#.*.#.*',
  'http://',
  'http://[::1',
  'http://a b/',
  'ftp://x/',
  'javascript:alert(1)',
  'http://user:pass@127.0.0.1/',
  '2024-02-30T25:61:61Z',
  '9999999999999999',
  '+0800',
  'httpstatus',
  'regular',
  'whsec_',
  'generate',
  'x'.repeat(257),
  'x'.repeat(5_000),
];
const awkwardValues: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -0,
  -1,
  0.1,
  1e308,
  2 ** 53,
  -(2 ** 63),
  [],
  {},
  [[]],
  [null],
  [{}],
  { a: {} },
  { $in: [] },
  { $in: [null] },
  { $in: Array.from({ length: 2_000 }, () => 'x') },
  { $regex: '(' },
  { $regex: '(a*)*b' },
  { $regex: null },
  { $gt: 1 },
  { length: -1 },
  { toString: null },
  { __proto__: null, then: 1 },
];

/** A value that a check may have missed. */
function awkwardValue(random: Random): unknown {
  if (random.oneIn(60)) return nested(random.of([2, 50, 999, 1_001, 20_000]));
  if (random.oneIn(60)) return Array.from({ length: random.of([2, 101, 3_000]) }, () => 1);
  if (random.oneIn(1_000)) return 'y'.repeat(300_000);
  return random.oneIn(2) ? random.of(awkwardTexts) : random.of(awkwardValues);
}

/** A text in place of a value, because JSON.stringify would overflow the stack. */
interface Verbatim {
  readonly verbatim: string;
}

function nested(depth: number): Verbatim {
  return { verbatim: '[{"a":'.repeat(depth / 2) + '1' + '}]'.repeat(depth / 2) };
}

function isVerbatim(value: unknown): value is Verbatim {
  return typeof value === 'object' && value !== null && 'verbatim' in value;
}

/** Changes, removes, adds or repeats a part of a JSON document. */
export function mutateJson(random: Random, json: string): string {
  const marks = new Map<string, string>();
  const mark = (text: string) => {
    const name = `@mark${marks.size}@`;
    marks.set(`"${name}"`, text);
    return name;
  };
  const written = (value: unknown): unknown => (isVerbatim(value) ? mark(value.verbatim) : value);
  const document: unknown = JSON.parse(json);

  function mutate(value: unknown): unknown {
    if (typeof value !== 'object' || value === null || random.oneIn(6)) return written(awkwardValue(random));
    const entries: [string, unknown][] = Object.entries(value);
    const at = random.below(entries.length + 1);
    const [name, member] = entries[at] ?? [random.of(awkwardTexts), undefined];
    const changed: [string, unknown][] = random.of<() => [string, unknown][]>([
      () => [[name, mutate(member)]],
      () => [[name, mutate(member)]],
      () => [],
      () => [
        [name, member],
        [random.of(awkwardTexts), written(awkwardValue(random))],
      ],
      () => [[random.oneIn(2) ? name.toUpperCase() : `${name}x`, member]],
    ])();
    entries.splice(at, 1, ...changed);
    return Array.isArray(value) ? entries.map(([, item]) => item) : Object.fromEntries(entries);
  }
  const text = JSON.stringify(mutate(document)) as string | undefined;
  return [...marks].reduce((result, [name, value]) => result.replace(name, () => value), text ?? '');
}

/** Changes, removes, adds or repeats some bytes. */
export function mutateBytes(random: Random, bytes: Buffer): Buffer {
  const at = random.below(bytes.length + 1);
  const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)];
  return random.of<() => Buffer>([
    () => before,
    () => after,
    () => Buffer.concat([before, after.subarray(1 + random.below(8))]),
    () => Buffer.concat([before, random.bytes(1 + random.below(8)), after]),
    () => Buffer.concat([before, random.bytes(1), after.subarray(1)]),
    () => Buffer.concat([before, before, after]),
    () => Buffer.concat([Buffer.from('\uFEFF'), bytes]),
    () => Buffer.from(bytes.toString('latin1'), 'utf16le'),
    () => random.bytes(random.below(200)),
  ])();
}

const encoders: Readonly<Record<string, (body: Buffer) => Buffer>> = {
  gzip: (body) => gzipSync(body),
  deflate: (body) => deflateSync(body),
  br: (body) => brotliCompressSync(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } }),
  identity: (body) => body,
  zip: (body) => body,
  'gzip, gzip': (body) => body,
};

/** Encodes a body, mostly as its Content-Encoding says. */
export function encodeBody(random: Random, body: Buffer): { encoding: string; body: Buffer } {
  const encoding = random.of(Object.keys(encoders));
  const encoded = encoders[encoding]?.(body) ?? body;
  return { encoding, body: random.oneIn(3) ? mutateBytes(random, encoded) : encoded };
}

const headerNames = [
  'accept',
  'accept-encoding',
  'authorization',
  'bk_user',
  'ce-data',
  'ce-datacontenttype',
  'ce-id',
  'ce-source',
  'ce-specversion',
  'ce-time',
  'ce-type',
  'ce-accountid',
  'ce-UPPER_case',
  'content-type',
  'cookie',
  'forwarded',
  'http_bk_supplier_account',
  'http_blueking_language',
  'http_blueking_supplier_id',
  'if-none-match',
  'range',
  'traceparent',
  'upgrade',
  'x-forwarded-for',
  'x-gateway-token',
  'x-http-method-override',
  'x-request-id',
  '__proto__',
  'constructor',
];
const headerValues = [
  '',
  '0',
  '1.0',
  'en',
  '*/*',
  'null',
  '%',
  '%ff',
  '%00',
  '%E4%BD%A0',
  'caf\u00e9',
  '\u00ff\u00fe',
  'a\tb',
  'a,b',
  '"',
  '"quoted',
  'Bearer',
  'Bearer x y',
  'Basic Og==',
  'application/json; charset=utf-16',
  'application/json; charset="',
  'application/cloudevents+json',
  'application/cloudevents-batch+json; charset=UTF-8',
  'application/cloudevents+xml',
  'text/plain',
  'multipart/form-data; boundary=x',
  '/;',
  '2024-02-29T12:00:00Z',
  'http/2',
  'bytes=0-',
  '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  'x'.repeat(129),
  'x'.repeat(9_000),
];

/** A header that is valid in HTTP and unusual. */
export function awkwardHeader(random: Random): [name: string, value: string] {
  return [random.of(headerNames), random.of(headerValues)];
}

/** Changes, removes or adds a part of a path. */
export function mutatePath(random: Random, path: string): string {
  const parts = path.split('/');
  const part = random.of([
    '',
    '.',
    '..',
    '%',
    '%ff',
    '%00',
    '%2f',
    '%E4%BD%A0',
    'x',
    '0',
    '-1',
    '1.5',
    '9'.repeat(30),
    'y'.repeat(2_000),
    'v4',
    '*',
    '(',
    ':id',
    '__proto__',
    '?',
    '#',
    ';',
  ]);
  parts.splice(1 + random.below(parts.length), random.below(2), part);
  const query = random.of([
    '',
    '',
    '?',
    '?a=b',
    '?a[b][c]=1',
    '?%',
    '?__proto__=1',
    '?limit=-1&after=x',
    `?${'a=1&'.repeat(500)}`,
  ]);
  return parts.join('/') + query;
}

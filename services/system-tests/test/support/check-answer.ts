import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { description, type DescribedOperation } from './described-api.js';

export interface Answered {
  readonly status: number;
  /** By name in lower case. */
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

/** The headers of every answer: of HTTP, and against misuse by browsers. */
const commonHeaders = new Set([
  'connection',
  'content-length',
  'content-type',
  'date',
  'keep-alive',
  'transfer-encoding',
  'vary',
  'cache-control',
  'content-security-policy',
  'cross-origin-opener-policy',
  'cross-origin-resource-policy',
  'origin-agent-cluster',
  'referrer-policy',
  'strict-transport-security',
  'x-content-type-options',
  'x-dns-prefetch-control',
  'x-download-options',
  'x-frame-options',
  'x-permitted-cross-domain-policies',
  'x-xss-protection',
]);

const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats.default(ajv);
ajv.addSchema({ $id: 'description', components: closed(description.components) });

const validators = new Map<string, ValidateFunction>();

/** @returns what an answer has that its description lacks, or lacks that its description has; empty for nothing */
export function faultsOf({ operationId, answers }: DescribedOperation, { status, headers, body }: Answered): string[] {
  const described = answers[status];
  if (described === undefined) return [`the status ${status} is not described`];
  return [
    ...faultsOfHeaders(`${operationId} ${status}`, {
      described: described.headers ?? {},
      headers,
      isCommon: (name) => commonHeaders.has(name),
    }),
    ...faultsOfBody(`${operationId} ${status}`, described.content, headers['content-type'], body),
  ];
}

interface HeadersCheck {
  readonly described: Readonly<Record<string, { readonly required?: boolean; readonly schema: object }>>;
  readonly headers: Readonly<Record<string, unknown>>;
  /** Headers that may be there without a description. */
  readonly isCommon: (name: string) => boolean;
}

export function faultsOfHeaders(key: string, { described, headers, isCommon }: HeadersCheck): string[] {
  const unknown = Object.keys(headers).filter((name) => !(name in described) && !isCommon(name));
  const missing = Object.entries(described).filter(([name, { required }]) => required === true && !(name in headers));
  const wrong = Object.entries(described).filter(
    ([name, { schema }]) => name in headers && !validatorOf(`${key} ${name}`, schema)(headers[name]),
  );
  return [
    ...unknown.map((name) => `the header ${name} is not described`),
    ...missing.map(([name]) => `the header ${name} is missing`),
    ...wrong.map(([name]) => `the header ${name} is not as described: ${String(headers[name])}`),
  ];
}

type Contents = DescribedOperation['answers'][string]['content'];

function faultsOfBody(key: string, contents: Contents, type: unknown, body: string): string[] {
  if (contents === undefined) return body === '' ? [] : [`a body is not described: ${body}`];
  const [mediaType = ''] = String(type).split(';');
  const content = contents[mediaType];
  if (content === undefined) return [`the media type ${mediaType} is not described`];
  if (mediaType !== 'application/json') return [];
  if (!body.endsWith('\n')) return [`the body ends without a line end: ${body}`];
  return faultsOfJson(`${key} body`, content.schema, JSON.parse(body));
}

export function faultsOfJson(key: string, schema: object, value: unknown): string[] {
  const validate = validatorOf(key, schema);
  return validate(value) ? [] : [`${ajv.errorsText(validate.errors)}: ${JSON.stringify(value)}`];
}

/** @param schema of the description, in which objects allow members that it does not name */
export function validatorOf(key: string, schema: object): ValidateFunction {
  let validate = validators.get(key);
  if (validate === undefined) validators.set(key, (validate = ajv.compile(closed(schema) as object)));
  return validate;
}

/** A schema whose objects allow only the members that it names, so that no answer has more than is described. */
function closed(schema: unknown, isPart = false): unknown {
  if (Array.isArray(schema)) return schema.map((each) => closed(each, isPart));
  if (typeof schema !== 'object' || schema === null) return schema;
  const members = Object.entries(schema).map(([name, each]) => {
    if (name === '$ref') return [name, String(each).replace(/^#/, 'description#')];
    return [name, closed(each, name === 'allOf')];
  });
  const isOpen = 'properties' in schema && !('additionalProperties' in schema) && !isPart;
  return { ...Object.fromEntries(members), ...(isOpen && { unevaluatedProperties: false }) };
}

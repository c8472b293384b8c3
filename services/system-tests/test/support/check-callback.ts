import { faultsOfHeaders, faultsOfJson } from './check-answer.js';
import { resolve, type DescribedOperation } from './described-api.js';

interface Called {
  readonly method: string;
  /** By name in lower case, without those of the subscription itself. */
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Buffer;
}

/** Headers of HTTP, which no description lists. */
const httpHeaders = new Set(['connection', 'content-length', 'content-type', 'host']);
const structured = 'application/cloudevents+json';

/** @returns what a request to a receiver has that its description lacks, or lacks that its description has; empty for nothing */
export function faultsOfCallback(operation: DescribedOperation, { method, headers, body }: Called): string[] {
  const { operationId, parameters } = operation;
  const described = Object.fromEntries(parameters.map((parameter) => [parameter.name.toLowerCase(), parameter]));
  const isCommon = (name: string) => httpHeaders.has(name) || ('ce-id' in described && /^ce-[a-z\d]+$/.test(name));
  return [
    ...(method === operation.method ? [] : [`${method} in place of ${operation.method}`]),
    ...faultsOfHeaders(operationId, { described, headers, isCommon }),
    ...faultsOfBody(operation, headers['content-type'], body),
  ];
}

function faultsOfBody({ operationId, body: described }: DescribedOperation, type: unknown, body: Buffer): string[] {
  if (described === undefined) return body.length === 0 ? [] : ['a body is not described'];
  if (body.length === 0 && described.required !== true) return [];
  const [mediaType = ''] = String(type).split(';');
  const { [mediaType]: content, '*/*': ofAnyType } = described.content;
  if (content === undefined) return ofAnyType === undefined ? [`the media type ${mediaType} is not described`] : [];
  const value = JSON.parse(body.toString()) as unknown;
  return faultsOfJson(
    `${operationId} ${mediaType}`,
    content.schema,
    mediaType === structured ? withoutExtensions(value as object, content.schema) : value,
  );
}

/** The description says of extensions only that their names are in lower case. */
function withoutExtensions(event: object, schema: unknown): object {
  const { properties } = resolve(schema) as { properties: object };
  const isExtension = (name: string) => !(name in properties) && /^[a-z\d]+$/.test(name);
  return Object.fromEntries(Object.entries(event).filter(([name]) => !isExtension(name)));
}

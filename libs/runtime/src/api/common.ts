import type { Answer, Header, Parameter } from '@callbus/openapi/operation';
import type { JsonSchema } from '@callbus/openapi/schema';

const json = 'application/json';
const text = { type: 'string' };

/** The headers that every operation reads. */
export const commonParameters: readonly Parameter[] = [
  {
    $id: 'parameters/RequestId',
    in: 'header',
    name: 'X-Request-Id',
    description: 'Returned by the answer and written to the log. Any other value is replaced by a new UUID.',
    schema: { ...text, pattern: '^[!-~]{1,128}$' },
  },
];

/** The headers that tell who calls. Their bytes are UTF-8. */
export const callerParameters: readonly Parameter[] = [
  {
    $id: 'parameters/SupplierAccount',
    in: 'header',
    name: 'HTTP_BK_SUPPLIER_ACCOUNT',
    description:
      'The account of the caller. A key for one account may name only that account; a key for every account may name any.',
    schema: text,
  },
  {
    $id: 'parameters/SupplierId',
    in: 'header',
    name: 'HTTP_BLUEKING_SUPPLIER_ID',
    description: 'The account of the caller where `HTTP_BK_SUPPLIER_ACCOUNT` is missing.',
    schema: text,
  },
];

export const contentEncoding: Parameter = {
  $id: 'parameters/ContentEncoding',
  in: 'header',
  name: 'Content-Encoding',
  description: 'How the body is compressed.',
  schema: { ...text, enum: ['gzip', 'x-gzip', 'deflate', 'br', 'identity'] },
};

const requestId: Header = {
  $id: 'headers/RequestId',
  description: 'The id of the request, under which the log has it.',
  required: true,
  schema: text,
};
const retryAfter: Header = {
  $id: 'headers/RetryAfter',
  description: 'The seconds after which the request may succeed.',
  schema: { type: 'string', pattern: '^\\d+$' },
};
const wwwAuthenticate: Header = {
  $id: 'headers/WWWAuthenticate',
  description: 'How to authenticate.',
  required: true,
  schema: { type: 'string', const: 'Bearer' },
};
const acceptEncoding: Header = {
  $id: 'headers/AcceptEncoding',
  description: 'The encodings of a body that can be read, where the encoding was the fault.',
  schema: text,
};

/** The headers of an answer with this status. */
export function headersOf(status: number): Readonly<Record<string, Header>> {
  return {
    'X-Request-Id': requestId,
    ...(status === 401 && { 'WWW-Authenticate': wwwAuthenticate }),
    ...(status === 415 && { 'Accept-Encoding': acceptEncoding }),
    ...((status === 429 || status === 503) && { 'Retry-After': retryAfter }),
  };
}

/** The answers of the server itself, which come before any operation and have no body. */
export const serverAnswers: Readonly<Record<number, Answer>> = {
  408: { $id: 'responses/TooSlow', description: 'The headers or the body came too slowly. The connection is closed.' },
  417: { $id: 'responses/UnknownExpectation', description: 'The header `Expect` is not `100-continue`.' },
  431: { $id: 'responses/HeadersTooLarge', description: 'There are too many headers, or they are too large.' },
};

const message: JsonSchema = {
  $id: 'Message',
  type: 'object',
  description: 'The answer of a process that does not hand the request to an operation.',
  required: ['message'],
  properties: { message: text },
};

/** The statuses with which a process answers a request before any operation, and why. */
const processAnswers: Readonly<Record<number, string>> = {
  403: 'Standalone without authentication, for a foreign host or a page of another origin: a `Message`.',
  503: 'While the process starts: a `Message`.',
};

/** The answers of an operation, with those that come before it. */
export function withEarlierAnswers(answers: Readonly<Record<number, Answer>>): Readonly<Record<number, Answer>> {
  const earlier = Object.entries(processAnswers).map(([status, description]) => {
    const answer = answers[Number(status)];
    const content = answer?.content?.[json];
    return [
      status,
      {
        ...answer,
        description: [answer?.description, description].filter(Boolean).join(' '),
        headers: { ...headersOf(Number(status)), ...answer?.headers },
        content: { [json]: { ...content, schema: content ? { anyOf: [content.schema, message] } : message } },
      },
    ] as const;
  });
  return { ...answers, ...Object.fromEntries(earlier), ...serverAnswers };
}

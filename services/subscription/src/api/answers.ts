import type { Answer, Content } from '@callbus/openapi/operation';
import { headersOf } from '@callbus/runtime/api/common';
import { entryOf, type ErrorName } from '../http/errors.js';
import type { Route, RouteExample } from './route.js';

export function examplesOf(route: Route, valueOf: (example: RouteExample) => unknown): Pick<Content, 'examples'> {
  const examples = Object.entries(route.examples).map(([name, example]) => {
    const { summary } = example;
    return [name, { ...(summary !== undefined && { summary }), value: valueOf(example) }] as const;
  });
  return { examples: Object.fromEntries(examples) };
}

const succeeded = { result: true, bk_error_code: 0, bk_error_msg: 'success' } as const;

const beside = {
  warnings: {
    type: 'array',
    description: 'What the caller should know although the call succeeded. Absent when there is nothing.',
    items: {
      $id: 'Warning',
      type: 'object',
      required: ['path', 'message'],
      properties: {
        path: { type: 'string', description: 'The field; empty for the whole subscription.' },
        message: { type: 'string' },
      },
    },
  },
  dropped: {
    type: 'integer',
    minimum: 0,
    description: 'The undelivered events that are deleted with the subscription. Absent when the number is not known.',
  },
};

/** The answer to a call that succeeds. */
export function success(route: Route): Answer {
  const members = (route.beside ?? []).map((name) => [name, beside[name]] as const);
  const schema = {
    type: 'object',
    required: ['result', 'bk_error_code', 'bk_error_msg', 'data'],
    properties: {
      result: { type: 'boolean', const: true },
      bk_error_code: { type: 'integer', const: 0 },
      bk_error_msg: { type: 'string', const: 'success' },
      ...Object.fromEntries(members),
      data: route.data,
    },
  };
  return {
    description: 'The call succeeded.',
    headers: headersOf(200),
    content: {
      'application/json': { schema, ...examplesOf(route, ({ data }) => ({ ...succeeded, data })) },
    },
  };
}

/** The errors of every operation: of its path, its caller, and the body that any request may have. */
const errorsOfAll: readonly ErrorName[] = [
  'unknownRoute',
  'unknownCaller',
  'notAllowed',
  'notJson',
  'tooLarge',
  'tooManyValues',
  'unknownEncoding',
  'tooMuch',
];

/** The answers to calls that fail, by status. */
export function failures(route: Route): Readonly<Record<number, Answer>> {
  const checksValues = route.query !== undefined || route.body !== undefined;
  const names: ErrorName[] = [
    ...errorsOfAll,
    ...(checksValues || route.path.includes(':account') ? (['wrongType'] as const) : []),
    ...(checksValues ? (['missing', 'invalid'] as const) : []),
    ...(route.errors ?? []),
    route.failed,
  ];
  const entries = [...new Set(names)].map(entryOf);
  const failed = entryOf(route.failed);
  // Any failure that a store causes is 503, and any other exception 500.
  const raised = [500, 503].filter((status) => status !== failed.status).map((status) => ({ ...failed, status }));
  const all = [...entries, ...raised];
  const statuses = [...new Set(all.map(({ status }) => status))];
  return Object.fromEntries(
    statuses.map((status) => [
      status,
      failure(
        status,
        all.filter((each) => each.status === status),
      ),
    ]),
  );
}

const failureSchema = {
  $id: 'Failure',
  type: 'object',
  description: 'A call that failed. The message is Chinese or English.',
  required: ['result', 'bk_error_code', 'bk_error_msg', 'data'],
  properties: {
    result: { type: 'boolean', const: false },
    bk_error_code: { type: 'integer' },
    bk_error_msg: { type: 'string' },
    data: { type: 'null' },
  },
};

function failure(status: number, entries: readonly ReturnType<typeof entryOf>[]): Answer {
  const codes = [...new Set(entries.map(({ code }) => code))];
  return {
    description: entries.map(({ code, en }) => `${code}: ${en}.`).join(' '),
    headers: headersOf(status),
    content: {
      'application/json': {
        schema: {
          allOf: [failureSchema, { type: 'object', properties: { bk_error_code: { type: 'integer', enum: codes } } }],
        },
      },
    },
  };
}

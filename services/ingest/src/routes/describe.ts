import type { ApiPart } from '@callbus/openapi/document';
import type { Answer, Header, Operation } from '@callbus/openapi/operation';
import {
  callerParameters,
  commonParameters,
  contentEncoding,
  headersOf,
  withEarlierAnswers,
} from '@callbus/runtime/api/common';
import { entryOf, type FaultKind } from '../errors.js';
import type { DoorRoute } from './route.js';
import { routes } from './routes.js';

const tag = 'publish';

/** Describes the publish APIs from their routes. */
export function describeIngest(): ApiPart {
  return {
    operations: Object.values(routes).flatMap(operationsOf),
    tags: [{ name: tag, description: 'Three doors for events. A success means that the broker has confirmed them.' }],
  };
}

function operationsOf(route: DoorRoute): Operation[] {
  const { summary, description, parameters = [], body } = route;
  return Object.entries(route.paths).flatMap(([path, operationId], index) => [
    {
      method: 'post' as const,
      path,
      operationId,
      tag,
      summary: index === 0 ? summary : `${summary} (other path)`,
      description,
      roles: ['publish'],
      parameters: [...parameters, ...doorParameters, ...callerParameters, ...commonParameters, contentEncoding],
      body,
      answers: withEarlierAnswers({ [route.accepted.status]: accepted(route), ...refusals(route) }),
    },
    ...optionsOf(route, path),
  ]);
}

function optionsOf({ options }: DoorRoute, path: string): Operation[] {
  if (options === undefined) return [];
  const { headers, parameters, ...texts } = options;
  return [
    {
      method: 'options',
      path,
      tag,
      ...texts,
      parameters: [...parameters, ...commonParameters],
      answers: withEarlierAnswers({
        200: { description: 'What a sender may do.', headers: { ...headersOf(200), ...described(headers) } },
      }),
    },
  ];
}

const doorParameters = [
  {
    $id: 'parameters/Hops',
    in: 'header' as const,
    name: 'X-Callbus-Hops',
    description: 'Copied from the callback that causes this publish, so that loops end.',
    schema: { type: 'string', pattern: '^\\d{1,300}$' },
  },
  ...['traceparent', 'tracestate', 'baggage'].map((name) => ({
    $id: `parameters/${name}`,
    in: 'header' as const,
    name,
    description: 'The W3C trace context, which callbacks pass on. An invalid value is ignored.',
    schema: { type: 'string' },
  })),
];

function accepted({ accepted: { description, headers = {}, content }, ...route }: DoorRoute): Answer {
  return {
    description,
    headers: { ...headersOf(200), ...described(route.headers), ...described(headers) },
    ...(content && { content: { 'application/json': content } }),
  };
}

/** The faults of every door. */
const commonFaults: readonly FaultKind[] = [
  'unknownCaller',
  'mayNotPublish',
  'foreignAccount',
  'notHops',
  'loop',
  'bodyTooLarge',
  'unknownEncoding',
  'unreadableBody',
  'overloaded',
  'tooManyBytes',
  'notJson',
  'tooManyValues',
  'eventTooLarge',
  'missing',
  'notText',
  'notList',
  'controlCharacter',
  'tooLong',
  'tooManyWords',
  'tooManyEvents',
  'tooMuchUndelivered',
  'headersTooLarge',
  'unavailable',
  'internal',
  'wrongMethod',
];

function refusals(route: DoorRoute): Readonly<Record<number, Answer>> {
  const kinds = [...commonFaults, ...route.faults];
  const statuses = [...new Set(kinds.map((kind) => entryOf(kind).status))];
  return Object.fromEntries(
    statuses.map((status) => [
      status,
      refusal(
        route,
        status,
        kinds.filter((kind) => entryOf(kind).status === status),
      ),
    ]),
  );
}

function refusal({ errorOf, codeOf, headers }: DoorRoute, status: number, kinds: readonly FaultKind[]): Answer {
  const codes = [...new Set(kinds.map(codeOf))];
  const own = kinds.includes('loop') ? { 'X-Callbus-Hops': 'The length of the chain.' } : {};
  const allow = kinds.includes('wrongMethod') ? { Allow: 'The methods of the path.' } : {};
  const accept = kinds.includes('notCloudEvent')
    ? { Accept: 'The media types, where the media type was the fault.' }
    : {};
  return {
    description: kinds.map((kind) => `${codeOf(kind)}: ${entryOf(kind).en}.`).join(' '),
    headers: {
      ...headersOf(status),
      ...described(headers),
      ...described(own),
      ...described(allow),
      ...described(accept),
    },
    content: { 'application/json': { schema: errorOf(codes) } },
  };
}

function described(headers: Readonly<Record<string, string>> = {}): Readonly<Record<string, Header>> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, description]) => [name, { description, schema: { type: 'string' } }]),
  );
}

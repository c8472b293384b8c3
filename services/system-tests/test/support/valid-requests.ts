import { examplesOf, operationOf, type DescribedOperation, type RequestExample } from './described-api.js';
import type { Route } from './routes.js';

export interface ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Undefined for a request without a body. */
  readonly body: string | undefined;
}

/** The objects that the requests refer to. */
export interface Subject {
  readonly account: string;
  /** A subscription of the account in business 2. */
  readonly subscription: number;
  /** A replay of the subscription. */
  readonly replay: number;
  /** The id of a stored key of the account. */
  readonly key: string;
  /** An event of the account. */
  readonly eventId: string;
  /** The URL of a receiver. */
  readonly callbackUrl: string;
  /** A name that no subscription of the account has. */
  readonly newName: string;
}

/** The receiver of the examples. */
const exampleUrl = 'https://thumbs.example.com/events';

/** The routes for other services, which are not described. */
const internalBodies: Readonly<Record<string, unknown>> = {
  'GET /internal/subscriptions': undefined,
  'GET /internal/subscriptions/:id': undefined,
  'POST /internal/subscriptions/:id/disable': { reason: 'gone', revision: 1 },
  'GET /internal/keys': undefined,
  'POST /internal/keys/used': { uses: [] },
};

/**
 * A request that the route accepts from an allowed caller: the largest example of its description.
 *
 * @throws for a route that is neither described nor internal
 */
export function validRequest(route: Route, subject: Subject): ApiRequest {
  const operation = operationOf(route);
  if (operation !== undefined) {
    const [largest] = [...examplesOf(operation)].sort((one, other) => sizeOf(other) - sizeOf(one));
    if (largest === undefined) throw new Error(`${operation.operationId} has no example`);
    return exampleRequest(operation, largest, subject);
  }
  const line = `${route.method} ${route.path}`;
  if (!(line in internalBodies)) throw new Error(`${line} is not described`);
  const path = route.path.replace(':id', String(subject.subscription));
  return { method: route.method, path, headers: jsonHeaders, body: textOf(internalBodies[line], subject) };
}

const jsonHeaders = { 'content-type': 'application/json' };
const sizeOf = ({ body }: RequestExample) => JSON.stringify(body ?? '').length;

/** An example of the description, about the subject. */
export function exampleRequest(
  { method, template, parameters }: DescribedOperation,
  { type, body }: RequestExample,
  subject: Subject,
): ApiRequest {
  const values: Readonly<Record<string, string | number>> = {
    account: subject.account,
    id: subject.subscription,
    job: subject.replay,
    key: subject.key,
    event: subject.eventId,
  };
  const path = template.replace(/\{(\w+)\}/g, (_match, name: string) => {
    const value = values[name] ?? parameters.find((each) => each.in === 'path' && each.name === name)?.example;
    if (value === undefined) throw new Error(`the path parameter ${name} has no example`);
    return encodeURIComponent(String(value));
  });
  const query = parameters.filter((each) => each.in === 'query' && each.example !== undefined);
  const search = new URLSearchParams(
    query.map(({ name, example }): [string, string] => [name, String(example)]),
  ).toString();
  return {
    method,
    path: search === '' ? path : `${path}?${search}`,
    headers: type === undefined ? {} : { 'content-type': type },
    body: textOf(body, subject),
  };
}

function textOf(body: unknown, { callbackUrl, newName }: Subject): string | undefined {
  if (body === undefined) return undefined;
  const isNamed = typeof body === 'object' && body !== null && 'subscription_name' in body;
  const named = isNamed ? { ...body, subscription_name: newName } : body;
  return JSON.stringify(named).replaceAll(exampleUrl, callbackUrl);
}

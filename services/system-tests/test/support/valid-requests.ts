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
  /** An event of the account. */
  readonly eventId: string;
  /** The URL of a receiver. */
  readonly callbackUrl: string;
  /** A name that no subscription of the account has. */
  readonly newName: string;
}

type Body = (subject: Subject) => unknown;

const definition: Body = ({ callbackUrl, newName }) => ({
  subscription_name: newName,
  system_name: 'SystemName',
  callback_url: callbackUrl,
  confirm_mode: 'httpstatus',
  confirm_pattern: '200',
  subscription_form: 'hostcreate,hostupdate',
  timeout: 10,
  secret: `whsec_${'c2VjcmV0'.repeat(5)}`,
  headers: { 'x-tag': 'a' },
  max_attempts: 3,
});
const eventList: Body = () => ({
  eventBusId: 'default',
  eventList: [{ source: 's', type: 't', id: '1', subject: 'u', time: 1709208000000, data: { n: 1 } }],
});
const none: Body = () => undefined;

const subscribe = '/api/:version/event/subscribe';
const one = `${subscribe}/:account/:biz/:id`;

/** The body of a valid request, for every route. */
const bodies: Readonly<Record<string, Body>> = {
  'POST /api/publish': () => ({
    event_source: 'a',
    event_topic: 'gs',
    event_type: 'cert',
    event_status: '1',
    changes: ['4028', { id: 4029 }],
  }),
  'POST /v1/event-bus/event/recv': eventList,
  'POST /v1/event-bus/recv': eventList,
  'POST /cloudevents': () => ({
    specversion: '1.0',
    id: '1',
    source: '/s',
    type: 't',
    time: '2024-02-29T12:00:00Z',
    data: [1],
  }),
  [`POST ${subscribe}/ping`]: ({ callbackUrl }) => ({ callback_url: callbackUrl, data: { hello: 1 } }),
  [`POST ${subscribe}/telnet`]: ({ callbackUrl }) => ({ callback_url: callbackUrl }),
  [`POST ${subscribe}/search/:account/:biz`]: () => ({
    page: { start: 0, limit: 10, sort: '-last_time' },
    condition: { subscription_name: { $regex: 'x' } },
    fields: ['subscription_name', 'statistics'],
  }),
  [`POST ${subscribe}/:account/:biz`]: definition,
  [`GET ${one}`]: none,
  [`PUT ${one}`]: definition,
  [`PATCH ${one}`]: () => ({ description: 'what it is for' }),
  [`DELETE ${one}`]: none,
  [`POST ${one}/secret/rotate`]: () => ({}),
  [`GET ${one}/attempts`]: none,
  [`GET ${one}/undelivered`]: none,
  [`DELETE ${one}/undelivered`]: () => ({ ids: [1, 2], reason: 'exhausted' }),
  [`POST ${one}/undelivered/replay`]: () => ({ from: '2024-02-29T12:00:00Z', to: '2024-03-01T12:00:00Z' }),
  [`GET ${one}/undelivered/replay/:job`]: none,
  [`DELETE ${one}/undelivered/replay/:job`]: none,
  'GET /api/:version/event/undelivered/:account': none,
  'POST /api/:version/event/undelivered/:account/dispatch': () => ({ ids: [1], reason: 'poison' }),
  'GET /api/:version/event/trace/:account/:event': none,
  'GET /api/:version/event/queues': none,
  'GET /api/:version/event/overview': none,
  'GET /internal/subscriptions': none,
  'GET /internal/subscriptions/:id': none,
  'POST /internal/subscriptions/:id/disable': () => ({ reason: 'gone', revision: 1 }),
};

const contentTypes: Readonly<Record<string, string>> = { '/cloudevents': 'application/cloudevents+json' };

/**
 * A request that the route accepts from an allowed caller.
 *
 * @throws for a route without an entry here
 */
export function validRequest({ method, path }: Route, subject: Subject): ApiRequest {
  const bodyFor = bodies[`${method} ${path}`];
  if (bodyFor === undefined) throw new Error(`add a valid request for ${method} ${path} to valid-requests.ts`);
  const parameters: Readonly<Record<string, string>> = {
    version: 'v3',
    account: subject.account,
    biz: '2',
    id: String(subject.subscription),
    job: String(subject.replay),
    event: subject.eventId,
  };
  const fill = (_match: string, name: string) => {
    const value = parameters[name];
    if (value === undefined) throw new Error(`add a value for :${name} to valid-requests.ts`);
    return value;
  };
  const body = bodyFor(subject);
  return {
    method,
    path: path.replace(/:(\w+)/g, fill),
    headers: { 'content-type': contentTypes[path] ?? 'application/json' },
    body: body === undefined ? undefined : JSON.stringify(body),
  };
}

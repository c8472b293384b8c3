import { connect } from 'node:net';
import { expect } from '@jest/globals';
import type { Limit } from './limits-document.js';

/** The check of a row of docs/limits.md. The default of its setting is checked besides. */
export interface Check {
  /** File and name of the constant in the source, for a limit that takes long to reach. */
  readonly constant?: readonly [file: string, name: string];
  /** Sends requests just within and just beyond the limit. */
  readonly provoke?: (limit: Limit, apis: Apis) => Promise<void>;
}

/** Ingest and subscription behind one address, and an account with a subscription. */
export interface Apis {
  readonly url: string;
  readonly account: string;
  readonly subscription: number;
  readonly callbackUrl: string;
}

interface Asked {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

type Ask = (size: number, apis: Apis) => Asked | Asked[];

/** A request at the limit succeeds; a request beyond it gets the answers that the row names. */
const atLimit = (ask: Ask) => async (limit: Limit, apis: Apis) => {
  const answersOf = (size: number) => Promise.all([ask(size, apis)].flat().map((asked) => answerTo(asked, apis)));
  for (const within of await answersOf(limit.bound)) expect(within).toMatch(/^20\d/);
  expectAnswers(await answersOf(limit.bound + 1), limit);
};

/** Checks only a request beyond the limit, where one at the limit fails for another reason. */
const beyondLimit = (ask: Ask) => async (limit: Limit, apis: Apis) => {
  const answers = [ask(limit.bound + 1, apis)].flat().map((asked) => answerTo(asked, apis));
  expectAnswers(await Promise.all(answers), limit);
};

function expectAnswers(answers: readonly string[], { beyond }: Limit): void {
  const named = beyond.match(/`[^`]+`/g) ?? [];
  expect([...new Set(answers)].map((answer) => `\`${answer}\``).sort()).toEqual(
    named.filter((code) => /^`\d/.test(code)).sort(),
  );
}

/** @returns the status and, where the API's answer has one, the code of the error */
async function answerTo({ method = 'POST', path, headers = {}, body }: Asked, apis: Apis): Promise<string> {
  const init = body === undefined ? {} : { body };
  const response = await fetch(apis.url + path, { method, headers: { ...json, ...headers }, ...init });
  const text = await response.text();
  const code = /"(?:code|bk_error_code)":"?(\w+)/.exec(text)?.[1];
  return response.ok || code === undefined ? String(response.status) : `${response.status} ${code}`;
}

const json = { 'content-type': 'application/json' };
const addresses = 'libs/callback/src/network/connect-to-any.ts';
const x = (length: number) => 'x'.repeat(length);

const etc = (fields: object): Asked => ({
  path: '/api/publish',
  body: JSON.stringify({
    event_source: 's',
    event_topic: 't',
    event_type: 'y',
    event_status: '1',
    changes: ['1'],
    ...fields,
  }),
});
const eventBus = (...events: object[]): Asked => ({
  path: '/v1/event-bus/event/recv',
  body: JSON.stringify({
    eventBusId: 'bus',
    eventList: events.map((event) => ({ source: 's', type: 't', ...event })),
  }),
});
const cloudEvent = (attributes: object): Asked => ({
  path: '/cloudevents',
  headers: { 'content-type': 'application/cloudevents+json' },
  body: JSON.stringify({ specversion: '1.0', id: '1', source: 's', type: 't', ...attributes }),
});

let names = 0;
const subscribe = (fields: object, { account, callbackUrl }: Apis): Asked => ({
  path: `/api/v3/event/subscribe/${account}/2`,
  body: JSON.stringify({
    subscription_name: `limits-${(names += 1)}`,
    callback_url: callbackUrl,
    confirm_mode: 'httpstatus',
    subscription_form: 'a.b',
    ...fields,
  }),
});
const search = (asked: object, { account }: Apis): Asked => ({
  path: `/api/v3/event/subscribe/search/${account}/2`,
  body: JSON.stringify(asked),
});
const ofSubscription = (rest: string, { account, subscription }: Apis): Asked => ({
  method: 'GET',
  path: `/api/v3/event/subscribe/${account}/2/${subscription}/${rest}`,
});

/** An event of exactly this size, at each door. */
const eventsOf = (bytes: number) =>
  [etc({ changes: [''] }), eventBus({ data: { x: '' } }), cloudEvent({ data: '' })].map((asked) => {
    const event = asked.path.startsWith('/v1/') ? /\[(.*)\]/.exec(asked.body!)![1]! : asked.body!;
    return { ...asked, body: asked.body!.replace('""', `"${x(bytes - event.length)}"`) };
  });

/** An object that holds this number of JSON values, itself included. */
const valuesOf = (values: number) =>
  `{"x":[${Array(values - 2)
    .fill('1')
    .join()}]}`;

/** One request to each API. */
const everyApi = (body: string, { account }: Apis): Asked[] =>
  ['/api/publish', '/v1/event-bus/event/recv', `/api/v3/event/subscribe/${account}/2`].map((path) => ({ path, body }));

/** @returns the status of the answer to bytes that are sent unchanged */
function statusOfRaw(url: string, head: string): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => void socket.write(head));
    socket.on('data', (answer) => {
      resolve(/^HTTP\/1\.1 (\d+)/.exec(answer.toString())?.[1] ?? 'no status');
      socket.destroy();
    });
    socket.on('error', reject);
  });
}

const withHeaders = (headers: string) => `GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${headers}\r\n`;

const lookUpSlots = 'libs/callback/src/dns/look-up-slots.ts';
const kept = 'libs/callback/src/http/connections.ts';
const readAnswer = 'libs/callback/src/http/read-answer.ts';
const lookUp = 'libs/callback/src/dns/look-up.ts';
const knownNames = 'libs/callback/src/dns/known-names.ts';
const httpServer = 'libs/runtime/src/http/http-service.ts';
const account = 'libs/contracts/src/account.ts';
const ofEvents = 'services/ingest/src/formats/fields.ts';
const subscriptionRules = 'services/subscription/src/subscriptions/rules.ts';
const callTurns = 'services/subscription/src/http/call-turns.ts';
const subscriptionSearch = 'services/subscription/src/search/search-subscriptions.ts';
const verifications = 'services/subscription/src/probes/verifications.ts';
const readingTurns = 'services/subscription/src/http/reading-turns.ts';

/** The checks by the name of the row. A row whose setting is its only check has an entry without members. */
export const checks: Readonly<Record<string, Check>> = {
  'header bytes of a request': {
    constant: [httpServer, 'headerBytes'],
    provoke: async ({ bound, beyond }, { url }) => {
      expect(await statusOfRaw(url, withHeaders(`x: ${x(bound - 200)}\r\n`))).toBe('200');
      expect(beyond).toBe(`\`${await statusOfRaw(url, withHeaders(`x: ${x(bound)}\r\n`))}\``);
    },
  },
  'header fields of a request': {
    constant: [httpServer, 'headerFields'],
    provoke: async ({ bound, beyond }, { url }) => {
      expect(await statusOfRaw(url, withHeaders('x: y\r\n'.repeat(bound - 2)))).toBe('200');
      expect(beyond).toBe(`\`${await statusOfRaw(url, withHeaders('x: y\r\n'.repeat(bound - 1)))}\``);
    },
  },
  'time for the headers': { constant: [httpServer, 'headersTimeoutMs'] },
  'time for the whole request': { constant: [httpServer, 'requestTimeoutMs'] },
  'time for reading an answer': { constant: [httpServer, 'silenceTimeoutMs'] },
  'time between requests': { constant: [httpServer, 'keepAliveMs'] },
  'bytes of log lines that wait for a full disk or a slow reader': {
    constant: ['libs/runtime/src/observability/log-destination.ts', 'mostWaitingBytes'],
  },
  'time for an address of a server': { constant: ['libs/runtime/src/lifecycle/run-service.ts', 'addressTimeoutMs'] },
  'connections of a process': { constant: [httpServer, 'connections'] },
  'bytes of a body, inflated': {
    constant: ['libs/runtime/src/http/request-body.ts', 'bodyMaxBytes'],
    provoke: beyondLimit((bytes, apis) => everyApi(' '.repeat(bytes), apis)),
  },
  'JSON values of a body': {
    constant: ['libs/runtime/src/parsing/json-values.ts', 'defaultJsonValues'],
    provoke: beyondLimit((values, apis) => [
      ...everyApi(valuesOf(values), apis),
      { path: '/cloudevents', headers: { 'content-type': 'application/cloudevents+json' }, body: valuesOf(values) },
    ]),
  },
  'bytes in hand, of a process': {},
  'nesting of JSON': {
    constant: ['libs/runtime/src/parsing/json-nesting.ts', 'deepestNesting'],
    provoke: beyondLimit((depth, apis) => everyApi(`{"x":${'['.repeat(depth)}${']'.repeat(depth)}}`, apis)),
  },

  'events per second of an account, of a process': {},
  'bytes per second of an account, of a process': {},
  'undelivered events of an account': {},
  'subscriptions of an account': {},
  "bytes of an account's subscriptions": {},
  "bytes of an account's patterns": {},
  'keys of an account': { constant: ['services/subscription/src/accounts/limits.ts', 'keys'] },
  'replays of an account at once': {},

  'events of a list': { provoke: atLimit((count) => eventBus(...Array.from({ length: count }, () => ({})))) },
  'bytes of an event': { provoke: atLimit(eventsOf) },
  'bytes of an id, a source and a type': {
    constant: [ofEvents, 'idMaxBytes'],
    provoke: atLimit((bytes) => [
      ...['id', 'source', 'type'].flatMap((name) => [eventBus({ [name]: x(bytes) }), cloudEvent({ [name]: x(bytes) })]),
    ]),
  },
  'bytes of an account and a bus': {
    constant: [account, 'accountMaxBytes'],
    provoke: atLimit((bytes) => [
      eventBus({ accountId: x(bytes) }),
      eventBus({ eventBusId: x(bytes) }),
      cloudEvent({ accountid: x(bytes) }),
      cloudEvent({ eventbusid: x(bytes) }),
    ]),
  },
  'bytes of any other attribute': {
    constant: [ofEvents, 'echoedMaxBytes'],
    provoke: atLimit((bytes) => [
      eventBus({ subject: x(bytes) }),
      cloudEvent({ subject: x(bytes) }),
      cloudEvent({ more: x(bytes) }),
    ]),
  },
  'attributes of an event': {
    constant: ['services/ingest/src/formats/cloudevents-attributes.ts', 'attributesMax'],
    provoke: atLimit((count) =>
      cloudEvent(Object.fromEntries(Array.from({ length: count - 4 }, (_, name) => [`x${name}`, 1]))),
    ),
  },
  'callbacks that lead from event to event': {
    constant: ['services/ingest/src/routes/hops.ts', 'hopsMost'],
    provoke: atLimit((hops) =>
      [etc({}), eventBus({}), cloudEvent({})].map((asked) => ({
        ...asked,
        headers: { ...asked.headers, 'x-callbus-hops': String(hops) },
      })),
    ),
  },
  "characters of an attribute's name": { provoke: atLimit((length) => cloudEvent({ [x(length)]: 1 })) },
  "words of an event's name": {
    provoke: atLimit((count) => {
      const words = Array<string>(count - 1)
        .fill('w')
        .join('.');
      return [etc({ event_key: `${words}.w` }), eventBus({ source: words }), cloudEvent({ source: words })];
    }),
  },
  'bytes of a `tracestate`': { constant: ['services/ingest/src/formats/trace-context.ts', 'stateMaxBytes'] },
  'bytes of a `baggage`': { constant: ['services/ingest/src/formats/trace-context.ts', 'baggageMaxBytes'] },
  'bytes of an event_key': {
    constant: [ofEvents, 'nameMaxBytes'],
    provoke: atLimit((bytes) => etc({ event_key: x(bytes) })),
  },
  'time in which a repeated event is recognized': {},
  "bytes of a message's headers": {
    constant: ['libs/broker/src/rabbitmq/publishing/header-limit.ts', 'tableMaxBytes'],
  },
  "time for the broker's confirm": {},
  'bytes without a confirm, of a process': {
    constant: ['libs/broker/src/rabbitmq/publishing/publisher.ts', 'maxUnconfirmedBytes'],
  },
  'time for Redis to recognize a repeat': { constant: ['services/ingest/src/start.ts', 'redisTimeoutMs'] },

  'characters of a name': {
    constant: [subscriptionRules, 'textMaxLength'],
    provoke: atLimit((length, apis) => [
      subscribe({ subscription_name: x(length) }, apis),
      subscribe({ system_name: x(length) }, apis),
      subscribe({ event_bus_id: x(length) }, apis),
    ]),
  },
  'characters of a callback URL': {
    constant: ['services/subscription/src/subscriptions/callback-url.ts', 'maxLength'],
    provoke: atLimit((length, apis) =>
      subscribe({ callback_url: `${apis.callbackUrl}/${x(length - apis.callbackUrl.length - 1)}` }, apis),
    ),
  },
  'characters of a confirm pattern': {
    constant: [subscriptionRules, 'patternMaxLength'],
    provoke: atLimit((length, apis) => subscribe({ confirm_pattern: '200'.padStart(length) }, apis)),
  },
  'instructions of a regular expression': {
    constant: ['libs/callback/src/confirmation/confirm.ts', 'maxProgramSize'],
    provoke: beyondLimit((size, apis) => subscribe({ confirm_mode: 'regular', confirm_pattern: x(size) }, apis)),
  },
  'event names of a subscription': {
    provoke: atLimit((count, apis) =>
      subscribe({ subscription_form: Array.from({ length: count }, (_, name) => `n${name}`).join() }, apis),
    ),
  },
  'bytes of an event name': {
    constant: [subscriptionRules, 'eventNameMaxBytes'],
    provoke: atLimit((bytes, apis) => subscribe({ subscription_form: x(bytes) }, apis)),
  },
  'characters of a description': {
    constant: [subscriptionRules, 'descriptionMaxLength'],
    provoke: atLimit((length, apis) => subscribe({ description: x(length) }, apis)),
  },
  'characters of a subscription_form': {
    provoke: atLimit((length, apis) => subscribe({ subscription_form: 'x'.padEnd(length) }, apis)),
  },
  'entries of a subscription_form, repeated ones too': {
    provoke: atLimit((count, apis) => subscribe({ subscription_form: Array(count).fill('x').join() }, apis)),
  },
  'words of a pattern': {
    provoke: atLimit((count, apis) => subscribe({ subscription_form: Array(count).fill('*').join('.') }, apis)),
  },
  '# of a pattern': {
    provoke: atLimit((count, apis) => subscribe({ subscription_form: '#.w.'.repeat(count) }, apis)),
  },
  "bytes of a subscription's patterns": {
    provoke: atLimit((bytes, apis) => {
      const longest = Array.from({ length: 63 }, (_, number) => `${number}.*.`.padEnd(1_024, 'x'));
      const rest = bytes - 63 * 1_024;
      const patterns = [...longest, '*.'.padEnd(512, 'x'), '*.'.padEnd(rest - 512, 'y')];
      return subscribe({ subscription_form: patterns.join() }, apis);
    }),
  },
  'attempts of a delivery': { provoke: atLimit((count, apis) => subscribe({ max_attempts: count }, apis)) },
  'callbacks at once, of a worker': { provoke: atLimit((count, apis) => subscribe({ max_in_flight: count }, apis)) },
  'headers of a subscription': {
    provoke: atLimit((count, apis) =>
      subscribe({ headers: Object.fromEntries(Array.from({ length: count }, (_, name) => [`x-${name}`, 'y'])) }, apis),
    ),
  },
  "characters of a header's name": {
    provoke: atLimit((length, apis) => subscribe({ headers: { [x(length)]: 'y' } }, apis)),
  },
  "characters of a header's value": {
    provoke: atLimit((length, apis) => subscribe({ headers: { 'x-y': x(length) } }, apis)),
  },
  'bytes of a secret': {
    constant: ['libs/callback/src/signing/sign.ts', 'mostBytes'],
    provoke: atLimit((bytes, apis) => subscribe({ secret: `whsec_${Buffer.alloc(bytes).toString('base64')}` }, apis)),
  },
  'bytes of an account in a path': {
    constant: [account, 'accountMaxBytes'],
    provoke: atLimit((bytes, apis) => subscribe({}, { ...apis, account: x(bytes) })),
  },
  "values of a search's $in": {
    constant: ['services/subscription/src/search/search.ts', 'valuesMax'],
    provoke: atLimit((count, apis) =>
      search({ condition: { bk_biz_id: { $in: Array.from({ length: count }, () => 2) } } }, apis),
    ),
  },
  'conditions of a search': { constant: ['services/subscription/src/search/search.ts', 'conditionsMax'] },
  'sort keys of a search': {
    constant: ['services/subscription/src/search/search.ts', 'sortKeysMax'],
    provoke: atLimit((count, apis) => search({ page: { sort: Array(count).fill('last_time').join() } }, apis)),
  },
  'fields of a search': {
    constant: ['services/subscription/src/search/search.ts', 'fieldsMax'],
    provoke: atLimit((count, apis) => search({ fields: Array(count).fill('subscription_id') }, apis)),
  },
  "characters of a search's $regex": {
    constant: ['services/subscription/src/search/search.ts', 'regexMaxLength'],
    provoke: atLimit((length, apis) => search({ condition: { subscription_name: { $regex: x(length) } } }, apis)),
  },
  "cost of a search's $regex": {
    constant: ['services/subscription/src/search/regex-cost.ts', 'costMax'],
    provoke: beyondLimit((cost, apis) =>
      search({ condition: { subscription_name: { $regex: `${x(cost / 17 - 4)}{17}` } } }, apis),
    ),
  },
  'time for a search': { constant: [subscriptionSearch, 'searchTimeoutMs'] },
  'calls of an account at once, other than readings': { constant: [callTurns, 'perAccount'] },
  'calls of an account that wait': { constant: [callTurns, 'waitingPerAccount'] },
  'pings, tests and telnets of an account at once': { constant: [callTurns, 'perAccount'] },
  'readings of an account at once': { constant: [readingTurns, 'perAccount'] },
  'readings of an account that wait': { constant: [readingTurns, 'waitingPerAccount'] },
  'time of the database that an account may use in advance': { constant: [readingTurns, 'aheadMs'] },
  'readings of all accounts at once': { constant: [readingTurns, 'atOnce'] },
  "rows of a search's answer": { constant: ['services/subscription/src/search/search.ts', 'rowsMax'] },
  "bytes of rows in a search's answer": { constant: [subscriptionSearch, 'answerMaxBytes'] },
  'bytes of events in an answer': {
    constant: ['services/subscription/src/undelivered/undelivered-events.ts', 'answerMaxBytes'],
  },
  'time for reading a management answer': {
    constant: ['services/subscription/src/http/endpoint.ts', 'answerTimeoutMs'],
  },
  'ids of a selection': {
    constant: ['services/subscription/src/undelivered/selection.ts', 'idsMax'],
    provoke: atLimit((count, apis) => ({
      ...ofSubscription('undelivered', apis),
      method: 'DELETE',
      body: JSON.stringify({ ids: Array.from({ length: count }, (_, id) => id + 1_000_000) }),
    })),
  },
  'attempts of a page': {
    constant: ['services/subscription/src/history/attempts-endpoint.ts', 'limitMax'],
    provoke: atLimit((count, apis) => ofSubscription(`attempts?limit=${count}`, apis)),
  },
  'undelivered events of a page': {
    constant: ['services/subscription/src/undelivered/undelivered-endpoints.ts', 'limitMax'],
    provoke: atLimit((count, apis) => ofSubscription(`undelivered?limit=${count}`, apis)),
  },
  'undelivered events of a page, with body': {
    constant: ['services/subscription/src/undelivered/undelivered-endpoints.ts', 'limitMaxWithEvent'],
    provoke: atLimit((count, apis) => ofSubscription(`undelivered?event=true&limit=${count}`, apis)),
  },
  'time for a receiver to allow callbacks': {
    constant: ['services/subscription/src/probes/probe.ts', 'timeoutMs'],
  },
  'time between verification requests to a receiver': {
    constant: ['services/subscription/src/probes/verification-rows.ts', 'intervalMs'],
  },
  'time for which a receiver is asked to allow callbacks': {
    constant: ['services/subscription/src/probes/verification-rows.ts', 'askedForMs'],
  },
  'receivers verified at once, by a process': { constant: [verifications, 'atOnce'] },
  'receivers of an account verified at once, by a process': { constant: [verifications, 'atOncePerAccount'] },
  "subscriptions of a worker's page": {
    constant: ['services/subscription/src/subscriptions/internal-routes.ts', 'maxLimit'],
  },
  'time in which a change can be repeated': {
    constant: ['services/subscription/src/changes/unsettled-changes.ts', 'repeatableMs'],
  },
  'time for a page of undelivered events, twice': {
    constant: ['services/subscription/src/undelivered/undelivered-events.ts', 'pageTimeoutMs'],
  },
  'time for a new epoch to begin, of a call': {
    constant: ['services/subscription/src/database/epochs.ts', 'longestWaitMs'],
  },
  "bytes of a worker's page": {
    constant: ['services/subscription/src/subscriptions/internal-routes.ts', 'pageMaxBytes'],
  },
  "worker's pages at once": { constant: ['services/subscription/src/subscriptions/internal-routes.ts', 'pagesAtOnce'] },
  'time for a statement': { constant: ['services/subscription/src/database/pool.ts', 'statementTimeoutMs'] },
  'time for a ping or telnet': { constant: ['services/subscription/src/probes/probe.ts', 'timeoutMs'] },
  'pings, tests, telnets and verifications of an account per second, of a process': {},
  'pings, tests, telnets and verifications of an account at once, after a pause': {},

  'messages that a worker holds, of a queue': {},
  'age of an event': {},
  'returns of a message to its queue': { constant: ['libs/broker/src/rabbitmq/topology/topology.ts', 'deliveryLimit'] },
  'wait of a message before it is on trial': { constant: ['libs/broker/src/consuming/trials.ts', 'quietMs'] },
  'time that a message on trial has for itself': { constant: ['libs/broker/src/consuming/trials.ts', 'trialMs'] },
  'returns of a message of a newer format': { constant: ['libs/broker/src/consuming/give-back.ts', 'mostReturns'] },
  'wait of a message of a newer format': {
    constant: ['libs/contracts/src/deliveries/retry-schedule.ts', 'longestGiveBackMs'],
  },
  'longer wait in place of a full retry queue': {
    constant: ['libs/broker/src/rabbitmq/publishing/forward-around.ts', 'longerAtMost'],
  },
  'time of tries for a full retry queue': {
    constant: ['libs/broker/src/rabbitmq/publishing/full-queues.ts', 'fullAfterMs'],
  },
  'time for deleting undelivered events': {
    constant: ['services/subscription/src/undelivered/undelivered-endpoints.ts', 'longestDeletionMs'],
  },
  'time for sending undelivered messages back': {
    constant: ['services/subscription/src/undelivered/dispatch-unattributed.ts', 'longestMs'],
  },
  "bytes of a message's body": { constant: ['libs/contracts/src/events/event.ts', 'bodyMaxBytes'] },
  'look-ups at once, of names with an answer': { constant: [lookUpSlots, 'answered'] },
  'look-ups at once, of new names': { constant: [lookUpSlots, 'unknown'] },
  'look-ups at once, of names with a silent resolver': { constant: [lookUpSlots, 'silent'] },
  'look-ups at once, of names of a domain': { constant: [lookUpSlots, 'slotsPerDomain'] },
  'wait for a look-up': { constant: [lookUp, 'slotTimeoutMs'] },
  'time for a look-up': { constant: [lookUp, 'answerTimeoutMs'] },
  'time for which an address is kept': { constant: [knownNames, 'longestTtlMs'] },
  'time for which a failed look-up is kept': { constant: [knownNames, 'failureMs'] },
  'results of look-ups that are kept': { constant: [knownNames, 'namesKept'] },
  'age of a connection to a receiver': {},
  'addresses of a receiver that are tried': { constant: [addresses, 'addressesMax'] },
  "time before a receiver's next address is tried too": { constant: [addresses, 'headStartMs'] },
  'idle time of a connection to a receiver': { constant: [kept, 'keepAliveMs'] },
  'idle time that a receiver may allow by Keep-Alive': { constant: [kept, 'longestKeepAliveMs'] },
  "bytes of an answer's head": { constant: [readAnswer, 'headMaxBytes'] },
  'bytes of a line between chunks': { constant: [readAnswer, 'chunkLineMaxBytes'] },
  'bytes that are read of an answer': { constant: ['libs/callback/src/http/exchange.ts', 'answerMaxBytes'] },
  'bytes that are kept of an answer': { constant: ['services/delivery/src/tasks/fate.ts', 'keptAnswerBytes'] },
  'time for judging an answer': { constant: ['libs/callback/src/confirmation/judge-threads.ts', 'budgetMs'] },
  'wait of an answer until it is judged': {
    constant: ['libs/callback/src/confirmation/judge-threads.ts', 'longestWaitMs'],
  },
  'time for judging in a turn of the event loop': {
    constant: ['libs/callback/src/confirmation/judge-body.ts', 'inlineMsEachTurn'],
  },
  'failures that open a breaker': { constant: ['services/delivery/src/receivers/breaker.ts', 'failuresToOpen'] },
  'time of an open breaker': { constant: ['services/delivery/src/receivers/breaker.ts', 'longestOpenMs'] },
  'wait that a receiver may ask for': { constant: ['services/delivery/src/tasks/retry-policy.ts', 'longestPauseMs'] },
  "bytes of an event's headers in binary mode": {
    constant: ['libs/callback-request/src/binary-payload.ts', 'binaryHeadersMaxBytes'],
  },
  "an event's headers in binary mode": {
    constant: ['libs/callback-request/src/binary-payload.ts', 'binaryHeadersMost'],
  },
  'events of a message': { constant: ['libs/contracts/src/events/event-batch.ts', 'events'] },
  "matching of an account's costly events, of a worker": {
    constant: ['services/delivery/src/subscriptions/match.ts', 'costlyMsEachS'],
  },
  'wait of a costly event': { constant: ['services/delivery/src/tasks/fate.ts', 'longestMs'] },
  'tasks that are parked together': { constant: ['services/delivery/src/tasks/groups.ts', 'groupMost'] },
  'time that the broker gives a consumer': {},

  'age of an undelivered event': {},
  'difference of the clock to two others': {},
  'replayed events, of a process': {},
  'attempts of a subscription': { constant: ['libs/statistics/src/statistics.ts', 'attemptsPerSubscription'] },
  'age of a step in a trace': { constant: ['libs/statistics/src/statistics.ts', 'stepsKeptS'] },
  'steps of a trace': { constant: ['libs/statistics/src/statistics.ts', 'stepsPerEvent'] },
  'bytes of attempts and traces': {},
  'secrets of a subscription': { constant: ['services/subscription/src/secrets/secrets.ts', 'secretsMax'] },
  'time that a rotated secret signs': { constant: ['services/subscription/src/secrets/secrets.ts', 'overlapMs'] },
  'characters of a name in a trace': { constant: ['libs/statistics/src/history/event-step.ts', 'nameMaxLength'] },
  'time for finishing after a stop': {},
};

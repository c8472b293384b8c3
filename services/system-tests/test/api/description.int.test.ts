import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAuthenticate } from '@callbus/runtime/auth/auth';
import { allRoles } from '@callbus/contracts/keys/holder';
import { addKey } from '@callbus/runtime/auth/key-file';
import { createLogger } from '@callbus/runtime/observability/logger';
import { createContext } from '@callbus/start/context';
import { openPort } from '@callbus/start/open-port';
import { createRefuseCrossSite } from '@callbus/standalone/http/refuse-cross-site';
import { openReceiver, type Receiver } from '@callbus/testing/receivers/callback-receiver';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import axios from 'axios';
import fc from 'fast-check';
import { arbitraryOf } from '../support/arbitrary-of.js';
import { faultsOf, validatorOf, type Answered } from '../support/check-answer.js';
import {
  callbacks,
  description,
  examplesOf,
  operationOf,
  operations,
  type DescribedOperation,
  type DescribedParameter,
} from '../support/described-api.js';
import { openApis, type OpenApis } from '../support/open-apis.js';
import { exampleRequest, type ApiRequest, type Subject } from '../support/valid-requests.js';

let directory: string;
let receiver: Receiver;
let apis: OpenApis;
let keys: Readonly<Record<(typeof allRoles)[number] | 'all', string>>;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'callbus-keys-'));
  const file = join(directory, 'keys.json');
  const add = (roles: readonly string[]) => addKey(file, { account: 'ours', roles });
  keys = {
    publish: await add(['publish']),
    manage: await add(['manage']),
    operate: await add(['operate']),
    look: await add(['look']),
    admin: await add(['admin']),
    all: await add(allRoles),
  };
  receiver = await openReceiver();
  apis = await openApis({
    authenticate: await createAuthenticate({ AUTH: 'keys', KEYS_FILE: file }),
    refuse: createRefuseCrossSite([]),
  });
});
afterAll(async () => {
  await apis.close();
  await receiver.close();
  await rm(directory, { recursive: true });
});

const bearer = (key: string) => `Bearer ${key}`;
const http = axios.create({ validateStatus: () => true, proxy: false, headers: { connection: 'close' } });

async function send({ method, path, headers, body }: ApiRequest, url = apis.url): Promise<Answered> {
  const answer = await http.request<string>({
    method,
    url: url + path,
    headers,
    data: body,
    transformRequest: (data: unknown) => data,
    transformResponse: (text: unknown) => text,
  });
  return { status: answer.status, headers: Object.fromEntries(Object.entries(answer.headers)), body: answer.data };
}

const newSubject = () =>
  apis.newSubject({ account: 'ours', authorization: bearer(keys.all), callbackUrl: receiver.url });

const named = operations.map((operation) => [operation.operationId, operation] as const);
/** The routes that no caller is told of. */
const isHidden = ({ path }: { path: string }) => path.startsWith('/internal/');

test('every route is described, and every description has a route', () => {
  const routes = [...apis.publishRoutes, ...apis.manageRoutes].filter((route) => !isHidden(route));
  expect(routes.filter((route) => operationOf(route) === undefined)).toEqual([]);
  const paths = new Set(routes.map(({ path }) => path.replace(':version', 'v3').replace(/:(\w+)/g, '{$1}')));
  const others = operations.filter(({ template }) => !paths.has(template)).map(({ template }) => template);
  expect(others.sort()).toEqual(['/', '/docs', '/healthz', '/metrics', '/openapi.json', '/readyz']);
});

test('every name of a call is used once', () => {
  const names = [...operations, ...callbacks].map(({ operationId }) => operationId);
  expect(new Set(names).size).toBe(names.length);
});

describe('every example runs', () => {
  const examples = operations.flatMap((operation) =>
    examplesOf(operation).map((example) => [operation.operationId, example.name, operation, example] as const),
  );

  test.each(examples)('%s %s', async (_operation, _name, operation, example) => {
    await apis.clear();
    const request = exampleRequest(operation, example, await newSubject());
    const headers = { ...request.headers, authorization: bearer(keys.all) };
    const answer = await send({ ...request, headers });
    expect([answer.status < 300 ? 'succeeded' : answer.body, faultsOf(operation, answer)]).toEqual(['succeeded', []]);
  });

  test('every example of an answer is what is described', () => {
    const wrong = operations.flatMap(({ operationId, answers }) =>
      Object.entries(answers).flatMap(([status, { content = {} }]) =>
        Object.values(content).flatMap(({ schema, examples = {} }) =>
          Object.entries(examples)
            .filter(([, { value }]) => !validatorOf(`${operationId} ${status} body`, schema)(value))
            .map(([name]) => `${operationId} ${status} ${name}`),
        ),
      ),
    );
    expect(wrong).toEqual([]);
  });
});

/** Headers whose bytes any program sends. */
const headerText = fc.stringMatching(/^[!-~]([ -~]{0,20}[!-~])?$/);
const mostly = <T>(usual: T, other: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 7, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: other });

function parameterValue({ in: place, schema, example }: DescribedParameter): fc.Arbitrary<string> {
  if (place === 'header') return fc.oneof(headerText, arbitraryOf(schema, true).map(String).filter(isHeaderValue));
  const value = arbitraryOf(schema).map((each) => (typeof each === 'string' ? each : JSON.stringify(each)));
  return (example === undefined ? value : mostly(String(example), value)).filter(isSegment);
}

const isHeaderValue = (text: string) => /^[!-~]([ -~]{0,200}[!-~])?$/.test(text);
/** Programs that call resolve a path with dots before they send it. */
const isSegment = (text: string) => !/\p{Surrogate}/u.test(text) && !/^\.{0,2}$/.test(text);

/** Requests of an operation, valid ones and others. */
function requestsOf(operation: DescribedOperation, subject: Subject): fc.Arbitrary<ApiRequest> {
  const { method, template, parameters, body } = operation;
  const values = (place: DescribedParameter['in']) =>
    fc.record(
      Object.fromEntries(
        parameters.filter((each) => each.in === place).map((each) => [each.name, parameterValue(each)]),
      ),
      { requiredKeys: place === 'path' ? parameters.filter((each) => each.in === place).map(({ name }) => name) : [] },
    ) as fc.Arbitrary<Readonly<Record<string, string>>>;
  const known: Readonly<Record<string, string>> = {
    account: subject.account,
    id: String(subject.subscription),
    job: String(subject.replay),
    key: subject.key,
    event: subject.eventId,
  };
  const path = values('path').chain((chosen) =>
    fc.record(
      Object.fromEntries(
        Object.entries(chosen).map(([name, each]) => [name, mostly(known[name] ?? each, fc.constant(each))]),
      ),
    ),
  );
  return fc
    .record({
      path,
      query: values('query'),
      headers: fc.oneof({ weight: 2, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: values('header') }),
      body: bodyOf(body),
      key: fc.oneof(
        { weight: 12, arbitrary: fc.constant(keys.all) },
        { weight: 1, arbitrary: fc.constantFrom(keys.publish, keys.manage, keys.operate, 'callbus_unknown') },
      ),
    })
    .map(({ path: segments, query, headers, body: sent, key }) => {
      const filled = template.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(segments[name] ?? ''));
      const search = new URLSearchParams(query).toString();
      return {
        method,
        path: search === '' ? filled : `${filled}?${search}`,
        headers: { ...headers, ...sent.headers, authorization: bearer(key) },
        body: sent.text?.replaceAll('https://thumbs.example.com/events', subject.callbackUrl),
      };
    });
}

interface Sent {
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string | undefined;
}

function bodyOf(body: DescribedOperation['body']): fc.Arbitrary<Sent> {
  if (body === undefined) return fc.constant({ headers: {}, text: undefined });
  const contents = Object.entries(body.content).flatMap(([type, { schema, examples = {} }]) => {
    const headers = { 'content-type': type === '*/*' ? 'text/plain' : type };
    const values = Object.values(examples).map(({ value }) => fc.constant(value));
    const text = fc.oneof(
      {
        weight: 12,
        arbitrary: fc.oneof(arbitraryOf(schema, true), arbitraryOf(schema)).map((value) => JSON.stringify(value)),
      },
      ...(values.length > 0
        ? [{ weight: 12, arbitrary: fc.oneof(...values).map((value) => JSON.stringify(value)) }]
        : []),
      { weight: 1, arbitrary: fc.string({ unit: 'grapheme' }) },
    );
    return [text.map((each): Sent => ({ headers, text: each }))];
  });
  return fc.oneof(...contents);
}

describe('no answer is outside of the description', () => {
  test.each(named)('%s', async (_name, operation) => {
    await apis.clear();
    const subject = await newSubject();
    const seen = new Set<boolean>();
    await fc.assert(
      fc.asyncProperty(requestsOf(operation, subject), async (request) => {
        const answer = await send(request);
        seen.add(answer.status < 400);
        expect(faultsOf(operation, answer)).toEqual([]);
      }),
      { numRuns: 60 },
    );
    expect(seen).toContain(true);
  });
});

describe('an answer before any operation is described', () => {
  const requests = () =>
    newSubject().then((subject) =>
      operations.map((operation) => {
        const [example = { name: '', type: undefined, body: undefined }] = examplesOf(operation);
        return { operation, request: exampleRequest(operation, example, subject) };
      }),
    );

  test.each<[what: string, headers: ApiRequest['headers'], statuses: readonly number[]]>([
    ['an odd Expect', { expect: 'the unexpected' }, [417]],
    // Probes are served to every host.
    ['a foreign Host', { host: 'foreign.example.com' }, [403, 200]],
    ['a page of another origin', { origin: 'https://foreign.example.com' }, [403, 200]],
  ])('%s', async (_what, headers, statuses) => {
    for (const { operation, request } of await requests()) {
      const answer = await send({ ...request, headers: { ...request.headers, ...headers } });
      expect([operation.operationId, faultsOf(operation, answer)]).toEqual([operation.operationId, []]);
      expect(statuses).toContain(answer.status);
    }
  });

  test('another method at a door', async () => {
    const doors = (await requests()).filter(({ operation }) => operation.answers['405'] !== undefined);
    expect(doors.length).toBeGreaterThanOrEqual(apis.publishRoutes.length);
    for (const { operation, request } of doors) {
      const answer = await send({ ...request, method: 'PUT' });
      expect([answer.status, faultsOf(operation, answer)]).toEqual([405, []]);
    }
  });

  test('the start of a process', async () => {
    const context = createContext({
      config: { HOST: '127.0.0.1', PORT: 0 },
      logger: createLogger({ service: 'test', level: 'silent' }),
      stopping: new AbortController().signal,
      tracing: undefined,
    });
    const port = await openPort(context);
    const answers = (await requests()).map(async ({ operation, request }) =>
      faultsOf(operation, await send(request, port.url)),
    );
    expect((await Promise.all(answers)).flat()).toEqual([]);
    await port.close();
  }, 30_000);
});

test('the description is what every process serves', async () => {
  const answer = await http.get<unknown>(`${apis.url}/openapi.json`);
  expect(answer.data).toEqual(description);
});

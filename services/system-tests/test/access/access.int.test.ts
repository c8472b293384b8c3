import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAuthenticate } from '@callbus/runtime/auth/auth';
import { allRoles, type Role } from '@callbus/contracts/keys/holder';
import { addKey } from '@callbus/runtime/auth/key-file';
import { openReceiver, type Receiver } from '@callbus/testing/receivers/callback-receiver';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import axios from 'axios';
import { faultOfErrorBody } from '../support/error-shapes.js';
import { internalToken, openApis, type OpenApis } from '../support/open-apis.js';
import type { Route } from '../support/routes.js';
import { validRequest, type ApiRequest } from '../support/valid-requests.js';

type Headers = Readonly<Record<string, string>>;

let directory: string;
let receiver: Receiver;
let apis: OpenApis;
/** A key for each role in the account `ours`, and one for all roles in the account `theirs`. */
let keys: Readonly<Record<Role | 'theirs' | 'lookAtAll', string>>;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'callbus-keys-'));
  const file = join(directory, 'keys.json');
  const add = (account: string, roles: readonly string[]) => addKey(file, { account, roles });
  keys = {
    publish: await add('ours', ['publish']),
    manage: await add('ours', ['manage']),
    operate: await add('ours', ['operate']),
    look: await add('ours', ['look']),
    admin: await add('ours', ['admin']),
    theirs: await add('theirs', allRoles),
    lookAtAll: await add('*', ['look']),
  };
  receiver = await openReceiver();
  apis = await openApis({ authenticate: await createAuthenticate({ AUTH: 'keys', KEYS_FILE: file }) });
});
afterAll(async () => {
  await apis.close();
  await receiver.close();
  await rm(directory, { recursive: true });
});

const bearer = (key: string): Headers => ({ authorization: `Bearer ${key}` });
const http = axios.create({ validateStatus: () => true, proxy: false, headers: { connection: 'close' } });

async function send({ method, path, headers, body }: ApiRequest, more: Headers) {
  const answer = await http.request<string>({
    method,
    url: apis.url + path,
    headers: { ...headers, ...more, http_blueking_language: 'en' },
    data: body,
    transformRequest: (data: unknown) => data,
    transformResponse: (text: unknown) => text,
  });
  // Two answers are equal when they differ only in the id of their request.
  const ownId = String(answer.headers['x-request-id']);
  return { status: answer.status, body: answer.data.replace(ownId, 'its id') };
}

const unknown = { subscription: 999_999, replay: 999_999, key: 'unknown', eventId: 'unknown' };

const newSubject = () =>
  apis.newSubject({ account: 'ours', authorization: `Bearer ${keys.manage}`, callbackUrl: receiver.url });

/** Paths that concern the whole bus and not the subscriptions of an account. */
const operatorPaths = /\/(queues|overview)$/;

/** The roles that may call a route. */
function rolesFor({ method, path }: Route): readonly [Role, ...Role[]] {
  if (!path.startsWith('/api/:version/event')) return ['publish'];
  if (operatorPaths.test(path)) return ['operate', 'look'];
  if (path.includes('/keys/')) return method === 'GET' ? ['admin', 'look'] : ['admin'];
  if (path.includes('/subscribe/search/')) return ['manage', 'look'];
  return method === 'GET' ? ['manage', 'operate', 'look'] : ['manage'];
}

/** Whether a call of the route changes something, or sends something. */
const changes = (route: Route) => !rolesFor(route).includes('look');

/** Callers that a route refuses, with the status of the answer. */
function strangers(route: Route): [who: string, status: number, headers: Headers][] {
  const roles = rolesFor(route);
  const [role] = roles;
  const digest = createHash('sha256').update(keys[role]).digest('hex');
  const otherRoles = allRoles.filter((other) => !roles.includes(other));
  const named = ['HTTP_BK_SUPPLIER_ACCOUNT', 'HTTP_BLUEKING_SUPPLIER_ID'];
  const namesAccount = route.path.includes(':account');
  return [
    ['no key', 401, {}],
    ['a wrong key', 401, bearer(`${keys[role]}x`)],
    ['the digest of a key', 401, bearer(digest)],
    ['another scheme', 401, { authorization: `Basic ${keys[role]}` }],
    ['the headers of a gateway', 401, { http_bk_supplier_account: 'ours', 'x-gateway-token': 'guessed' }],
    ...otherRoles.map((other): [string, number, Headers] => [`a key to ${other}`, 403, bearer(keys[other])]),
    ...(changes(route)
      ? [['a key to look at every account', 403, bearer(keys.lookAtAll)] as [string, number, Headers]]
      : []),
    ...(namesAccount ? [['a key of another account', 403, bearer(keys.theirs)] as [string, number, Headers]] : []),
    ...named.flatMap((name): [string, number, Headers][] => [
      [`a key of another account that names ours in ${name}`, 403, { ...bearer(keys.theirs), [name]: 'ours' }],
      [`our key that names another account in ${name}`, 403, { ...bearer(keys[role]), [name]: 'theirs' }],
    ]),
  ];
}

async function expectClosed(route: Route) {
  const subject = await newSubject();
  const request = validRequest(route, subject);
  const aboutNothing = validRequest(route, { ...subject, ...unknown });
  const before = await apis.state();
  const called = receiver.requests.length;

  for (const [who, status, headers] of strangers(route)) {
    const answer = await send(request, headers);
    expect([who, answer.status, faultOfErrorBody(request.path, answer.body)]).toEqual([who, status, undefined]);
    // The answer reveals neither whether the subscription exists nor whether the body is valid.
    expect([who, await send(aboutNothing, headers)]).toEqual([who, answer]);
    expect([who, await send({ ...request, body: '{' }, headers)]).toEqual([who, answer]);
  }
  expect(await apis.state()).toBe(before);
  expect(receiver.requests).toHaveLength(called);

  for (const role of rolesFor(route)) {
    const allowed = await send(request, bearer(keys[role]));
    // The same request of an allowed caller succeeds, so only the caller was wrong.
    const isTaken = allowed.status < 300;
    expect([request.path, role, isTaken ? 'taken' : allowed]).toEqual([request.path, role, 'taken']);
  }
}
const isInternal = ({ path }: Route) => path.startsWith('/internal/');

test('every publish route refuses callers without the role publish', async () => {
  expect(apis.publishRoutes.length).toBeGreaterThanOrEqual(4);
  for (const route of apis.publishRoutes) await expectClosed(route);
});

test('a key to look reads whatever can be read, of its account or of every account, and nothing else', async () => {
  const reading = apis.manageRoutes.filter((route) => !isInternal(route) && !changes(route));
  const gets = apis.manageRoutes.filter((route) => !isInternal(route) && route.method === 'GET');
  expect(reading).toEqual(expect.arrayContaining(gets));
  const theirs = { account: 'theirs', authorization: `Bearer ${keys.theirs}`, callbackUrl: receiver.url };
  for (const subject of [await newSubject(), await apis.newSubject(theirs)]) {
    const named = { HTTP_BK_SUPPLIER_ACCOUNT: subject.account };
    for (const route of reading) {
      const request = validRequest(route, subject);
      const ofAll = await send(request, { ...bearer(keys.lookAtAll), ...named });
      expect([request.path, ofAll.status]).toEqual([request.path, 200]);
      const ofOurs = await send(request, { ...bearer(keys.look), ...named });
      if (subject.account === 'ours') expect(ofOurs.body).toBe(ofAll.body);
      else expect([request.path, ofOurs.status]).toEqual([request.path, 403]);
    }
  }
});

test('the overview asks a key for every account to name one', async () => {
  const overview = { method: 'GET', path: '/api/v3/event/overview', headers: {}, body: undefined };
  const ofNone = await send(overview, bearer(keys.lookAtAll));
  expect(ofNone.status).toBe(400);
  expect(JSON.parse(ofNone.body)).toMatchObject({
    bk_error_code: 1_199_010,
    bk_error_msg: "'HTTP_BK_SUPPLIER_ACCOUNT' is not set",
  });
  const ofOurs = await send(overview, { ...bearer(keys.lookAtAll), http_bk_supplier_account: 'ours' });
  expect(ofOurs.status).toBe(200);
});

test('every route of the subscription API refuses callers without its roles', async () => {
  const routes = apis.manageRoutes.filter((route) => !isInternal(route));
  expect(routes.length).toBeGreaterThanOrEqual(6);
  for (const route of routes) await expectClosed(route);
}, 120_000);

test('the internal routes refuse every caller except the workers', async () => {
  const routes = apis.manageRoutes.filter(isInternal);
  expect(routes.length).toBeGreaterThanOrEqual(2);
  for (const route of routes) {
    const request = validRequest(route, await newSubject());
    for (const headers of [{}, ...Object.values(keys).map(bearer), bearer(internalToken.slice(1))]) {
      const answer = await send(request, headers);
      expect([answer.status, faultOfErrorBody(request.path, answer.body)]).toEqual([401, undefined]);
    }
    expect((await send(request, bearer(internalToken))).status).toBe(200);
  }
});

test('no route leads to a subscription or an event of another account', async () => {
  const theirs = { account: 'theirs', authorization: `Bearer ${keys.theirs}`, callbackUrl: receiver.url };
  const foreign = await apis.newSubject(theirs);
  const before = await apis.state();
  const routes = apis.manageRoutes.filter((route) => /:(id|event|key)\b/.test(route.path) && !isInternal(route));
  expect(routes.length).toBeGreaterThanOrEqual(2);
  for (const route of routes) {
    const request = validRequest(route, { ...foreign, account: 'ours' });
    const nothing = validRequest(route, { ...foreign, account: 'ours', ...unknown });
    const ours = bearer(keys[rolesFor(route)[0]]);
    const answer = await send(request, ours);
    expect([request.path, answer.status, faultOfErrorBody(request.path, answer.body)]).toEqual([
      request.path,
      404,
      undefined,
    ]);
    expect(await send(nothing, ours)).toEqual(answer);
  }
  expect(await apis.state()).toBe(before);
});

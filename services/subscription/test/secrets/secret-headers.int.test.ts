import { beforeEach, describe, expect, test } from '@jest/globals';
import { sealedHeadersIn } from '@callbus/contracts/subscriptions/sealed-headers';
import { readSubscription, type Subscription } from '@callbus/contracts/subscriptions/subscription';
import { waitFor } from '@callbus/testing/wait-for';
import { create, en, failure, sample, subscribe, success } from '../support/call.js';
import { openService, secretBox, useService, workers } from '../support/open-service.js';

const subscriptions = `${subscribe}/0/2`;
const mask = '********';
const value = 'Bearer secret-value';
const headers = { 'x-plain': 'shown', Authorization: value };

const service = useService();
const { call } = service;
beforeEach(() => service.pool.query('DELETE FROM subscriptions'));

async function answered(ask = call): Promise<unknown> {
  const { body } = await ask(`POST ${subscribe}/search/0/2`, { fields: ['headers'] });
  return (body as { data: { info: { headers: unknown }[] } }).data.info[0]?.headers;
}

/** The headers that the workers get, opened. */
async function workersHeaders(id: number, ask = call): Promise<Subscription['headers']> {
  const { body } = await ask(`GET /internal/subscriptions/${id}`, undefined, workers);
  const subscription = readSubscription(body);
  const sealed = [...sealedHeadersIn(subscription.secrets)];
  const opened = sealed.map(([name, text]) => [name, secretBox.open(text).toString()]);
  return { ...subscription.headers, ...Object.fromEntries(opened) } as Subscription['headers'];
}

async function stored(): Promise<string> {
  const { rows } = await service.pool.query('SELECT subscriptions::text FROM subscriptions');
  return JSON.stringify(rows);
}

const update = (id: number, changes: object, ask = call) =>
  ask(`PUT ${subscriptions}/${id}`, { ...sample, ...changes }, en);
const done = { status: 200, body: success('success') };

describe('the value of a secret header', () => {
  test('is answered masked, and is stored and announced sealed', async () => {
    const id = await create(call, { headers });
    expect(await answered()).toEqual({ 'x-plain': 'shown', Authorization: mask });
    expect(await call(`GET ${subscriptions}/${id}`)).toMatchObject({
      body: { data: { headers: { 'x-plain': 'shown', Authorization: mask } } },
    });
    expect(await workersHeaders(id)).toEqual({ 'x-plain': 'shown', authorization: value });
    await waitFor(() => service.changes.length > 0, { what: 'the announcement' });
    const listed = await call('GET /internal/subscriptions', undefined, workers);
    for (const text of [await stored(), JSON.stringify(service.changes), JSON.stringify(listed.body)])
      expect(text).not.toContain(value);
  });

  test('stays when the mask is given, changes with another value, and is deleted with its header', async () => {
    const id = await create(call, { headers, secret: 'generate' });
    expect(await update(id, { headers: { authorization: mask, 'x-plain': 'changed' } })).toMatchObject(done);
    expect(await workersHeaders(id)).toEqual({ authorization: value, 'x-plain': 'changed' });
    expect(await update(id, { headers: { Authorization: 'another', 'x-key': '' } })).toMatchObject(done);
    expect(await answered()).toEqual({ Authorization: mask, 'x-key': mask });
    expect(await workersHeaders(id)).toEqual({ authorization: 'another', 'x-key': '' });
    expect(await update(id, { headers: { 'x-key': mask } })).toMatchObject(done);
    expect(await workersHeaders(id)).toEqual({ 'x-key': '' });
  });

  test('stays when the signing secrets change, which stay when the headers change', async () => {
    const id = await create(call, { headers, secret: 'generate' });
    const signing = async () => {
      const { rows } = await service.pool.query<{ secrets: { sealed: string }[] }>('SELECT secrets FROM subscriptions');
      return rows[0]!.secrets.filter(({ sealed }) => !sealed.includes(':')).length;
    };
    expect(await call(`POST ${subscriptions}/${id}/secret/rotate`)).toMatchObject({ status: 200 });
    expect(await workersHeaders(id)).toEqual({ 'x-plain': 'shown', authorization: value });
    expect(await signing()).toBe(2);
    expect(await update(id, { headers: { cookie: 'c' } })).toMatchObject(done);
    expect(await signing()).toBe(2);
    expect(await update(id, { headers: { cookie: mask }, secret: null })).toMatchObject(done);
    expect(await signing()).toBe(0);
    expect(await workersHeaders(id)).toEqual({ cookie: 'c' });
  });

  test('stays after an update without headers and after a PATCH with the mask', async () => {
    const id = await create(call, { headers });
    expect(await update(id, {})).toMatchObject(done);
    expect(await call(`PATCH ${subscriptions}/${id}`, { description: 'changed' })).toMatchObject(done);
    expect(await workersHeaders(id)).toEqual({ 'x-plain': 'shown', authorization: value });
    expect(await call(`PATCH ${subscriptions}/${id}`, { headers: { authorization: mask } })).toMatchObject(done);
    expect(await workersHeaders(id)).toEqual({ authorization: value });
    expect(await call(`PATCH ${subscriptions}/${id}`, { headers: null })).toMatchObject(done);
    expect(await workersHeaders(id)).toEqual({});
    expect(await stored()).not.toContain('authorization');
  });

  test('does not appear in an error', async () => {
    const id = await create(call, { headers });
    const answers = [
      await call(`POST ${subscriptions}`, { ...sample, headers }, en),
      await call(`POST ${subscriptions}`, { ...sample, headers: { ...headers, host: 'x' } }, en),
      await update(id, { headers: { ...headers, cookie: `${value}\n` } }),
      await update(id, { headers: { ...headers, cookie: mask } }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([409, 400, 400, 400]);
    expect(JSON.stringify(answers)).not.toContain(value);
  });
});

test.each([
  ['create', () => call(`POST ${subscriptions}`, { ...sample, headers: { 'x-key': mask } }, en)],
  ['update', async () => update(await create(call, { headers }), { headers: { 'x-key': mask } })],
])('%s refuses the mask where no value is stored', async (_what, ask) => {
  const message = `'headers' is not valid: no value of x-key is stored that ${mask} could stand for`;
  expect(await ask()).toMatchObject({ status: 400, body: failure(1199006, message) });
});

test('without SECRETS_KEY secret headers are refused, and stored ones are masked and can be kept', async () => {
  const keyless = await openService({ secretBox: undefined, databaseUrl: service.databaseUrl });
  const { call: ask } = keyless;
  const message = `'headers' is not valid: Authorization looks like a secret, and SECRETS_KEY is not set`;
  const refused = { status: 400, body: failure(1199006, message) };
  expect(await ask(`POST ${subscriptions}`, { ...sample, headers }, en)).toMatchObject(refused);
  const id = await create(ask, { headers: { 'x-plain': 'shown' } });
  expect(await update(id, { headers }, ask)).toMatchObject(refused);

  await service.pool.query('UPDATE subscriptions SET headers = $1', [headers]);
  expect(await answered(ask)).toEqual({ 'x-plain': 'shown', Authorization: mask });
  expect(await update(id, { headers: { Authorization: mask } }, ask)).toMatchObject(done);
  expect(await workersHeaders(id, ask)).toEqual({ authorization: value });
  await keyless.close();
});

describe('a value that is stored in clear text', () => {
  test('is sealed at the start, and stays the same for the receiver', async () => {
    const ids = [
      await create(call),
      await create(call, { subscription_name: 'plain', headers: { 'x-plain': 'shown' } }),
    ];
    await service.pool.query('UPDATE subscriptions SET headers = $2 WHERE id = $1', [ids[0], headers]);
    const others = await stored();
    const restarted = await openService({ databaseUrl: service.databaseUrl });
    expect(await stored()).not.toContain(value);
    expect(await workersHeaders(ids[0]!)).toEqual({ 'x-plain': 'shown', authorization: value });
    expect(await workersHeaders(ids[1]!)).toEqual({ 'x-plain': 'shown' });
    expect(others).toContain(value);
    await restarted.close();
  });

  test('is found among more rows than a page has', async () => {
    const id = await create(call);
    await service.pool.query(
      `INSERT INTO subscriptions (account, biz_id, name, system_name, callback_url, confirm_mode, confirm_pattern, event_names,
         timeout_s, enabled, payload_format, headers, max_attempts, max_in_flight, operator, revision, saved_at)
       SELECT account, biz_id, name || n, system_name, callback_url, confirm_mode, confirm_pattern, event_names,
         timeout_s, enabled, payload_format, $2, max_attempts, max_in_flight, operator, revision, saved_at
       FROM subscriptions, generate_series(1, 1200) AS n WHERE id = $1`,
      [id, headers],
    );
    const restarted = await openService({ databaseUrl: service.databaseUrl });
    expect(await stored()).not.toContain(value);
    await restarted.close();
  });

  test('stays in clear text with MESSAGE_FORMAT=1, which also opens sealed values, for workers of that format', async () => {
    const id = await create(call, { headers });
    const deferring = await openService({ databaseUrl: service.databaseUrl, messageFormat: 1 });
    const { call: ask } = deferring;
    const { body } = await ask(`GET /internal/subscriptions/${id}`, undefined, workers);
    expect(body).toMatchObject({ headers: { 'x-plain': 'shown', authorization: value }, secrets: [] });
    expect(await answered(ask)).toEqual({ 'x-plain': 'shown', Authorization: mask });
    expect(await update(id, { headers: { Authorization: mask, cookie: 'c' } }, ask)).toMatchObject(done);
    expect(await workersHeaders(id, ask)).toEqual({ authorization: value, cookie: 'c' });
    await deferring.close();
  });
});

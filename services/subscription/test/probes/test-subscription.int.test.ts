import { createHmac } from 'node:crypto';
import { openReceiver, type Receiver } from '@callbus/testing/receivers/callback-receiver';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { create, en, failure, subscribe, success } from '../support/call.js';
import { secretBox, useService } from '../support/open-service.js';

const service = useService({ secretBox, limits: { probesPerSecond: 1, probesAtOnce: 4 } });
const secret = `whsec_${Buffer.from('0123456789abcdef01234567').toString('base64')}`;

let receiver: Receiver;

beforeAll(async () => {
  receiver = await openReceiver({
    answer: ({ path, headers }) =>
      path === '/hangs' ? undefined : { status: 503, body: `no: ${String(headers['x-api-key'])}` },
  });
});
afterAll(() => receiver.close());

/** Each test has an account of its own, because the rate holds per account. */
const sendTest = (account: string, id: number, body?: object) =>
  service.call(`POST ${subscribe}/${account}/0/${id}/test`, body, en);

test('sends one signed sample with all headers, and answers what came back without the secret values', async () => {
  const headers = { 'x-api-key': 'a very secret value', 'x-team': 'media' };
  const callback_url = `${receiver.url}/events`;
  const id = await create(service.call, { callback_url, secret, headers, enabled: false }, 'sample/0');

  const answer = await sendTest('sample', id);
  const eventId = (answer.body as { data: { event_id: string } }).data.event_id;
  expect(answer).toMatchObject({
    status: 200,
    body: success({
      event_id: expect.any(String),
      http_status: 503,
      response_body: 'no: ********',
      duration_ms: expect.any(Number),
    }),
  });
  const [request, ...others] = receiver.requests;
  expect(others).toEqual([]);
  expect(request).toMatchObject({
    path: '/events',
    headers: {
      ...headers,
      'content-type': 'application/cloudevents+json',
      'webhook-id': `evt_${eventId}_${id}`,
      'x-callbus-attempt': '1',
    },
  });
  const { 'webhook-id': webhookId, 'webhook-timestamp': at, 'webhook-signature': signature } = request?.headers ?? {};
  const signed = `${String(webhookId)}.${String(at)}.${String(request?.body)}`;
  expect(signature).toBe(`v1,${createHmac('sha256', '0123456789abcdef01234567').update(signed).digest('base64')}`);
  expect(JSON.parse(String(request?.body))).toMatchObject({
    id: eventId,
    source: 'callbus',
    type: 'callbus.test',
    accountid: 'sample',
    data: { test: true },
  });
});

test('sends an ETC notification when asked', async () => {
  const id = await create(service.call, { callback_url: receiver.url }, 'etc/0');
  expect(await sendTest('etc', id, { dialect: 'etc' })).toMatchObject({ status: 200 });
  const { headers, body } = receiver.requests.at(-1) ?? {};
  expect(headers).toMatchObject({ 'content-type': 'application/json' });
  expect(JSON.parse(String(body))).toMatchObject({ request_id: expect.any(String), event_key: 'callbus.test' });
});

test('fails with the reason when no answer comes', async () => {
  const id = await create(service.call, { callback_url: `${receiver.url}/hangs`, timeout: 1 }, 'silent/0');
  expect(await sendTest('silent', id)).toMatchObject({
    status: 400,
    body: failure(1103004, 'the test failed: no answer within 1000 ms'),
  });
});

test('sends nothing to a receiver that has not allowed callbacks', async () => {
  const id = await create(service.call, { callback_url: receiver.url, verification: 'cloudevents' }, 'asked/0');
  const posts = () => receiver.requests.filter(({ method }) => method === 'POST').length;
  const before = posts();
  expect(await sendTest('asked', id)).toMatchObject({
    status: 400,
    body: failure(1103004, 'the test failed: the receiver has not allowed callbacks'),
  });
  expect(posts()).toBe(before);
});

test('is unknown to other accounts', async () => {
  const id = await create(service.call, { callback_url: receiver.url }, 'owner/0');
  expect(await sendTest('other', id)).toMatchObject({
    status: 404,
    body: failure(1103004, 'the test failed: not found'),
  });
});

test('counts as a probe of the account', async () => {
  const id = await create(service.call, { callback_url: receiver.url }, 'busy/0');
  const answers = await Promise.all(Array.from({ length: 6 }, () => sendTest('busy', id)));
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 200, 200, 429, 429]);
});

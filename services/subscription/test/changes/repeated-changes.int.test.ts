import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { openTcpProxy, type TcpProxy } from '@callbus/testing/network/tcp-proxy';
import { waitFor } from '@callbus/testing/wait-for';
import { create, failure, sample, subscribe, success, type Call } from '../support/call.js';
import { openService, secretBox, type OpenService } from '../support/open-service.js';

const subscriptions = `${subscribe}/0/2`;
const operator = { BK_User: 'ann' };
const signed = { ...sample, secret: 'generate' };

let network: TcpProxy;
let service: OpenService;
let call: Call;
beforeAll(async () => {
  service = await openService({
    brokerBehind: async (url) => (network = await openTcpProxy(url)).url,
    confirmTimeoutMs: 500,
  });
  ({ call } = service);
});
afterAll(async () => {
  await service.close();
  await network.close();
});
beforeEach(() => service.pool.query('DELETE FROM subscriptions; DELETE FROM unsettled_changes'));
afterEach(brokerIsBack);

async function brokerIsBack(): Promise<void> {
  network.speak();
  network.cut();
  const change = Buffer.from(JSON.stringify({ kind: 'deleted', id: 999_999_999, revision: 1 }));
  const isBack = () =>
    service.broker.announceChange(change).then(
      () => service.broker.state() === 'open',
      () => false,
    );
  await waitFor(isBack, { what: 'the broker' });
}

/** Makes a change that takes effect and is answered with 503, because the broker is silent. */
async function refused(line: string, body?: object): Promise<void> {
  network.fallSilent();
  const answer = await call(line, body, operator);
  expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '5' } });
}

async function stored() {
  const { rows } = await service.pool.query<{ id: number; secrets: { sealed: string }[]; timeout_s: number }>(
    'SELECT id, secrets, timeout_s FROM subscriptions',
  );
  return rows;
}

const isAnnounced = (id: number, kind: string) =>
  service.changes.some(
    (change) => change.kind === kind && ('id' in change ? change.id : change.subscription.id) === id,
  );

describe('a change that took effect although its answer was 503', () => {
  test('is announced as soon as the broker is back, without a repeated call', async () => {
    await refused(`POST ${subscriptions}`, sample);
    const [row] = await stored();
    expect(isAnnounced(row!.id, 'saved')).toBe(false);
    await brokerIsBack();
    await waitFor(() => isAnnounced(row!.id, 'saved'), { what: 'the announcement' });
  });

  test('by create: the repeated call gets the same subscription and secret, once', async () => {
    await refused(`POST ${subscriptions}`, signed);
    const [row] = await stored();
    const secret = `whsec_${secretBox.open(row!.secrets[0]!.sealed).toString('base64')}`;
    await brokerIsBack();
    const again = await call(`POST ${subscriptions}`, signed, operator);
    expect(again).toMatchObject({ status: 200, body: success({ subscription_id: row!.id, secret }) });
    expect(again.body).not.toHaveProperty('warnings');
    expect(isAnnounced(row!.id, 'saved')).toBe(true);
    expect(await call(`POST ${subscriptions}`, signed, operator)).toMatchObject({ status: 409 });
    expect(await stored()).toEqual([row]);
  });

  test('by create: the repeated call gets a warning while the broker is still silent, and the announcement follows', async () => {
    await refused(`POST ${subscriptions}`, signed);
    const [row] = await stored();
    const again = await call(`POST ${subscriptions}`, signed, { ...operator, HTTP_BLUEKING_LANGUAGE: 'en' });
    expect(again).toMatchObject({ status: 200, body: { result: true, data: { subscription_id: row!.id } } });
    expect(again.body).toMatchObject({
      warnings: [{ path: '', message: expect.stringContaining('the broker does not answer') }],
    });
    await brokerIsBack();
    await waitFor(() => isAnnounced(row!.id, 'saved'), { what: 'the announcement' });
    expect(await call(`POST ${subscriptions}`, signed, operator)).toMatchObject({ status: 409 });
  });

  test('is not repeated by another caller or with another body', async () => {
    await refused(`POST ${subscriptions}`, signed);
    await brokerIsBack();
    const taken = { status: 409, body: failure(1199014, '数据唯一性校验失败， subscription_name 重复') };
    expect(await call(`POST ${subscriptions}`, signed, { BK_User: 'bob' })).toMatchObject(taken);
    expect(await call(`POST ${subscriptions}`, { ...signed, timeout: 11 }, operator)).toMatchObject(taken);
    expect(await call(`POST ${subscriptions}`, signed, operator)).toMatchObject({ status: 200 });
  });

  test('cannot be repeated after a minute', async () => {
    await refused(`POST ${subscriptions}`, signed);
    await brokerIsBack();
    await service.pool.query(`UPDATE unsettled_changes SET refused_at = now() - interval '61 s'`);
    expect(await call(`POST ${subscriptions}`, signed, operator)).toMatchObject({ status: 409 });
    const isEmpty = async () => (await service.pool.query('SELECT FROM unsettled_changes')).rowCount === 0;
    await waitFor(isEmpty, { what: 'the row to be deleted' });
  });

  test('by update and delete: the repeated call succeeds', async () => {
    const id = await create(call);
    await refused(`PUT ${subscriptions}/${id}`, { ...sample, timeout: 20 });
    expect(await stored()).toMatchObject([{ id, timeout_s: 20 }]);
    await brokerIsBack();
    const update = await call(`PUT ${subscriptions}/${id}`, { ...sample, timeout: 20 }, operator);
    expect(update).toMatchObject({ status: 200, body: success('success') });

    await refused(`DELETE ${subscriptions}/${id}`);
    expect(await stored()).toEqual([]);
    await brokerIsBack();
    expect(await call(`DELETE ${subscriptions}/${id}`, undefined, operator)).toMatchObject({
      status: 200,
      body: success('success'),
    });
    expect(isAnnounced(id, 'deleted')).toBe(true);
    expect(await call(`DELETE ${subscriptions}/${id}`, undefined, operator)).toMatchObject({ status: 404 });
  });

  test('by a process that died before the announcement is announced, and the repeated call gets its answer', async () => {
    await refused(`POST ${subscriptions}`, signed);
    const [row] = await stored();
    // The state of a process that died after the commit.
    await service.pool.query('UPDATE unsettled_changes SET refused_at = NULL, announced_at = NULL, made_at = now()');
    await brokerIsBack();
    const again = await call(`POST ${subscriptions}`, signed, operator);
    expect(again).toMatchObject({ status: 200, body: { data: { subscription_id: row!.id } } });
    expect(isAnnounced(row!.id, 'saved')).toBe(true);
  });
});

test('a call that is repeated before the first call is answered waits for that answer, and then counts as a new call', async () => {
  const answers = await Promise.all(Array.from({ length: 5 }, () => call(`POST ${subscriptions}`, signed, operator)));
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409, 409]);
  expect((await service.pool.query('SELECT FROM unsettled_changes')).rowCount).toBe(0);
});

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { openTcpProxy, type TcpProxy } from '@callbus/testing/network/tcp-proxy';
import { waitFor } from '@callbus/testing/wait-for';
import { create, createCall, failure, sample, success, type Call } from '../support/call.js';
import { openService, secretBox, type OpenService } from '../support/open-service.js';

const subscribe = '/api/v3/event/subscribe/0/2';
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
  call = createCall(service.url);
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

/** @returns the answer of what took effect, and was answered 503 since the broker was silent */
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

const isTold = (id: number, kind: string) =>
  service.changes.some(
    (change) => change.kind === kind && ('id' in change ? change.id : change.subscription.id) === id,
  );

describe('a change that took effect though its answer was 503', () => {
  test('is told to the workers as soon as the broker is back, without anybody asking again', async () => {
    await refused(`POST ${subscribe}`, sample);
    const [row] = await stored();
    expect(isTold(row!.id, 'saved')).toBe(false);
    await brokerIsBack();
    await waitFor(() => isTold(row!.id, 'saved'), { what: 'the announcement' });
  });

  test('of create answers the same call with the same subscription and secret, once', async () => {
    await refused(`POST ${subscribe}`, signed);
    const [row] = await stored();
    const secret = `whsec_${secretBox.open(row!.secrets[0]!.sealed).toString('base64')}`;
    await brokerIsBack();
    const again = await call(`POST ${subscribe}`, signed, operator);
    expect(again).toMatchObject({ status: 200, body: success({ subscription_id: row!.id, secret }) });
    expect(again.body).not.toHaveProperty('warnings');
    expect(isTold(row!.id, 'saved')).toBe(true);
    expect(await call(`POST ${subscribe}`, signed, operator)).toMatchObject({ status: 409 });
    expect(await stored()).toEqual([row]);
  });

  test('answers with a warning while the broker is still silent, and the workers are told later', async () => {
    await refused(`POST ${subscribe}`, signed);
    const [row] = await stored();
    const again = await call(`POST ${subscribe}`, signed, { ...operator, HTTP_BLUEKING_LANGUAGE: 'en' });
    expect(again).toMatchObject({ status: 200, body: { result: true, data: { subscription_id: row!.id } } });
    expect(again.body).toMatchObject({ warnings: [{ path: '', message: expect.stringContaining('not told yet') }] });
    await brokerIsBack();
    await waitFor(() => isTold(row!.id, 'saved'), { what: 'the announcement' });
    expect(await call(`POST ${subscribe}`, signed, operator)).toMatchObject({ status: 409 });
  });

  test('is nobody else’s, and no other body’s', async () => {
    await refused(`POST ${subscribe}`, signed);
    await brokerIsBack();
    const taken = { status: 409, body: failure(1199014, '数据唯一性校验失败， subscription_name 重复') };
    expect(await call(`POST ${subscribe}`, signed, { BK_User: 'bob' })).toMatchObject(taken);
    expect(await call(`POST ${subscribe}`, { ...signed, timeout: 11 }, operator)).toMatchObject(taken);
    expect(await call(`POST ${subscribe}`, signed, operator)).toMatchObject({ status: 200 });
  });

  test('is forgotten after a minute', async () => {
    await refused(`POST ${subscribe}`, signed);
    await brokerIsBack();
    await service.pool.query(`UPDATE unsettled_changes SET refused_at = now() - interval '61 s'`);
    expect(await call(`POST ${subscribe}`, signed, operator)).toMatchObject({ status: 409 });
    const isEmpty = async () => (await service.pool.query('SELECT FROM unsettled_changes')).rowCount === 0;
    await waitFor(isEmpty, { what: 'the row to be deleted' });
  });

  test('of update and delete answers the same call as success', async () => {
    const id = await create(call);
    await refused(`PUT ${subscribe}/${id}`, { ...sample, timeout: 20 });
    expect(await stored()).toMatchObject([{ id, timeout_s: 20 }]);
    await brokerIsBack();
    const update = await call(`PUT ${subscribe}/${id}`, { ...sample, timeout: 20 }, operator);
    expect(update).toMatchObject({ status: 200, body: success('success') });

    await refused(`DELETE ${subscribe}/${id}`);
    expect(await stored()).toEqual([]);
    await brokerIsBack();
    expect(await call(`DELETE ${subscribe}/${id}`, undefined, operator)).toMatchObject({
      status: 200,
      body: success('success'),
    });
    expect(isTold(id, 'deleted')).toBe(true);
    expect(await call(`DELETE ${subscribe}/${id}`, undefined, operator)).toMatchObject({ status: 404 });
  });

  test('of a process that died before it told anybody is told, and answers the same call', async () => {
    await refused(`POST ${subscribe}`, signed);
    const [row] = await stored();
    // As if nothing came after the commit.
    await service.pool.query('UPDATE unsettled_changes SET refused_at = NULL, announced_at = NULL, made_at = now()');
    await brokerIsBack();
    const again = await call(`POST ${subscribe}`, signed, operator);
    expect(again).toMatchObject({ status: 200, body: { data: { subscription_id: row!.id } } });
    expect(isTold(row!.id, 'saved')).toBe(true);
  });
});

test('a call that comes again while the first is under way waits for it, and is as any other once that is answered', async () => {
  const answers = await Promise.all(Array.from({ length: 5 }, () => call(`POST ${subscribe}`, signed, operator)));
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409, 409]);
  expect((await service.pool.query('SELECT FROM unsettled_changes')).rowCount).toBe(0);
});

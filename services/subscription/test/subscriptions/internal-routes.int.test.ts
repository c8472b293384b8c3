import { beforeEach, describe, expect, test } from '@jest/globals';
import { waitFor } from '@callbus/testing/wait-for';
import { create, sample, subscribe } from '../support/call.js';
import { useService, workers } from '../support/open-service.js';

const service = useService();
const { call } = service;
beforeEach(() => service.pool.query('DELETE FROM subscriptions'));

describe('the list of subscriptions', () => {
  test('is answered in pages, by ascending id, over all accounts', async () => {
    const ids = [
      await create(call, { subscription_name: 'a' }),
      await create(call, { subscription_name: 'b', enabled: false }, 'other/1'),
      await create(call, { subscription_name: 'c', event_bus_id: 'bus' }),
    ];
    const page = async (query: string) => (await call(`GET /internal/subscriptions${query}`, undefined, workers)).body;
    expect(await page('')).toMatchObject({ subscriptions: ids.map((id) => ({ id })), next: null });
    expect(await page('?limit=2')).toMatchObject({ subscriptions: [{ id: ids[0] }, { id: ids[1] }], next: ids[1] });
    expect(await page(`?limit=2&after=${ids[1]}`)).toMatchObject({ subscriptions: [{ id: ids[2] }], next: null });
    expect(await page(`?after=${ids[2]}`)).toEqual({ subscriptions: [], next: null, epoch: expect.any(Number) });
    expect(await call(`GET /internal/subscriptions/${ids[1]}`, undefined, workers)).toMatchObject({
      status: 200,
      body: { id: ids[1], account: 'other', enabled: false, timeoutMs: 10_000 },
    });
  });

  test('has pages of limited bytes with at least one row, also for a worker that names no limit', async () => {
    const names = (first: number) => Array.from({ length: 1_000 }, (_, n) => `${first}.${n}.`.padEnd(1_023, 'x'));
    const ids: number[] = [];
    for (let n = 0; n < 6; n += 1)
      ids.push(await create(call, { subscription_name: `large ${n}`, subscription_form: names(n).join(',') }));
    const pages = async (query: string) => {
      const sizes: number[] = [];
      const found: number[] = [];
      for (let after: number | null = 0; after !== null;) {
        const { status, body } = await call(`GET /internal/subscriptions?after=${after}${query}`, undefined, workers);
        expect(status).toBe(200);
        const page = body as { subscriptions: { id: number }[]; next: number | null };
        sizes.push(page.subscriptions.length);
        found.push(...page.subscriptions.map(({ id }) => id));
        after = page.next;
      }
      expect(found).toEqual(ids);
      return sizes;
    };
    expect(await pages('&limit=1000')).toEqual([4, 2]);
    expect(await pages('&bytes=2500000')).toEqual([2, 2, 2]);
    expect(await pages('&bytes=1')).toEqual([1, 1, 1, 1, 1, 1]);
    await call(`PUT ${subscribe}/0/2/${ids[0]}`, { ...sample, subscription_name: 'small' });
    expect(await pages('&limit=1000')).toEqual([5, 1]);
  });

  test('omits patterns that exceed a limit, which a search flags', async () => {
    const stored = ['a.b', 'a.#', `#.${'a.#.'.repeat(4)}b`, `${'*.'.repeat(32)}b`];
    const id = await create(call, { subscription_name: 'old' });
    const other = await create(call, { subscription_name: 'new', subscription_form: 'a.b,a.#' });
    await service.pool.query('UPDATE subscriptions SET event_names = $2 WHERE id = $1', [id, stored]);

    const within = { id, eventNames: ['a.b', 'a.#'] };
    expect((await call(`GET /internal/subscriptions/${id}`, undefined, workers)).body).toMatchObject(within);
    const list = (await call('GET /internal/subscriptions', undefined, workers)).body;
    expect(list).toMatchObject({ subscriptions: [within, { id: other }] });
    const found = (await call('POST /api/v3/event/subscribe/search/0/2')).body as { data: { info: object[] } };
    expect(found.data.info).toEqual([
      expect.objectContaining({ subscription_id: id, subscription_form: stored.join(), pattern_over_limit: true }),
      expect.not.objectContaining({ pattern_over_limit: true }),
    ]);
    await call(`PUT ${subscribe}/0/2/${id}/secret/rotate`);
    const rotated = await call(`POST ${subscribe}/0/2/${id}/secret/rotate`);
    expect(rotated.status).toBe(200);
    expect(service.changes.at(-1)).toMatchObject({ kind: 'saved', subscription: within });
  });

  test.each(['?limit=0', '?limit=5001', '?limit=x', '?after=-1', '?after=1&after=2', '?bytes=0', '?bytes=4194305'])(
    'refuses %s',
    async (query) => {
      expect(await call(`GET /internal/subscriptions${query}`, undefined, workers)).toMatchObject({ status: 400 });
    },
  );

  test.each(['999999999', 'x', '99999999999999999999'])('has no subscription %s', async (id) => {
    expect(await call(`GET /internal/subscriptions/${id}`, undefined, workers)).toMatchObject({ status: 404 });
  });

  test.each([{}, { authorization: 'Bearer wrong' }, { authorization: workers.authorization.replace('Bearer ', '') }])(
    'is refused with the headers %j',
    async (headers) => {
      for (const path of ['', '/1']) {
        expect(await call(`GET /internal/subscriptions${path}`, undefined, headers)).toMatchObject({ status: 401 });
      }
    },
  );
});

describe('a worker disables a subscription', () => {
  const disable = (id: number, body: unknown, headers = workers) =>
    call(`POST /internal/subscriptions/${id}/disable`, body, headers);
  const found = async () => {
    const { body } = await call(`POST ${subscribe}/search/0/2`, { fields: ['enabled', 'disabled_reason'] });
    return (body as { data: { info: unknown[] } }).data.info[0];
  };
  const revisionOf = async (id: number) => {
    const { body } = await call(`GET /internal/subscriptions/${id}`, undefined, workers);
    return (body as { revision: number }).revision;
  };

  test('with a reason, which a search answers until the subscription is enabled again', async () => {
    const id = await create(call);
    expect(await found()).toEqual({ enabled: true, disabled_reason: null });
    const answer = await disable(id, { reason: '410 Gone', revision: await revisionOf(id) });
    expect(answer).toMatchObject({ status: 200, body: { disabled: true } });
    expect(await found()).toEqual({ enabled: false, disabled_reason: '410 Gone' });
    const isAnnounced = () =>
      service.changes.some(
        (change) => change.kind === 'saved' && change.subscription.id === id && !change.subscription.enabled,
      );
    await waitFor(isAnnounced, { what: 'the announcement' });

    expect(await call(`PUT ${subscribe}/0/2/${id}`, { ...sample, enabled: false })).toMatchObject({ status: 200 });
    expect(await found()).toEqual({ enabled: false, disabled_reason: '410 Gone' });
    expect(await call(`PUT ${subscribe}/0/2/${id}`, sample)).toMatchObject({ status: 200 });
    expect(await found()).toEqual({ enabled: false, disabled_reason: '410 Gone' });
    expect(await call(`PATCH ${subscribe}/0/2/${id}`, { enabled: true })).toMatchObject({ status: 200 });
    expect(await found()).toEqual({ enabled: true, disabled_reason: null });
  });

  test('only in the revision that the worker knows', async () => {
    const id = await create(call);
    const revision = await revisionOf(id);
    expect(await call(`PUT ${subscribe}/0/2/${id}`, sample)).toMatchObject({ status: 200 });
    for (const target of [id, 999_999_999])
      expect(await disable(target, { reason: 'x', revision })).toMatchObject({
        status: 200,
        body: { disabled: false },
      });
    expect(await found()).toEqual({ enabled: true, disabled_reason: null });
  });

  test.each([{}, { reason: 'x' }, { revision: 1 }, { reason: 1, revision: 1 }, { reason: 'x', revision: 0 }, '{'])(
    'but not with the body %j',
    async (body) => {
      const id = await create(call);
      const headers = { ...workers, 'content-type': 'application/json' };
      expect(await disable(id, body, headers)).toMatchObject({ status: 400 });
      expect(await found()).toEqual({ enabled: true, disabled_reason: null });
    },
  );

  test('but a caller without the token does not', async () => {
    const id = await create(call);
    const body = { reason: 'x', revision: await revisionOf(id) };
    expect(await disable(id, body, { authorization: 'Bearer wrong' })).toMatchObject({ status: 401 });
    expect(await found()).toEqual({ enabled: true, disabled_reason: null });
  });
});

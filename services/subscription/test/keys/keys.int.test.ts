import { createHash } from 'node:crypto';
import { openTcpProxy, type TcpProxy } from '@callbus/testing/network/tcp-proxy';
import { waitFor } from '@callbus/testing/wait-for';
import { afterAll, afterEach, describe, expect, test } from '@jest/globals';
import { en, failure, success } from '../support/call.js';
import { useService } from '../support/open-service.js';

const service = useService({ limits: { keys: 3 } });
const base = '/api/v3/event/keys';
const soon = '2999-01-01T00:00:00Z';
afterEach(() => service.pool.query('DELETE FROM keys'));

interface Made {
  readonly data: { readonly id: string; readonly key: string };
}
const make = (body: unknown, account = 'acme') =>
  service.call(`POST ${base}/${account}`, body, { ...en, BK_User: 'ada' });
const list = async (account = 'acme') => (await service.call(`GET ${base}/${account}`)).body;

test('a key is made, listed without its secret, stored as a digest, and revoked', async () => {
  const made = await make({ roles: ['publish', 'look'], user: 'robot', expires_at: soon });
  expect(made.status).toBe(200);
  const { id, key } = (made.body as Made).data;
  expect(key).toMatch(/^callbus_[\w-]{43}$/);
  const shown = { id, roles: ['publish', 'look'], user: 'robot', made_by: 'ada' };
  const times = { expires_at: '2999-01-01T00:00:00.000Z', last_used_at: null };
  expect(await list()).toEqual(success({ keys: [{ ...shown, ...times }] }));
  expect(await list('other')).toEqual(success({ keys: [] }));
  const { rows } = await service.pool.query<Record<string, unknown>>('SELECT * FROM keys');
  expect(rows).toEqual([expect.objectContaining({ sha256: createHash('sha256').update(key).digest('hex') })]);
  expect(JSON.stringify(rows)).not.toContain(key);

  for (const path of [`other/${id}`, 'acme/%00'])
    expect(await service.call(`DELETE ${base}/${path}`, undefined, en)).toMatchObject({
      status: 404,
      body: failure(1103012, 'revoking the key failed: not found'),
    });
  expect((await service.call(`DELETE ${base}/acme/${id}`)).body).toEqual(success('success'));
  expect(await list()).toEqual(success({ keys: [] }));
  // The answer to the first call may have been lost.
  expect((await service.call(`DELETE ${base}/acme/${id}`)).status).toBe(200);
});

describe('each fault is named', () => {
  test.each([
    [{}, 1199010, "'Roles' is not set"],
    [{ roles: null }, 1199010, "'Roles' is not set"],
    [{ roles: 'publish' }, 1199000, "'roles' is of the wrong type"],
    [{ roles: [] }, 1199006, "'roles' is not valid: fewer than 1 entries"],
    [{ roles: ['root'] }, 1199006, "'roles.0' is not valid: none of publish, manage, operate, look, admin"],
    [{ roles: ['look', 'look'] }, 1199006, "'roles.1' is not valid: a value is given twice"],
    [{ roles: ['look'], user: 7 }, 1199000, "'user' is of the wrong type"],
    [{ roles: ['look'], user: 'x'.repeat(257) }, 1199006, "'user' is not valid: longer than 256 characters"],
    [
      { roles: ['look'], expires_at: 'soon' },
      1199006,
      "'expires_at' is not valid: not a time such as 2026-01-31T08:00:00Z",
    ],
    [{ roles: ['look'], expires_at: '2020-01-01T00:00:00Z' }, 1199006, "'expires_at' is not valid: not in the future"],
    [[], 1199000, 'the body is not a JSON object'],
  ])('%j', async (body, code, message) => {
    const answer = await make(body);
    expect([answer.status, answer.body]).toEqual([400, failure(code, message)]);
    expect(await list()).toEqual(success({ keys: [] }));
  });
});

test('a key for every account may only look', async () => {
  const refused = await make({ roles: ['look', 'operate'] }, '*');
  expect([refused.status, refused.body]).toEqual([
    400,
    failure(1199006, "'roles' is not valid: a key for the account * may have the role look only"),
  ]);
  expect((await make({ roles: ['look'] }, '*')).status).toBe(200);
});

test('an account has a limited number of keys, of which those that are revoked do not count', async () => {
  const make3 = await Promise.all([0, 1, 2, 3].map(() => make({ roles: ['publish'] })));
  expect(make3.map(({ status }) => status).sort()).toEqual([200, 200, 200, 429]);
  expect(make3.find(({ status }) => status === 429)?.body).toEqual(
    failure(1199029, 'a quota is used up: at most 3 keys per account'),
  );
  const made = make3.find(({ status }) => status === 200)?.body as Made;
  await service.call(`DELETE ${base}/acme/${made.data.id}`);
  expect((await make({ roles: ['publish'] })).status).toBe(200);
});

test('keys that are long revoked or expired are deleted', async () => {
  const insert = `INSERT INTO keys (id, sha256, account, roles, user_name, made_by, revoked_at, expires_at)
    VALUES ($1, $1, 'acme', '{look}', '', '', now() - $2::interval, now() - $3::interval)`;
  await service.pool.query(insert, ['revoked', '25 hours', null]);
  await service.pool.query(insert, ['just revoked', '23 hours', null]);
  await service.pool.query(insert, ['expired', null, '31 days']);
  await service.pool.query(insert, ['just expired', null, '29 days']);
  await make({ roles: ['publish'] });
  const { rows } = await service.pool.query<{ id: string }>(
    "SELECT id FROM keys WHERE id LIKE '%ired' OR id LIKE '%oked' ORDER BY id",
  );
  expect(rows.map(({ id }) => id)).toEqual(['just expired', 'just revoked']);
});

describe('while RabbitMQ is away', () => {
  let proxy: TcpProxy;
  const broken = useService({
    confirmTimeoutMs: 1_000,
    brokerBehind: async (amqpUrl) => {
      proxy = await openTcpProxy(amqpUrl);
      return proxy.url;
    },
  });
  afterAll(() => proxy.close());

  test('no key is made, and a revocation is kept and announced by the repeated call', async () => {
    const made = await broken.call(`POST ${base}/acme`, { roles: ['publish'] });
    const revoke = () => broken.call(`DELETE ${base}/acme/${(made.body as Made).data.id}`);
    const idsStored = async () =>
      (await broken.pool.query<{ id: string }>('SELECT id FROM keys WHERE revoked_at IS NULL')).rows;
    expect(await idsStored()).toHaveLength(1);
    proxy.refuse();
    proxy.cut();
    await waitFor(() => broken.broker.state() === 'away', { what: 'the outage' });
    expect((await broken.call(`POST ${base}/acme`, { roles: ['publish'] })).status).toBe(503);
    expect(await idsStored()).toHaveLength(1);
    expect((await revoke()).status).toBe(503);
    expect(await idsStored()).toEqual([]);
    proxy.accept();
    await waitFor(async () => (await revoke()).status === 200, { what: 'the announcement' });
  });
});

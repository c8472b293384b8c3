import { expect, test } from '@jest/globals';
import { readSubscriptionPage } from '@callbus/contracts/subscriptions/subscription';
import { create, sample, subscribe } from '../support/call.js';
import { useService, workers } from '../support/open-service.js';

const service = useService();
const { call } = service;

/** The columns of migration 0001, the only ones that the first version knew. */
const columns = `operator, name, system_name, callback_url, confirm_mode, confirm_pattern, event_names, event_bus_id,
  timeout_s, enabled, payload_format, headers, max_attempts, max_in_flight`;
const parameters = '$1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14';
const insertOfFirstVersion = `INSERT INTO subscriptions (${columns}, account, biz_id, revision, saved_at)
  VALUES (${parameters}, $15, $16, nextval('revisions'), now()) RETURNING id`;
const updateOfFirstVersion = `UPDATE subscriptions SET (${columns}, revision, saved_at)
  = (${parameters}, nextval('revisions'), now()) WHERE id = $15`;

const valuesOf = (name: string, timeoutS = sample.timeout) => [
  '',
  name,
  sample.system_name,
  sample.callback_url,
  sample.confirm_mode,
  sample.confirm_pattern,
  sample.subscription_form.split(','),
  null,
  timeoutS,
  true,
  'source',
  {},
  10,
  64,
];

/** The answer for a subscription, without the fields in which two subscriptions differ. */
async function find(id: number): Promise<object> {
  const { body } = await call(`GET ${subscribe}/0/2/${id}`);
  const ownOfEach = { subscription_id: 0, subscription_name: '', operator: '', last_time: '' };
  return { ...(body as { data: object }).data, ...ownOfEach };
}

test('a row that the first version writes has the default of every field that it does not know', async () => {
  const byThis = await create(call, { subscription_name: 'by this version' });
  const { rows } = await service.pool.query<{ id: number }>(insertOfFirstVersion, [
    ...valuesOf('by the first'),
    '0',
    2,
  ]);
  const [byFirst] = rows.map(({ id }) => id);
  expect(await find(byFirst!)).toEqual(await find(byThis));

  const { body } = await call('GET /internal/subscriptions', undefined, workers);
  const ownOfEach = { id: 0, name: '', revision: 0 };
  const listed = readSubscriptionPage(body).subscriptions.map((subscription) => ({ ...subscription, ...ownOfEach }));
  expect(listed).toHaveLength(2);
  expect(listed[1]).toEqual(listed[0]);
});

test('an update by the first version keeps every field that it does not know', async () => {
  const ours = { description: 'kept', verification: 'cloudevents', secret: 'generate' };
  const id = await create(call, { subscription_name: 'kept', ...ours });
  const stored = async () => {
    const { rows } = await service.pool.query<{ secrets: unknown[] }>(
      'SELECT timeout_s, description, verification, secrets FROM subscriptions WHERE id = $1',
      [id],
    );
    return rows[0]!;
  };
  const before = await stored();
  expect(before).toMatchObject({ timeout_s: 10, description: 'kept', verification: 'cloudevents' });
  expect(before.secrets).toHaveLength(1);
  await service.pool.query(updateOfFirstVersion, [...valuesOf('kept', 20), id]);
  expect(await stored()).toEqual({ ...before, timeout_s: 20 });
});

import { createSecretBox, type SecretBox } from '@callbus/callback/signing/secret-box';
import { sealedHeadersIn } from '@callbus/contracts/subscriptions/sealed-headers';
import { expect, test } from '@jest/globals';
import { resealStored } from '../../src/secrets/reseal-stored.js';
import { create } from '../support/call.js';
import { secretBox as old, useService } from '../support/open-service.js';

const service = useService();
const { call } = service;
const current = createSecretBox('the new key that seals the secrets of the tests');
const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

interface Row {
  readonly id: number;
  readonly revision: number;
  readonly secrets: { sealed: string; expiresAt: number | null }[];
}

async function stored(): Promise<Row[]> {
  const { rows } = await service.pool.query<Row>('SELECT id, revision, secrets FROM subscriptions ORDER BY id');
  return rows;
}

const openedBy = (box: SecretBox, { secrets }: Row) => ({
  signing: secrets
    .filter(({ sealed }) => !sealed.includes(':'))
    .map(({ sealed }) => box.open(sealed).toString('base64')),
  headers: [...sealedHeadersIn(secrets)].map(([name, sealed]) => [name, box.open(sealed).toString()]),
});

test('every secret is sealed with the new key, once, and one that no key opens is named', async () => {
  const headers = { Authorization: 'Bearer x', Cookie: 'c', 'x-plain': 'y' };
  const ids = [
    await create(call, { subscription_name: 'signed', secret }),
    await create(call, { subscription_name: 'headers', headers, secret: 'generate' }),
    await create(call, { subscription_name: 'neither' }),
  ];
  const before = await stored();
  const reseal = () => resealStored({ pool: service.pool, current, previous: old });
  expect(await reseal()).toEqual({ subscriptions: 2, resealed: 2, unreadable: [] });

  const after = await stored();
  expect(after.map((row) => openedBy(current, row))).toEqual(before.map((row) => openedBy(old, row)));
  // A revision belongs to a change: the callbacks stay the same.
  expect(after.map(({ revision }) => revision)).toEqual(before.map(({ revision }) => revision));
  expect(await reseal()).toEqual({ subscriptions: 2, resealed: 0, unreadable: [] });
  expect(await stored()).toEqual(after);

  const lost = [{ sealed: createSecretBox('a lost key').seal(Buffer.from('x')), expiresAt: null }];
  await service.pool.query('UPDATE subscriptions SET secrets = $1 WHERE id = $2', [JSON.stringify(lost), ids[2]]);
  expect(await reseal()).toEqual({ subscriptions: 3, resealed: 0, unreadable: [ids[2]] });
});

import { randomBytes } from 'node:crypto';
import type { Broker } from '@callbus/broker/broker';
import { allRoles, everyAccount, mayHold, type Role } from '@callbus/contracts/keys/holder';
import type { KeyChange, StoredKey } from '@callbus/contracts/keys/stored-key';
import { inline, list, nullable, object, oneOf, text as textSchema, time } from '@callbus/openapi/schema';
import { digestOf, newKey } from '@callbus/runtime/auth/key-file';
import { readRfc3339 } from '@callbus/runtime/parsing/iso-time';
import Joi, { type CustomHelpers } from 'joi';
import type { Quotas } from '../accounts/quotas.js';
import { done, route, type HandleOf } from '../api/route.js';
import { inTransaction, type Pool } from '../database/pool.js';
import { checkBody, isStorable, text } from '../http/check-body.js';
import { Fault } from '../http/errors.js';
import { readAccount } from '../http/read-path.js';
import { invalid } from '../http/reasons.js';
import { deleteOldKeys, insertKey, listKeys, revokeKey } from './key-rows.js';

const keysPath = '/keys/:account';
const userMaxLength = 256;
const timeMaxLength = 64;

const keySchema = object('Key', {
  id: textSchema('The id of the key, which is no secret.'),
  roles: list(oneOf(allRoles, 'What the key allows.')),
  user: textSchema('The operator of changes by a request that names none.'),
  made_by: textSchema('The user who made the key.'),
  expires_at: nullable(time('From this time on the key is refused; null for a key that does not expire.')),
  last_used_at: nullable(time('The last use, up to a minute late; null before the first.')),
});

export const listKeysRoute = route({
  method: 'get',
  path: keysPath,
  tag: 'keys',
  summary: 'List the keys of an account',
  description: 'The stored keys that are not revoked. Keys of the key file are not among them.',
  roles: ['admin', 'look'],
  failed: 'keysFailed',
  data: inline({ keys: list(keySchema) }),
  examples: {
    one: {
      data: {
        keys: [
          {
            id: '8c1f60e37a52d94b',
            roles: ['publish'],
            user: 'thumbs',
            made_by: 'ada',
            expires_at: '2027-06-30T00:00:00.000Z',
            last_used_at: null,
          },
        ],
      },
    },
  },
});

const makeSchema = Joi.object<{ roles: readonly Role[]; user: string; expires_at: number | null }>({
  roles: Joi.array()
    .empty(null)
    .items(Joi.valid(...allRoles))
    .unique()
    .min(1)
    .required()
    .description('What the key allows. For the account `*`, which stands for every account, `look` alone.'),
  user: text(userMaxLength).default('').description('The operator of changes by a request that names none.'),
  expires_at: text(timeMaxLength)
    .custom(futureTime)
    .default(null)
    .description('From this time on the key is refused; by default never.')
    .meta({ json: { format: 'date-time' } }),
});

function futureTime(value: string, helpers: CustomHelpers) {
  const epochMs = readRfc3339(value);
  if (epochMs === undefined) return helpers.error('time.syntax');
  return epochMs > Date.now() ? epochMs : helpers.error('time.past');
}

export const makeKeyRoute = route({
  method: 'post',
  path: keysPath,
  tag: 'keys',
  summary: 'Make a key',
  description:
    'Only this answer contains the key, of which the bus keeps no more than a digest. It is accepted everywhere before the answer is sent.',
  roles: ['admin'],
  failed: 'keysFailed',
  errors: ['quotaUsedUp'],
  isChange: true,
  body: makeSchema,
  data: inline({
    id: textSchema('The id by which the key is listed and revoked.'),
    key: textSchema('The key.'),
  }),
  examples: {
    publisher: {
      body: { roles: ['publish'], user: 'thumbs', expires_at: '2999-06-30T00:00:00Z' },
      data: { id: '8c1f60e37a52d94b', key: 'callbus_RmlyZSB3YWxrIHdpdGggbWUsIHNhaWQgdGhlIGtleS4' },
    },
  },
});

export const revokeKeyRoute = route({
  method: 'delete',
  path: `${keysPath}/:key`,
  tag: 'keys',
  summary: 'Revoke a key',
  description:
    'The answer is sent when the revocation is in the queue of every process. After a 503 the key is revoked, but its revocation is not announced: processes that reach the service refuse the key within ten seconds. Send the request again to announce the revocation.',
  roles: ['admin'],
  failed: 'keysFailed',
  errors: ['keyNotFound'],
  isChange: true,
  data: done,
  examples: { done: { data: 'success' } },
});

export function listKeysEndpoint({ pool }: { pool: Pool }): HandleOf<typeof listKeysRoute> {
  return async ({ params }) => {
    const account = readAccount(params);
    if (account instanceof Fault) return account;
    const rows = await listKeys(pool, account);
    return {
      data: {
        keys: rows.map(({ id, roles, user, madeBy, expiresAt, lastUsedAt }) => ({
          ...{ id, roles: [...roles], user, made_by: madeBy },
          expires_at: expiresAt?.toISOString() ?? null,
          last_used_at: lastUsedAt?.toISOString() ?? null,
        })),
      },
    };
  };
}

interface ChangeOptions {
  readonly pool: Pool;
  readonly broker: Pick<Broker, 'announceChange'>;
}

/** @throws BrokerUnavailable */
function announce(broker: ChangeOptions['broker'], change: KeyChange): Promise<void> {
  return broker.announceChange(Buffer.from(JSON.stringify(change)), 'keys');
}

export function makeKeyEndpoint(options: ChangeOptions & { quotas: Quotas }): HandleOf<typeof makeKeyRoute> {
  const { pool, broker, quotas } = options;
  return async ({ caller, params, body }) => {
    const account = readAccount(params);
    if (account instanceof Fault) return account;
    const wanted = checkBody(makeSchema, body);
    if (wanted instanceof Fault) return wanted;
    const { roles, user, expires_at: expiresAt } = wanted;
    if (!mayHold(account, roles)) return invalid('roles', 'roles.everyAccount', { account: everyAccount });
    const key = newKey();
    const stored: StoredKey = {
      id: randomBytes(8).toString('hex'),
      sha256: digestOf(key),
      ...{ account, roles, user, expiresAt },
    };
    // Announced before the commit. If the commit fails, the announced key does no harm, because nobody has the key.
    return inTransaction(pool, async (client) => {
      await deleteOldKeys(client);
      const usedUp = await quotas.forKey(client, account);
      if (usedUp !== undefined) return usedUp;
      await insertKey(client, stored, caller.user);
      await announce(broker, { kind: 'made', key: stored });
      return { data: { id: stored.id, key } };
    });
  };
}

export function revokeKeyEndpoint({ pool, broker }: ChangeOptions): HandleOf<typeof revokeKeyRoute> {
  return async ({ params }) => {
    const account = readAccount(params);
    if (account instanceof Fault) return account;
    const id = String(params['key']);
    if (!isStorable(id)) return new Fault('keyNotFound');
    // Announced after the commit, so that a listing cannot bring the key back.
    if (!(await revokeKey(pool, account, id))) return new Fault('keyNotFound');
    await announce(broker, { kind: 'revoked', id });
    return { data: 'success' };
  };
}

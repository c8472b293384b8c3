import type { AddressPolicy } from '@callbus/callback/network/address-policy';
import { inline, integer, optional } from '@callbus/openapi/schema';
import { anyCallback } from '@callbus/runtime/api/callbacks';
import type { Changes } from '../changes/changes.js';
import { route, type HandleOf } from '../api/route.js';
import { sampleDefinition, sampleSecret } from '../api/samples.js';
import { Fault } from '../http/errors.js';
import type { PatternLimits } from './patterns.js';
import type { Quotas } from '../accounts/quotas.js';
import { readOwner } from '../http/read-path.js';
import type { SealHeaders } from '../secrets/seal-headers.js';
import { secretSchema, type Secrets } from '../secrets/secrets.js';
import { insertSubscription } from './write-rows.js';
import type { Verifications } from '../probes/verifications.js';
import { definitionSchema, readDefinition } from './definition.js';
import { warningsOf } from '../changes/warnings.js';

export interface SaveOptions {
  readonly changes: Changes;
  readonly addressPolicy: AddressPolicy;
  readonly limits: PatternLimits;
  readonly quotas: Quotas;
  readonly secrets: Secrets;
  readonly sealHeaders: SealHeaders;
  readonly verifications: Pick<Verifications, 'wake'>;
}

export const createRoute = route({
  method: 'post',
  path: '/subscribe/:account/:biz',
  tag: 'subscriptions',
  summary: 'Create a subscription',
  description:
    'Only this answer contains a generated signing secret. A create that got a 503 may still have taken effect. The same request, sent again within a minute, gets the answer that the first one should have got.',
  roles: ['manage'],
  failed: 'createFailed',
  errors: ['nameTaken', 'quotaUsedUp'],
  isChange: true,
  body: definitionSchema,
  data: inline({ subscription_id: integer('The id of the new subscription.'), secret: optional(secretSchema) }),
  beside: ['warnings'],
  callbacks: { event: { '{$request.body#/callback_url}': anyCallback } },
  examples: {
    minimal: {
      summary: 'The fields of bk-cmdb',
      body: sampleDefinition,
      data: { subscription_id: 1 },
    },
    signed: {
      summary: 'Signed callbacks in CloudEvents format',
      body: {
        ...sampleDefinition,
        subscription_name: 'signed-thumbnails',
        payload_format: 'cloudevents',
        secret: 'generate',
        headers: { 'x-tag': 'media' },
      },
      data: { subscription_id: 2, secret: sampleSecret },
    },
  },
});

/** Creates a subscription. Only this answer contains its secret. */
export function createEndpoint(options: SaveOptions): HandleOf<typeof createRoute> {
  const { changes, addressPolicy, limits, quotas, secrets, sealHeaders, verifications } = options;
  return async ({ caller, params, body }) => {
    const owner = readOwner(params);
    if (owner instanceof Fault) return owner;
    const definition = readDefinition(body, { addressPolicy, limits });
    if (definition instanceof Fault) return definition;
    const secret = definition.secret ? secrets.make(definition.secret) : undefined;
    if (secret instanceof Fault) return secret;
    const sealed = sealHeaders.seal(definition.headers);
    if (sealed instanceof Fault) return sealed;
    const save = {
      operator: caller.user,
      definition: { ...definition, headers: sealed.headers },
      secrets: [...(secret === undefined ? [] : [secret]), ...sealed.secrets],
    };
    const made = await changes.make({
      call: { operator: caller.user, what: ['create', owner.account, owner.bizId], body },
      secret,
      change: async (client) => {
        const usedUp = await quotas.forCreate(client, owner.account, definition);
        if (usedUp !== undefined) return usedUp;
        const row = await insertSubscription(client, owner, save);
        return row instanceof Fault ? row : { kind: 'saved', row };
      },
    });
    if (made instanceof Fault) return made;
    verifications.wake();
    const opened = made.secret === undefined ? {} : { secret: secrets.open(made.secret) };
    return { data: { subscription_id: made.subscription, ...opened }, ...warningsOf(made) };
  };
}

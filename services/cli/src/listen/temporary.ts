import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { answerOf, CallbusError } from '@callbus/client';
import { thisProcess } from '@callbus/standalone/embedded/process-mark';
import { Failure } from '../program/failure.js';
import { exitCodes } from '../program/exit-codes.js';
import type { Context } from '../program/run.js';
import { anySuccess } from '../subscriptions/definition.js';
import { findSubscription, searchSubscriptions } from '../subscriptions/find.js';
import { isLeftover, namePrefix } from './mark.js';

export interface Temporary {
  readonly id: number;
  readonly secret: string;
  /** Waits until something else has deleted the subscription. @returns false when it is stopped before */
  isLost(stopped: AbortSignal): Promise<boolean>;
  delete(): Promise<void>;
}

/** Enough for a person who restarts a program; a listener that is gone should not be called for days. */
const maxAttempts = 3;

/** Creates a subscription that says in its description which process it belongs to. */
export async function createTemporary(
  context: Context,
  wanted: { callbackUrl: string; names: string },
): Promise<Temporary> {
  const { client, account } = context;
  const body = {
    subscription_name: namePrefix + randomBytes(6).toString('hex'),
    description: JSON.stringify(await thisProcess()),
    callback_url: wanted.callbackUrl,
    subscription_form: wanted.names,
    ...anySuccess,
    secret: 'generate',
    max_attempts: maxAttempts,
  };
  const { data } = await answerOf(
    client.api.POST('/api/v3/event/subscribe/{account}/{biz}', { params: { path: { account, biz: 0 } }, body }),
  );
  const { subscription_id: id, secret = '' } = data;
  return {
    id,
    secret,
    isLost: (stopped) => isLost(context, id, stopped),
    delete: () => deleteOne(context, id),
  };
}

/** How often a listener looks for its subscription. A person who wonders why nothing comes waits about as long. */
const lookMs = 5_000;

async function isLost(context: Context, id: number, stopped: AbortSignal): Promise<boolean> {
  for (;;) {
    await sleep(lookMs, undefined, { signal: stopped }).catch(() => undefined);
    if (stopped.aborted) return false;
    if (await isMissing(context, id)) return true;
  }
}

/** A bus that does not answer may come back with the subscription. A 404 without a request id is a gateway's. */
async function isMissing(context: Context, id: number): Promise<boolean> {
  return findSubscription(context, String(id)).then(
    () => false,
    (error: unknown) => error instanceof CallbusError && error.status === 404 && error.requestId !== undefined,
  );
}

async function deleteOne({ client, account }: Context, id: number): Promise<void> {
  const path = { account, biz: 0, id };
  await answerOf(client.api.DELETE('/api/v3/event/subscribe/{account}/{biz}/{id}', { params: { path } })).catch(
    (error: unknown) => {
      if (!(error instanceof CallbusError && error.status === 404)) throw error;
    },
  );
}

/** Deletes what listeners of this machine have left that were killed. @returns how many */
export async function clearLeftovers(context: Context): Promise<number> {
  const found = await searchSubscriptions(context, { subscription_name: { $regex: `^${namePrefix}` } });
  let cleared = 0;
  for (const each of found) {
    if (!(await isLeftover(each))) continue;
    await deleteOne(context, each.subscription_id);
    cleared += 1;
  }
  return cleared;
}

/** Lets the bus post to our server before a subscription is made. @throws Failure that says why it cannot */
export async function expectReachable({ client, settings }: Context, callbackUrl: string): Promise<void> {
  try {
    await answerOf(client.api.POST('/api/v3/event/subscribe/ping', { body: { callback_url: callbackUrl } }));
  } catch (error) {
    if (!(error instanceof CallbusError) || error.status !== 400) throw error;
    throw new Failure(
      `the bus at ${settings.url} cannot reach ${new URL(callbackUrl).origin} (${error.message}): ` +
        'give the address of a tunnel or of this machine by --public-url, or let the operator add it to CALLBACK_ALLOW_CIDRS',
      exitCodes.refused,
    );
  }
}

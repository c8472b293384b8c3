import { randomBytes } from 'node:crypto';
import { answerOf, CallbusError } from '@callbus/client';
import { isSameProcess, thisProcess, type ProcessMark } from '@callbus/standalone/embedded/process-mark';
import Joi from 'joi';
import { Failure } from '../program/failure.js';
import { exitCodes } from '../program/exit-codes.js';
import type { Context } from '../program/run.js';
import { anySuccess } from '../subscriptions/definition.js';
import { searchSubscriptions } from '../subscriptions/find.js';

const namePrefix = 'callbus listen ';

export interface Temporary {
  readonly id: number;
  readonly secret: string;
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
  return { id, secret, delete: () => deleteOne(context, id) };
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
  const { space } = await thisProcess();
  const left = [];
  for (const { subscription_id: id, description } of found) {
    const mark = markIn(description);
    // The process of another machine or container cannot be seen from here.
    if (mark !== undefined && mark.space === space && !(await isSameProcess(mark))) left.push(id);
  }
  for (const id of left) await deleteOne(context, id);
  return left.length;
}

const markSchema = Joi.object<ProcessMark>({
  pid: Joi.number().integer().min(1).required(),
  startedAt: Joi.string().allow('').required(),
  space: Joi.string().allow('').required(),
});

function markIn(description: string): ProcessMark | undefined {
  try {
    return Joi.attempt(JSON.parse(description), markSchema);
  } catch {
    return undefined;
  }
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

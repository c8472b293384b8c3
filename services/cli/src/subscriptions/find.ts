import { answerOf, type components } from '@callbus/client';
import { Failure } from '../program/failure.js';
import { exitCodes } from '../program/exit-codes.js';
import type { Context } from '../program/run.js';

export type Subscription = components['schemas']['Subscription'];

/** The business of the path, which narrows nothing. */
const biz = 0;

/** Finds a subscription by its id or its name. @throws Failure when there is none */
export async function findSubscription(
  context: Pick<Context, 'client' | 'account'>,
  idOrName: string,
): Promise<Subscription> {
  const { client, account } = context;
  if (/^\d+$/.test(idOrName)) {
    const path = { account, biz, id: Number(idOrName) };
    const answer = await answerOf(client.api.GET('/api/v3/event/subscribe/{account}/{biz}/{id}', { params: { path } }));
    return answer.data;
  }
  const [found] = await searchSubscriptions(context, { subscription_name: idOrName });
  if (found === undefined)
    throw new Failure(`account ${account} has no subscription ${idOrName}: see callbus subs list`, exitCodes.refused);
  return found;
}

/** The path of one subscription. */
export async function pathOf(context: Pick<Context, 'client' | 'account'>, idOrName: string) {
  const id = /^\d+$/.test(idOrName) ? Number(idOrName) : (await findSubscription(context, idOrName)).subscription_id;
  return { account: context.account, biz, id };
}

/** The most rows that the bus answers at once. */
const pageLimit = 10_000;

/** All subscriptions that fulfil a condition, by ascending id. */
export async function searchSubscriptions(
  { client, account }: Pick<Context, 'client' | 'account'>,
  condition: object = {},
): Promise<Subscription[]> {
  const all: Subscription[] = [];
  for (;;) {
    const page = { start: all.length, limit: pageLimit, sort: 'subscription_id' };
    const { data } = await answerOf(
      client.api.POST('/api/v3/event/subscribe/search/{account}/{biz}', {
        params: { path: { account, biz } },
        body: { page, condition },
      }),
    );
    all.push(...(data.info as Subscription[]));
    if (data.info.length === 0 || all.length >= data.count) return all;
  }
}

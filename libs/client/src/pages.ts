import type { Client as Api } from 'openapi-fetch';
import { answerOf } from './answer-of.js';
import type { components, operations, paths } from './api.js';

type Schemas = components['schemas'];
type Condition = Schemas['SubscriptionSearch']['condition'];
type Query<Operation extends 'listUndelivered' | 'listUnattributed'> = Omit<
  NonNullable<operations[Operation]['parameters']['query']>,
  'start' | 'limit'
>;

interface Page<Item> {
  /** The number of all items. */
  readonly count: number;
  readonly info: readonly Item[];
}

/**
 * The lists of the subscription API, item by item. The next page is read when its first item is needed. While others change a list,
 * items may be left out or come twice: the bus counts from the start.
 */
export interface Pages {
  /** @throws CallbusError */
  readonly subscriptions: (condition?: Condition) => AsyncGenerator<Schemas['Subscription'], void, undefined>;
  /**
   * The undelivered events of a subscription in the order of acceptance. With `event: true` each has its event.
   *
   * @throws CallbusError
   */
  readonly undelivered: (
    subscription: number,
    query?: Query<'listUndelivered'>,
  ) => AsyncGenerator<Schemas['UndeliveredEvent'], void, undefined>;
  /**
   * The undelivered messages of the account that name no subscription.
   *
   * @throws CallbusError
   */
  readonly unattributed: (
    query?: Query<'listUnattributed'>,
  ) => AsyncGenerator<Schemas['UndeliveredMessage'], void, undefined>;
}

const base = '/api/v3/event';
/** The paths need a business, but no list depends on it. */
const biz = 0;
/** The most items of a page of subscriptions, which bounds the memory; and of undelivered events, without and with their events. */
const limits = { subscriptions: 200, undelivered: 200, withEvents: 20 };

export function createPages(api: Api<paths>, account: string): Pages {
  const limitOf = ({ event }: { readonly event?: boolean }) =>
    event === true ? limits.withEvents : limits.undelivered;

  return {
    subscriptions: (condition = {}) =>
      items(async (start) => {
        const page = { start, limit: limits.subscriptions, sort: 'subscription_id' };
        const params = { path: { account, biz } };
        const call = api.POST(`${base}/subscribe/search/{account}/{biz}`, { params, body: { condition, page } });
        // Without `fields` an item has all members.
        return (await answerOf(call)).data as Page<Schemas['Subscription']>;
      }),
    undelivered: (id, query = {}) =>
      items(async (start) => {
        const params = { path: { account, biz, id }, query: { ...query, start, limit: limitOf(query) } };
        return (await answerOf(api.GET(`${base}/subscribe/{account}/{biz}/{id}/undelivered`, { params }))).data;
      }),
    unattributed: (query = {}) =>
      items(async (start) => {
        const params = { path: { account }, query: { ...query, start, limit: limitOf(query) } };
        return (await answerOf(api.GET(`${base}/undelivered/{account}`, { params }))).data;
      }),
  };
}

/** A page may have fewer items than its limit, because its bytes are bounded. */
async function* items<Item>(read: (start: number) => Promise<Page<Item>>): AsyncGenerator<Item, void, undefined> {
  let start = 0;
  let page: Page<Item>;
  do {
    page = await read(start);
    yield* page.info;
    start += page.info.length;
  } while (page.info.length > 0 && start < page.count);
}

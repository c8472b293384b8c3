import {
  readSubscription,
  readSubscriptionPage,
  type Subscription,
  type SubscriptionPage,
} from '@callbus/contracts/subscription';
import axios from 'axios';

/** What a worker asks of the subscription service. Every call throws when the service cannot answer. */
export interface SubscriptionClient {
  /** @param after the id to go on after; 0 for the first page */
  list(after: number): Promise<SubscriptionPage>;
  /** @returns undefined when there is no such subscription */
  find(id: number): Promise<Subscription | undefined>;
  /** Holds a subscription whose receiver does not want it any more, unless it was changed meanwhile. */
  disable(subscription: Subscription, reason: string): Promise<void>;
}

const timeoutMs = 10_000;
const pageSize = 1_000;

export function createSubscriptionClient(options: { url: string; token: string }): SubscriptionClient {
  const http = axios.create({
    baseURL: options.url,
    timeout: timeoutMs,
    headers: { authorization: `Bearer ${options.token}` },
    proxy: false,
    maxRedirects: 0,
  });

  return {
    async list(after) {
      const { data } = await http.get<unknown>('/internal/subscriptions', { params: { after, limit: pageSize } });
      return readSubscriptionPage(data);
    },
    async find(id) {
      const { status, data } = await http.get<unknown>(`/internal/subscriptions/${id}`, {
        validateStatus: (code) => code === 200 || code === 404,
      });
      return status === 404 ? undefined : readSubscription(data);
    },
    async disable({ id, revision }, reason) {
      await http.post(`/internal/subscriptions/${id}/disable`, { reason, revision });
    },
  };
}

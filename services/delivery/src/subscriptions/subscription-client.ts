import {
  readSubscription,
  readSubscriptionPage,
  type Subscription,
  type SubscriptionPage,
} from '@callbus/contracts/subscriptions/subscription';
import axios, { type AxiosRequestConfig, type AxiosResponse } from 'axios';
import { createPageSize } from './page-size.js';

/** A worker's calls to the subscription service. Every call throws when the service cannot answer. */
export interface SubscriptionClient {
  /** @param after the id to go on after; 0 for the first page */
  list(after: number): Promise<SubscriptionPage>;
  /** @returns undefined when there is no such subscription */
  find(id: number): Promise<Subscription | undefined>;
  /** Disables a subscription whose receiver is gone, unless the subscription was changed meanwhile. @returns whether it did */
  disable(subscription: Subscription, reason: string): Promise<boolean>;
}

const timeoutMs = 10_000;
/** A service of an older version bounds its pages by rows alone. */
const answerMaxBytes = 64 * 1024 * 1024;

/** @param options.tokens the token, and while it is being replaced also the previous one: the service may not know the new one yet */
export function createSubscriptionClient(options: { url: string; tokens: readonly string[] }): SubscriptionClient {
  const { url, tokens } = options;
  const http = axios.create({
    baseURL: url,
    timeout: timeoutMs,
    proxy: false,
    maxRedirects: 0,
    maxContentLength: answerMaxBytes,
  });
  const pageSize = createPageSize();
  let token = tokens[0];

  /** When the service refuses a token, asks again with the other one, and uses that one from then on. */
  async function ask(request: AxiosRequestConfig): Promise<AxiosResponse<unknown>> {
    const used = token;
    const askWith = (one = '') => http.request<unknown>({ ...request, headers: { authorization: `Bearer ${one}` } });
    try {
      return await askWith(used);
    } catch (error) {
      const other = tokens.find((each) => each !== used);
      if (other === undefined || !axios.isAxiosError(error) || error.response?.status !== 401) throw error;
      token = other;
      return askWith(other);
    }
  }

  async function getPage(after: number): Promise<unknown> {
    const params = { after, limit: pageSize.rows(), bytes: pageSize.bytes() };
    const { data } = await ask({ url: '/internal/subscriptions', params });
    pageSize.noteSuccess();
    return data;
  }

  return {
    async list(after) {
      for (;;) {
        try {
          return readSubscriptionPage(await getPage(after));
        } catch (error) {
          if (!mayBeTooLarge(error) || !pageSize.shrink()) throw error;
        }
      }
    },
    async find(id) {
      const { status, data } = await ask({
        url: `/internal/subscriptions/${id}`,
        validateStatus: (code) => code === 200 || code === 404,
      });
      return status === 404 ? undefined : readSubscription(data);
    },
    async disable({ id, revision }, reason) {
      const url = `/internal/subscriptions/${id}/disable`;
      const { data } = await ask({ method: 'POST', url, data: { reason, revision } });
      return typeof data === 'object' && data !== null && 'disabled' in data && data.disabled === true;
    },
  };
}

/** Whether a smaller page may succeed: the answer came too late, broke off or was too large, or the statement was cancelled. */
function mayBeTooLarge(error: unknown): boolean {
  if (!axios.isAxiosError(error)) return false;
  const status = error.response?.status;
  if (status !== undefined && status !== 200) return status === 500 || status === 502 || status === 504;
  return sizeFailures.has(String(error.code));
}

const sizeFailures = new Set(['ECONNABORTED', 'ETIMEDOUT', 'ECONNRESET', 'ERR_BAD_RESPONSE']);

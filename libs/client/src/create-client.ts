import createApi, { type Client as Api } from 'openapi-fetch';
import type { paths } from './api.js';
import { createPages, type Pages } from './pages.js';
import { createPublisher, type Publisher, type PublishingOptions } from './publishing/publisher.js';

export interface ClientOptions extends PublishingOptions {
  /** Where the bus is, such as `https://bus.example.com`. */
  readonly url: string;
  /** `callbus_…`. Default: none, for a bus that asks for no key. */
  readonly key?: string | undefined;
  /** Default: for publishing that of the key, else `0`. */
  readonly account?: string;
  /** More headers of every request. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Default: the global `fetch`. */
  readonly fetch?: (request: Request) => Promise<Response>;
  /** How long one request may take, in milliseconds. Default: 30,000. */
  readonly timeoutMs?: number;
}

export interface Client extends Publisher, Pages {
  /**
   * Every operation of docs/openapi.json, with its types, by openapi-fetch: `api.GET(path, { params, body })`. It returns errors as
   * values; `answerOf` throws them.
   */
  readonly api: Api<paths>;
}

/**
 * Makes a client of one bus and one account. It connects only when it is used.
 *
 * @throws TypeError when no request could be sent with such a URL, key or headers
 */
export function createClient(options: ClientOptions): Client {
  const { key, account, timeoutMs = 30_000, fetch = globalThis.fetch } = options;
  const url = options.url.replace(/\/+$/, '');
  const headers = {
    HTTP_BLUEKING_LANGUAGE: 'en',
    ...(key !== undefined && { Authorization: `Bearer ${key}` }),
    ...(account !== undefined && { HTTP_BK_SUPPLIER_ACCOUNT: account }),
    ...options.headers,
  };
  if (!/^https?:/i.test(url)) throw new TypeError(`the url of the bus begins with http:// or https://: ${options.url}`);
  const { search, hash } = new URL(new Request(url, { headers }).url);
  if (search !== '' || hash !== '') throw new TypeError(`the url of the bus has no ? and no #: ${options.url}`);

  const send = (request: Request) =>
    fetch(new Request(request, { signal: AbortSignal.any([request.signal, AbortSignal.timeout(timeoutMs)]) }));
  const post = (path: string, more: Readonly<Record<string, string>>, body: string) =>
    send(new Request(url + path, { method: 'POST', headers: { ...headers, ...more }, body }));

  const api = createApi<paths>({ baseUrl: url, headers, fetch: send });
  return { api, ...createPublisher(post, options), ...createPages(api, account ?? '0') };
}

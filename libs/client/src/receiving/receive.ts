import type { CallbackBody } from './body.js';
import type { CallbackHeaders } from './headers.js';
import { readCallback, type Callback, type CallbackEvent } from './read-callback.js';
import { verify, type VerifyOptions } from './verify.js';

export interface ReceiveOptions extends VerifyOptions {
  /**
   * Stores one event. The bus repeats the callback when this function throws, or takes longer than the `timeout` of the subscription. An
   * event can come twice: `callback.id` is then the same.
   */
  readonly onEvent: (event: CallbackEvent, callback: Callback) => unknown;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Larger bodies than the bus sends, in bytes. */
export const bodyMaxBytes = 8 * 1024 * 1024;

/**
 * Answers a request to the receiver: 200 when `onEvent` has ended, 401 with the reason when the signature does not fit. The handshake of
 * `verification` `cloudevents` is allowed, because only signed callbacks are accepted.
 *
 * @throws what `onEvent` throws
 */
export async function receive(
  request: { readonly method: string; readonly headers: CallbackHeaders; readonly body: CallbackBody },
  options: ReceiveOptions,
): Promise<Answer> {
  const { method, headers, body } = request;
  if (method === 'OPTIONS') return answer(200, {}, { allow: 'OPTIONS, POST', 'webhook-allowed-origin': '*' });
  if (method !== 'POST') return answer(405, { message: 'a callback is a POST' }, { allow: 'OPTIONS, POST' });
  const verdict = await verify(headers, body, options);
  if (!verdict.ok) return answer(401, { reason: verdict.reason, message: verdict.message });
  let callback: Callback;
  try {
    callback = readCallback(headers, body);
  } catch (error) {
    return answer(400, { message: (error as TypeError).message });
  }
  for (const event of callback.events) await options.onEvent(event, callback);
  return answer(200, { ok: true });
}

export function answer(status: number, body: object, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) };
}

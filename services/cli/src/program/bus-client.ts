import { createClient, type Client, type ClientOptions } from '@callbus/client';
import type { Settings } from '../settings/settings.js';
import { exitCodes } from './exit-codes.js';
import { Failure } from './failure.js';

/** Makes a client of the bus of the settings. It connects only when it is used. */
export function busClient({ url, account, key }: Settings, more: Pick<ClientOptions, 'retry'> = {}): Client {
  return createClient({ url, account, ...(key !== undefined && { key }), fetch: askBus, ...more });
}

/** @throws Failure when another program answers: every answer of the bus has a request id */
async function askBus(request: Request): Promise<Response> {
  const answer = await fetch(request);
  if (answer.ok && !answer.headers.has('x-request-id')) {
    await answer.body?.cancel();
    throw new Failure(
      `${new URL(answer.url).origin} is no Callbus bus: correct --url or CALLBUS_URL`,
      exitCodes.unavailable,
    );
  }
  return answer;
}

import type { ReceivedMessage, Settlement } from '@callbus/broker/broker';
import { ownHeaders, poisonTable } from '@callbus/contracts/messages/set-aside';
import { undeliveredHeaders, type UndeliveredHeaders } from '@callbus/contracts/deliveries/undelivered';

/** How a delivery ends: done, or undelivered with these headers. */
export type Ending = 'done' | Omit<UndeliveredHeaders, 'failedAt'>;

/** Ends a delivery as a worker does. */
export function endDelivery({ headers, table = headers }: ReceivedMessage, ending: Ending): Settlement {
  if (ending === 'done') return { kind: 'done' };
  const step =
    ending.reason === 'poison'
      ? { headers, table: poisonTable('deliveries', table, ending.answer) }
      : { headers: undeliveredHeaders(ownHeaders(headers), { ...ending, failedAt: Date.now() }) };
  return { kind: 'forwarded', steps: [{ queue: 'undelivered', ...step }], mayReturn: false };
}

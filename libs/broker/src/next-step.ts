import type { Table } from '@callbus/contracts/messages/message-format';
import type { RetryTier, WorkQueue } from '@callbus/contracts/messages/topology';
import type { UndeliveredHeaders } from '@callbus/contracts/deliveries/undelivered';

/** A message that has to be durable before the message in hand may be acked. Both have the same body. */
export type NextStep = StepOn | StepToEnd;

/** A message for a queue. With `after`, it first waits in the queue of that retry tier. */
export interface StepOn {
  readonly queue: Exclude<WorkQueue, 'undelivered'>;
  readonly after?: RetryTier;
  readonly headers: object;
  /** The broker's table to write instead of encoding `headers`. */
  readonly table?: Table;
  /** Divides headers that are too long for one message among several messages. Returns no headers when it cannot divide them. */
  readonly halve?: (headers: object) => readonly object[];
}

type StepToEnd = { readonly queue: 'undelivered'; readonly after?: never; readonly halve?: never } & (
  | { readonly headers: UndeliveredHeaders; readonly table?: never }
  /** The message in hand, unchanged except for the reason beside its headers. */
  | { readonly headers: object; readonly table: Table }
);

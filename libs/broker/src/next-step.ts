import type { Table } from '@callbus/contracts/message-format';
import type { RetryTier, WorkQueue } from '@callbus/contracts/topology';
import type { UndeliveredHeaders } from '@callbus/contracts/undelivered';

/** A message that has to be durable before the message that it follows from may be acked. Both have the same body. */
export type NextStep = StepOn | StepToEnd;

/** A message that goes to its queue by way of the retry tier `after`, or directly without `after`. */
export interface StepOn {
  readonly queue: Exclude<WorkQueue, 'undelivered'>;
  readonly after?: RetryTier;
  readonly headers: object;
  /** Written instead of the headers. */
  readonly table?: Table;
  /** Divides headers that are too long for one message. Without `halve`, or when it returns nothing, they cannot be divided. */
  readonly halve?: (headers: object) => readonly object[];
}

type StepToEnd = { readonly queue: 'undelivered'; readonly after?: never; readonly halve?: never } & (
  | { readonly headers: UndeliveredHeaders; readonly table?: never }
  /** The original message, with the reason beside it. */
  | { readonly headers: object; readonly table: Table }
);

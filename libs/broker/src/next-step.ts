import type { Table } from '@callbus/contracts/message-format';
import type { RetryTier, WorkQueue } from '@callbus/contracts/topology';
import type { UndeliveredHeaders } from '@callbus/contracts/undelivered';

/** A message that has to be durable before the one that it is made of may be acked. It has the same body. */
export type NextStep = StepOn | StepToEnd;

/** By way of the retry tier `after`, if there is one. */
export interface StepOn {
  readonly queue: Exclude<WorkQueue, 'undelivered'>;
  readonly after?: RetryTier;
  readonly headers: object;
  /** What is written instead of the headers. */
  readonly table?: Table;
  /** Divides headers for which one message has no room; without, or when it returns none, they cannot be divided. */
  readonly halve?: (headers: object) => readonly object[];
}

type StepToEnd = { readonly queue: 'undelivered'; readonly after?: never; readonly halve?: never } & (
  | { readonly headers: UndeliveredHeaders; readonly table?: never }
  /** As it came, with the reason beside it. */
  | { readonly headers: object; readonly table: Table }
);

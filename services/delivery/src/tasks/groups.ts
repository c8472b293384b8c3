import type { RetryTier } from '@callbus/contracts/messages/topology';

export interface Group {
  readonly after: RetryTier;
  readonly subscriptions: readonly number[];
}

/** The most tasks of a group. The header of the largest group still fits into an AMQP frame. */
const groupMost = 256;

/** Groups the tasks of one event that are parked for the same time. */
export function createGroups() {
  const all: { readonly after: Group['after']; readonly subscriptions: number[] }[] = [];

  return {
    all: all as readonly Group[],
    add(after: Group['after'], subscription: number): void {
      const open = all.findLast((group) => group.after === after);
      if (open !== undefined && open.subscriptions.length < groupMost) open.subscriptions.push(subscription);
      else all.push({ after, subscriptions: [subscription] });
    },
  };
}

import type { FlowTotals } from '@callbus/statistics/queue-flow';

interface Entry {
  readonly at: number;
  readonly messages: number;
  readonly events: number;
}

/** The readings of half an hour, taken every two seconds. A longer backlog keeps every second, fourth, … reading. */
const entriesMost = 1_000;

/**
 * Tells how many events wait in the queue `events`, of which the broker knows only the messages. The messages that wait came in after the
 * one at the head did: the average of those that came in since then tells how many events a message holds.
 */
export function createEventsWaiting() {
  let entries: Entry[] = [];
  let eventsEach: number | undefined;

  return {
    /**
     * @param since when the message at the head came in, where that is known; epoch milliseconds
     * @returns null when no message has come in since the first call
     */
    count(ready: number, accepted: FlowTotals['accepted'], since: number | undefined, now: number): number | null {
      if (accepted.messages < (entries.at(-1)?.messages ?? 0)) entries = [];
      const entry = { ...accepted, at: now };
      entries.push(entry);
      const head = entries.findLastIndex(({ at }) => since !== undefined && at <= since);
      if (head > 0) entries.splice(0, head);
      if (entries.length > entriesMost) entries = entries.filter((_, index) => index % 2 === 0);
      const { messages, events } = entries[0] ?? entry;
      if (entry.messages > messages) eventsEach = (entry.events - events) / (entry.messages - messages);
      if (ready === 0) return 0;
      return eventsEach === undefined ? null : Math.round(ready * eventsEach);
    },
  };
}

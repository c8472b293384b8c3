import type { FlowTotals } from '@callbus/statistics/queue-flow';

interface Entry {
  readonly at: number;
  readonly messages: number;
  readonly events: number;
}

/** The readings of half an hour, one every two seconds. For a longer backlog every second, fourth, … reading is kept. */
const maxEntries = 1_000;

/**
 * Estimates how many events wait in the queue `events`, of which the broker knows only the messages. The waiting messages
 * entered the queue after the message at its head. The messages that entered since then hold on average as many events.
 */
export function createEventsWaiting() {
  let entries: Entry[] = [];
  let eventsEach: number | undefined;

  return {
    /**
     * @param since the time at which the message at the head entered the queue, if it is known; epoch milliseconds
     * @returns null when no message has entered the queue since the first call
     */
    count(ready: number, accepted: FlowTotals['accepted'], since: number | undefined, now: number): number | null {
      if (accepted.messages < (entries.at(-1)?.messages ?? 0)) entries = [];
      const entry = { ...accepted, at: now };
      entries.push(entry);
      const head = entries.findLastIndex(({ at }) => since !== undefined && at <= since);
      if (head > 0) entries.splice(0, head);
      if (entries.length > maxEntries) entries = entries.filter((_, index) => index % 2 === 0);
      const { messages, events } = entries[0] ?? entry;
      if (entry.messages > messages) eventsEach = (entry.events - events) / (entry.messages - messages);
      if (ready === 0) return 0;
      return eventsEach === undefined ? null : Math.round(ready * eventsEach);
    },
  };
}

import { CallbusError } from '../callbus-error.js';
import type { WrittenEvent } from './event.js';
import type { Published } from './send.js';

export interface ListOptions {
  /** The most events of a list. */
  readonly events: number;
  /** The most bytes of a list. A larger event is sent alone. */
  readonly bytes: number;
  /** The longest time that an event waits for others, in milliseconds. */
  readonly waitMs: number;
  /** The most requests at once. */
  readonly requests: number;
  readonly send: (events: readonly WrittenEvent[]) => Promise<readonly Published[]>;
}

interface Waiting {
  readonly event: WrittenEvent;
  readonly since: number;
  readonly resolve: (published: Published) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Gathers events into lists. While no request is under way an event is sent at once, so that few events do not wait. Otherwise a
 * list is sent when it is full, or when its first event has waited long enough.
 *
 * @returns publishes an event; each publish is answered for its own event
 */
export function createLists({ events, bytes, waitMs, requests, send }: ListOptions) {
  const waiting: Waiting[] = [];
  let underWay = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function sendDue(): void {
    clearTimeout(timer);
    timer = undefined;
    while (underWay < requests) {
      const [first] = waiting;
      if (first === undefined) return;
      const length = lengthOfList(first.event);
      const leftMs = first.since + waitMs - performance.now();
      const isFull = length === events || length < waiting.length;
      if (underWay > 0 && !isFull && leftMs > 0) {
        timer = setTimeout(sendDue, leftMs);
        return;
      }
      void sendList(waiting.splice(0, length));
    }
  }

  /** The number of waiting events that fit into the next list. */
  function lengthOfList(first: WrittenEvent): number {
    if (first.isEtc) return 1;
    let size = 0;
    let length = 0;
    for (const { event } of waiting) {
      size += event.bytes;
      const fits = length < events && size <= bytes && !event.isEtc && event.hops === first.hops;
      if (length > 0 && !fits) break;
      length += 1;
    }
    return length;
  }

  async function sendList(list: readonly Waiting[]): Promise<void> {
    underWay += 1;
    await sendOrSplit(list);
    underWay -= 1;
    sendDue();
  }

  /** The bus refuses a list for one faulty event. Halves are sent until the faulty events are alone. */
  async function sendOrSplit(list: readonly Waiting[]): Promise<void> {
    try {
      const published = await send(list.map(({ event }) => event));
      for (const [index, { resolve }] of list.entries()) resolve(published[index] as Published);
    } catch (error) {
      if (list.length > 1 && blamesOne(error, list)) {
        const middle = Math.ceil(list.length / 2);
        await sendOrSplit(list.slice(0, middle));
        await sendOrSplit(list.slice(middle));
      } else for (const { reject } of list) reject(error);
    }
  }

  return (event: WrittenEvent): Promise<Published> =>
    new Promise((resolve, reject) => {
      waiting.push({ event, since: performance.now(), resolve, reject });
      if (underWay < requests) sendDue();
    });
}

function blamesOne(error: unknown, list: readonly Waiting[]): boolean {
  if (!(error instanceof CallbusError)) return false;
  const { status } = error;
  return status === 400 || status === 413 || (status === 403 && list.some(({ event }) => event.namesAccount));
}

import { createOpenTags } from '../open-tags.js';
import type { ChannelHealth, Place } from './publishing-health.js';
import { isHalfEmpty, type Capacity } from './unconfirmed-capacity.js';

export interface UnconfirmedOptions {
  readonly confirmTimeoutMs: number;
  /** Shared with the publisher's other channels. */
  readonly capacity: Capacity;
  /** Makes the error of a rejected message. */
  readonly createError: (reason: string, fault?: 'nacked' | 'returned') => Error;
  /** Is told the results of messages that have a target. */
  readonly health: Pick<ChannelHealth, 'taken' | 'nacked' | 'unconfirmed' | 'returned'>;
}

export type Unconfirmed = ReturnType<typeof createUnconfirmed>;

const impatienceMs = 1_000;

interface Entry {
  readonly deadline: number;
  readonly bytes: number;
  /** Undefined for a message whose confirm tells nothing about a queue. */
  place: Place | undefined;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
  isAnswered: boolean;
}

/**
 * The messages of one channel that the broker has not confirmed, by delivery tag. The broker counts the publishes of a
 * channel from 1, and so does this.
 *
 * A message whose publisher has its answer, such as a time-out, still takes up capacity until the broker confirms it, because it takes up space
 * in the connection's buffers. A silent broker soon uses up the capacity, and then publishers are refused at once instead of waiting for their
 * time-outs.
 *
 * This is the hot path of every publish. So there are counters and one timer for all messages, instead of a closure and a timer for each message.
 */
export function createUnconfirmed(options: UnconfirmedOptions) {
  const { capacity, health } = options;
  const entries = createOpenTags<Entry>();
  let waiting = 0;
  let isAnyTaken = false;
  let timer: NodeJS.Timeout | undefined;
  let onDrained: (() => void) | undefined;
  /** Callers that wait for room, oldest first. */
  const queue: (() => void)[] = [];
  let impatience: NodeJS.Timeout | undefined;

  function answer(entry: Entry, error?: Error): void {
    if (entry.isAnswered) return;
    entry.isAnswered = true;
    waiting -= 1;
    if (error) entry.reject(error);
    else entry.resolve();
    if (waiting === 0) onDrained?.();
  }

  function remove(tag: number, error: Error | undefined, isNacked: boolean): void {
    const entry = entries.get(tag);
    if (entry === undefined) return;
    entries.close(tag);
    capacity.messages -= 1;
    capacity.bytes -= entry.bytes;
    if (entry.place !== undefined) {
      if (error === undefined) {
        isAnyTaken = true;
        health.taken(entry.place, !entry.isAnswered);
      } else if (isNacked) health.nacked(entry.place);
    }
    answer(entry, error);
    // Waiting callers are woken in groups, not one by one with every confirm.
    if (queue.length > 0 && isHalfEmpty(capacity)) wake(capacity.maxMessages - capacity.messages);
  }

  function wake(count = queue.length): void {
    for (const resolve of queue.splice(0, count)) resolve();
  }

  function settle(tag: number, isMultiple: boolean, error?: Error, isNacked = false): void {
    if (!isMultiple) remove(tag, error, isNacked);
    else for (let each = entries.oldestTag(); each <= tag; each += 1) remove(each, error, isNacked);
  }

  /** All time-outs are equal, so the deadlines are in the order of the tags. */
  function expire(): void {
    const now = performance.now();
    timer = undefined;
    for (const entry of entries.values()) {
      if (entry.isAnswered) continue;
      if (entry.deadline > now) {
        timer = setTimeout(expire, Math.ceil(entry.deadline - now)).unref();
        return;
      }
      if (entry.place !== undefined) health.unconfirmed(entry.place, entry.deadline - options.confirmTimeoutMs);
      answer(entry, options.createError(`no confirm within ${options.confirmTimeoutMs} ms`));
    }
  }

  return {
    /** The delivery tag of the next message to be added. */
    nextTag: () => entries.nextTag(),
    /** Resolves when there may be room, when the channel is gone, and regularly to check whether confirms still come. */
    untilFree(): Promise<void> {
      impatience ??= setTimeout(() => {
        impatience = undefined;
        wake();
      }, impatienceMs);
      return new Promise((resolve) => queue.push(resolve));
    },
    /** The age of the oldest message whose publisher is waiting. */
    waitingMs(): number {
      if (waiting === 0) return 0;
      const oldest = entries.values().find(({ isAnswered }) => !isAnswered);
      return oldest ? performance.now() - oldest.deadline + options.confirmTimeoutMs : 0;
    },
    /** By how much the oldest unconfirmed message has exceeded its time-out; at most 0 when none is late. */
    overdueMs(): number {
      const oldest = entries.get(entries.oldestTag());
      return oldest ? performance.now() - oldest.deadline : 0;
    },

    /** @returns the promise for the publisher */
    add(size: number, place: Place | undefined): Promise<void> {
      return new Promise<void>((resolve, reject) => {
        const deadline = performance.now() + options.confirmTimeoutMs;
        entries.add(entries.nextTag(), { deadline, bytes: size, place, resolve, reject, isAnswered: false });
        capacity.messages += 1;
        capacity.bytes += size;
        waiting += 1;
        timer ??= setTimeout(expire, options.confirmTimeoutMs).unref();
      });
    },

    /** @returns whether any of the messages has a target */
    confirm(tag: number, isMultiple: boolean): boolean {
      isAnyTaken = false;
      settle(tag, isMultiple);
      return isAnyTaken;
    },
    refuse: (tag: number, isMultiple: boolean) =>
      settle(tag, isMultiple, options.createError('the queue refused the message', 'nacked'), true),
    /**
     * Rejects one message that found no queue. The confirm that still follows has no meaning.
     *
     * @param isFault whether there should be a queue
     */
    returned(tag: number, reason: string, isFault = true): void {
      const entry = entries.get(tag);
      if (entry === undefined) return;
      if (entry.place !== undefined && isFault) health.returned(entry.place);
      entry.place = undefined;
      answer(entry, options.createError(reason, 'returned'));
    },
    /** Rejects all messages that the broker may still confirm later. */
    failAll(reason: string): void {
      for (const entry of entries.values()) if (!entry.isAnswered) answer(entry, options.createError(reason));
    },

    /** Resolves when no publisher waits any more. */
    drained: () => (waiting === 0 ? Promise.resolve() : new Promise<void>((resolve) => (onDrained = resolve))),
    /** Call it when no confirm can come any more. */
    close(reason: string): void {
      clearTimeout(timer);
      settle(entries.nextTag() - 1, true, options.createError(reason));
      clearTimeout(impatience);
      wake();
    },
  };
}

import { createOpenTags } from '../open-tags.js';
import type { ChannelHealth, Route } from './publishing-health.js';
import { isHalfEmpty, type Capacity } from './unconfirmed-capacity.js';

export interface UnconfirmedOptions {
  readonly confirmTimeoutMs: number;
  /** The capacity that all channels of the publisher share. */
  readonly capacity: Capacity;
  /** Creates the error with which a publish rejects. */
  readonly createError: (reason: string, fault?: 'nacked' | 'returned') => Error;
  /** Gets the results of messages that have a route. */
  readonly health: Pick<ChannelHealth, 'taken' | 'nacked' | 'unconfirmed' | 'returned'>;
}

/** Callers that wait for capacity are woken at least this often. */
const wakeMs = 1_000;

interface Entry {
  readonly deadline: number;
  readonly bytes: number;
  /** Undefined for a message whose confirm says nothing about a queue. */
  route: Route | undefined;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
  /** Whether the publish has resolved or rejected. */
  isSettled: boolean;
}

/**
 * The unconfirmed messages of one channel by delivery tag. The broker counts the publishes of a channel from 1, and so do these tags.
 *
 * After its time-out a message still takes up capacity until the broker confirms it, because it is still in the buffers of the connection. So
 * while a broker is silent, the capacity is soon used up, and further publishes reject at once instead of after their time-out.
 *
 * This is the hot path of every publish. So there are counters and one timer for all messages, not a closure and a timer for each message.
 */
export function createUnconfirmed(options: UnconfirmedOptions) {
  const { capacity, health } = options;
  const entries = createOpenTags<Entry>();
  let waiting = 0;
  let isAnyTaken = false;
  let timer: NodeJS.Timeout | undefined;
  let onDrained: (() => void) | undefined;
  /** Callers that wait for capacity, the oldest first. */
  const waitingForCapacity: (() => void)[] = [];
  let wakeTimer: NodeJS.Timeout | undefined;

  function settle(entry: Entry, error?: Error): void {
    if (entry.isSettled) return;
    entry.isSettled = true;
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
    if (entry.route !== undefined) {
      if (error === undefined) {
        isAnyTaken = true;
        health.taken(entry.route, !entry.isSettled);
      } else if (isNacked) health.nacked(entry.route);
    }
    settle(entry, error);
    // Waiting callers are woken in groups, not one by one with every confirm.
    if (waitingForCapacity.length > 0 && isHalfEmpty(capacity)) wake(capacity.maxMessages - capacity.messages);
  }

  function wake(count = waitingForCapacity.length): void {
    for (const resolve of waitingForCapacity.splice(0, count)) resolve();
  }

  function finish(tag: number, isMultiple: boolean, error?: Error, isNacked = false): void {
    if (!isMultiple) remove(tag, error, isNacked);
    else for (let each = entries.oldestTag(); each <= tag; each += 1) remove(each, error, isNacked);
  }

  /** All messages have the same time-out, so their deadlines are in the order of their tags. */
  function expire(): void {
    const now = performance.now();
    timer = undefined;
    for (const entry of entries.values()) {
      if (entry.isSettled) continue;
      if (entry.deadline > now) {
        timer = setTimeout(expire, Math.ceil(entry.deadline - now)).unref();
        return;
      }
      if (entry.route !== undefined) health.unconfirmed(entry.route, entry.deadline - options.confirmTimeoutMs);
      settle(entry, options.createError(`no confirm within ${options.confirmTimeoutMs} ms`));
    }
  }

  return {
    /** The delivery tag of the next message to be added. */
    nextTag: () => entries.nextTag(),
    /** Resolves when capacity may be free or the channel is gone, and at least every second, so that the caller can check the channel. */
    untilFree(): Promise<void> {
      wakeTimer ??= setTimeout(() => {
        wakeTimer = undefined;
        wake();
      }, wakeMs);
      return new Promise((resolve) => waitingForCapacity.push(resolve));
    },
    /** How long the oldest publish under way has been waiting. */
    waitingMs(): number {
      if (waiting === 0) return 0;
      const oldest = entries.values().find(({ isSettled }) => !isSettled);
      return oldest ? performance.now() - oldest.deadline + options.confirmTimeoutMs : 0;
    },
    /** How late the confirm of the oldest message is; 0 or negative when it is not late. */
    overdueMs(): number {
      const oldest = entries.get(entries.oldestTag());
      return oldest ? performance.now() - oldest.deadline : 0;
    },

    /** Adds a message just published. @returns a promise of its confirm */
    add(size: number, route: Route | undefined): Promise<void> {
      return new Promise<void>((resolve, reject) => {
        const deadline = performance.now() + options.confirmTimeoutMs;
        entries.add(entries.nextTag(), { deadline, bytes: size, route, resolve, reject, isSettled: false });
        capacity.messages += 1;
        capacity.bytes += size;
        waiting += 1;
        timer ??= setTimeout(expire, options.confirmTimeoutMs).unref();
      });
    },

    /** @returns whether any of the messages has a route */
    confirm(tag: number, isMultiple: boolean): boolean {
      isAnyTaken = false;
      finish(tag, isMultiple);
      return isAnyTaken;
    },
    refuse: (tag: number, isMultiple: boolean) =>
      finish(tag, isMultiple, options.createError('the queue refused the message', 'nacked'), true),
    /**
     * Rejects a message that was returned, because it reached no queue. Its confirm, which still follows, has no meaning.
     *
     * @param isFault whether the missing queue is a fault
     */
    returned(tag: number, reason: string, isFault = true): void {
      const entry = entries.get(tag);
      if (entry === undefined) return;
      if (entry.route !== undefined && isFault) health.returned(entry.route);
      entry.route = undefined;
      settle(entry, options.createError(reason, 'returned'));
    },
    /** Rejects all publishes under way. The broker may still confirm their messages later. */
    failAll(reason: string): void {
      for (const entry of entries.values()) if (!entry.isSettled) settle(entry, options.createError(reason));
    },

    /** Resolves when no publish is under way. */
    drained: () => (waiting === 0 ? Promise.resolve() : new Promise<void>((resolve) => (onDrained = resolve))),
    /** Rejects all publishes under way, and frees their capacity. Call it when no further confirm can come. */
    close(reason: string): void {
      clearTimeout(timer);
      finish(entries.nextTag() - 1, true, options.createError(reason));
      clearTimeout(wakeTimer);
      wake();
    },
  };
}

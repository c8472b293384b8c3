import { CallbusError } from '../callbus-error.js';
import { write, type Event, type WrittenEvent } from './event.js';
import { inOrder } from './in-order.js';
import { createLists } from './lists.js';
import { createRoom } from './room.js';
import { repeat, type RetryOptions } from './retry.js';
import { send, type Post, type Published } from './send.js';

export interface GatherOptions {
  /** The most events of a list: at most the `MAX_EVENTS_PER_REQUEST` of the bus. Default: 100. */
  readonly events?: number;
  /** The most bytes of a list. Default: 1 MiB. */
  readonly bytes?: number;
  /** The longest time that an event waits for others, in milliseconds. Default: 5. */
  readonly waitMs?: number;
}

export interface PublishingOptions {
  readonly retry?: RetryOptions;
  /** Lets `publish` gather events into lists, as `publishMany` always does. Default: a request for each event. */
  readonly gather?: boolean | GatherOptions;
  /** The most requests at once, of `publish` and of `publishMany` each. Default: 8. */
  readonly publishRequests?: number;
  /** The most events at once that are sent or wait. Further publishes wait until others have ended. Default: 1,000. */
  readonly eventsInHand?: number;
}

export interface PublishContext {
  /** The `hops` of the callback that has caused this publish, so that the bus recognizes loops. */
  readonly hops?: number;
}

/** What became of one event. */
export type Outcome<Each extends Event> =
  | { readonly event: Each; readonly published: Published; readonly error?: never }
  | { readonly event: Each; readonly published?: never; readonly error: CallbusError };

export interface Publisher {
  /**
   * Publishes one event. Resolves when the bus has stored it. A CloudEvent is repeated under the same id, so that the bus delivers it
   * once; an ETC notification has no id, and an attempt whose answer was lost may have stored it as well.
   *
   * @throws CallbusError when the bus refuses the event, or when all attempts have failed: then the event may be stored
   */
  readonly publish: (event: Event, context?: PublishContext) => Promise<Published>;
  /**
   * Publishes any number of events, in lists. It takes events only as fast as the bus stores them, and returns what became of each, in
   * the same order. Events are sent while the outcomes are read.
   */
  readonly publishMany: <Each extends Event>(
    events: Iterable<Each> | AsyncIterable<Each>,
    context?: PublishContext,
  ) => AsyncGenerator<Outcome<Each>, void, undefined>;
  /** Takes no more events. Resolves when every publish has ended. */
  readonly close: () => Promise<void>;
}

export function createPublisher(post: Post, options: PublishingOptions): Publisher {
  const { retry = {}, gather = false, publishRequests: requests = 8, eventsInHand = 1_000 } = options;
  const { events = 100, bytes = 1024 * 1024, waitMs = 5 } = typeof gather === 'object' ? gather : {};
  const sending = { requests, send: (list: readonly WrittenEvent[]) => repeat(() => send(post, list), retry) };
  const publishInList = createLists({ events, bytes, waitMs, ...sending });
  const publishAlone = createLists({ events: 1, bytes, waitMs: 0, ...sending });
  const room = createRoom(eventsInHand);
  let isClosed = false;

  async function within(publishOne: typeof publishAlone, event: Event, hops: number): Promise<Published> {
    if (isClosed) throw new CallbusError('the client is closed', { status: 0, code: 'CLOSED' });
    await room.enter();
    try {
      return await publishOne(write(event, hops));
    } finally {
      room.leave();
    }
  }

  return {
    publish: (event, { hops = 0 } = {}) => within(gather === false ? publishAlone : publishInList, event, hops),
    publishMany: (all, { hops = 0 } = {}) =>
      inOrder(all, eventsInHand, (event) =>
        within(publishInList, event, hops).then(
          (published) => ({ event, published }),
          // Nothing else is thrown.
          (error: unknown) => ({ event, error: error as CallbusError }),
        ),
      ),
    close() {
      isClosed = true;
      return room.empty();
    },
  };
}

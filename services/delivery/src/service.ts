import type { Broker } from '@callbus/broker/broker';
import type { Post } from '@callbus/callback/post';
import type { SecretBox } from '@callbus/callback/signing/secret-box';
import type { DeliveryHeaders } from '@callbus/contracts/deliveries/delivery-task';
import type { MessageFormat } from '@callbus/contracts/messages/message-format';
import type { RetrySchedule } from '@callbus/contracts/deliveries/retry-schedule';
import type { Logger } from '@callbus/runtime/observability/logger';
import type { Tracing } from '@callbus/runtime/observability/tracing';
import type { Statistics } from '@callbus/statistics/statistics';
import { createAttemptCallback } from './callbacks/attempt.js';
import { createJudge } from './callbacks/judge.js';
import { createOpenSecrets } from '@callbus/callback-request/open-secrets';
import { createDeliver } from './deliver.js';
import { createDispatch } from './dispatch.js';
import { createHandlers } from './handlers.js';
import { createJournal, type DeliveryObserver } from './journal/journal.js';
import { keepStatistics } from './journal/keep-statistics.js';
import { logDeliveries } from './journal/log-deliveries.js';
import { createCallSlots } from './receivers/call-slots.js';
import { createLanes, type Lanes } from './receivers/lanes.js';
import { deliverSpan, dispatchSpan, inSpan, postSpan } from './spans.js';
import { createDirectory } from './subscriptions/directory.js';
import type { SubscriptionClient } from './subscriptions/subscription-client.js';
import { createSettle } from './tasks/settle.js';

export interface DeliveryOptions {
  readonly broker: Broker;
  readonly client: SubscriptionClient;
  readonly post: Post;
  readonly statistics: Statistics;
  /** The most messages of `events` in the worker at once, and the most of `deliveries`. */
  readonly prefetch: number;
  readonly retrySchedule: RetrySchedule;
  readonly maxEventAgeMs: number;
  /** While the clock is not trusted nothing expires, and tasks that look too old are still delivered. */
  readonly isClockTrusted: () => boolean;
  /** Without a secret box, callbacks with sealed values wait. */
  readonly secretBox: SecretBox | undefined;
  /** While format 1 is written, older workers may be running, which treat a parked event as poison. */
  readonly format?: MessageFormat;
  /** Observers of the journal beside those of every worker. */
  readonly observers?: readonly DeliveryObserver[];
  readonly tracing?: Tracing | undefined;
  readonly logger: Logger;
}

/** The longest wait of an event for a call slot while callbacks are slow. Even when receivers hang, half of the prefetch is dispatched ten times per second. */
const slotWaitMs = 100;

export interface Delivery {
  readonly readiness: () => Record<string, boolean>;
  readonly inHand: () => { readonly lanes: ReturnType<Lanes['broken']>; readonly subscriptions: number };
  /** Stops consuming and finishes the messages under way. The broker connections stay open. */
  close(): Promise<void>;
}

/** Wires a delivery worker. It takes work once its directory is loaded, which `started` waits for. */
export function createDelivery(options: DeliveryOptions): Delivery & { readonly started: Promise<void> } {
  const { broker, client, post, statistics, prefetch, retrySchedule, maxEventAgeMs, isClockTrusted, secretBox } =
    options;
  const { format, observers = [], tracing, logger } = options;
  const now = Date.now;
  const directory = createDirectory({ client, logger });
  const canForward = () => broker.state() !== 'blocked';
  const lanes = createLanes({ slots: prefetch, now: () => performance.now(), canForward, logger });
  const judge = createJudge();
  const journal = createJournal([...observers, keepStatistics({ statistics, now }), logDeliveries({ logger, now })]);
  const settle = createSettle({ journal, now });
  const isExpired = ({ receivedAt, replayedAt = receivedAt }: Pick<DeliveryHeaders, 'receivedAt' | 'replayedAt'>) =>
    now() - replayedAt > maxEventAgeMs && isClockTrusted();
  const deliver = createDeliver({
    directory,
    lanes,
    openSecrets: createOpenSecrets({ secretBox, logger, now }),
    attemptCallback: createAttemptCallback({
      post: inSpan(tracing, postSpan, (request) => post.post(request)),
      judge,
      now,
    }),
    disable: (subscription, reason) => client.disable(subscription, reason),
    journal,
    retrySchedule,
    logger,
    now,
  });
  const deliverTraced = inSpan(tracing, deliverSpan, deliver);
  const dispatch = createDispatch({
    directory,
    lanes,
    journal,
    deliver: deliverTraced,
    settle,
    isExpired,
    callSlots: createCallSlots({ slots: Math.ceil(prefetch / 2), waitMs: slotWaitMs }),
    canForward,
    mayPark: format !== 1,
  });
  const handle = createHandlers({
    directory,
    dispatch: { ...dispatch, event: inSpan(tracing, dispatchSpan, dispatch.event) },
    deliver: deliverTraced,
    settle,
    isExpired,
  });

  /** Starts the watch and both consumers at once, so that their connections share one listing of the subscriptions. */
  const start = () =>
    Promise.all([
      broker.watchChanges({ onOpen: () => directory.open(), onChange: (body) => directory.change(body) }),
      broker.consume('events', { prefetch, handle: handle.events }),
      broker.consume('deliveries', { prefetch, handle: handle.deliveries }),
    ]);
  const starting = start();

  return {
    started: starting.then(() => undefined),
    readiness: () => ({ broker: broker.state() !== 'away', directory: directory.isLoaded() }),
    inHand: () => ({ lanes: lanes.broken(), subscriptions: directory.size() }),
    async close() {
      directory.close();
      lanes.close();
      const consumers = await starting.catch(() => []);
      await Promise.all(consumers.map((consumer) => consumer.stop()));
      await judge.close();
    },
  };
}

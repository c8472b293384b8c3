import { retryTiers } from '@callbus/contracts/messages/topology';
import { callbackOutcomes, type CallbackOutcome } from '@callbus/statistics/statistics';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { DeliveryObserver } from './journal.js';
import type { Delivery } from '../service.js';

export interface DeliveryMetrics {
  readonly observer: DeliveryObserver;
  /** Reports the lanes with an open or half-open breaker and the size of the directory with every scrape. */
  watch(delivery: Pick<Delivery, 'inHand'>): void;
}

/** The metrics of dispatch and delivery. No metric has a label for the subscription: such figures are in the statistics. */
export function createDeliveryMetrics(registry: Registry): DeliveryMetrics {
  const noteMatches = measureMatches(registry);
  const noteCallback = measureCallbacks(registry);
  const noteFirstAttempt = measureFirstAttempts(registry);
  const sealed = new Counter({
    name: 'callbus_sealed_tasks_total',
    help: 'Deliveries that were parked because SECRETS_KEY does not open a secret of their subscription.',
    registers: [registry],
  });
  const delays = measureDelays(registry);

  return {
    observer: {
      matched: (_event, { length }) => noteMatches(length),
      attempted({ origin }, { durationMs }, outcome) {
        const { headers, attempt, replayedAt } = origin;
        noteCallback(outcome, durationMs);
        // A replayed delivery is left out, because it has waited for its replay.
        if (attempt === 1 && replayedAt === undefined) noteFirstAttempt(Date.now() - durationMs - headers.receivedAt);
      },
      sealed: () => sealed.inc(),
      settled(_task, fate) {
        switch (fate.kind) {
          case 'retry':
            delays.retried(fate.after.name);
            break;
          case 'park':
            delays.parked(1);
            break;
          case 'delivered':
          case 'dropped':
          case 'undelivered':
          case 'alone':
          case 'returned':
            break;
          default:
            fate satisfies never;
        }
      },
      // A parked event, which has no tasks yet, counts as one.
      parkedTogether: (_event, { length }) => delays.parked(Math.max(length, 1)),
    },
    watch: (delivery) => watchInHand(delivery, registry),
  };
}

function measureMatches(registry: Registry) {
  const matches = new Counter({
    name: 'callbus_dispatch_matches_total',
    help: 'Deliveries that dispatch created: one for each subscription that an event matches.',
    registers: [registry],
  });
  const unmatched = new Counter({
    name: 'callbus_dispatch_unmatched_events_total',
    help: 'Events that no subscription matched.',
    registers: [registry],
  });
  return (count: number) => {
    if (count === 0) unmatched.inc();
    else matches.inc(count);
  };
}

function measureCallbacks(registry: Registry) {
  const deliveries = new Counter({
    name: 'callbus_deliveries_total',
    help: 'Callbacks by outcome.',
    labelNames: ['outcome'],
    registers: [registry],
  });
  // One labelled counter per outcome, because looking up the label for every attempt costs more than counting.
  const counts = new Map(callbackOutcomes.map((outcome) => [outcome, deliveries.labels({ outcome })]));
  for (const count of counts.values()) count.inc(0);
  const seconds = new Histogram({
    name: 'callbus_callback_duration_seconds',
    help: 'Duration of a callback, from connecting to the end of the answer or to the time-out.',
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    registers: [registry],
  });
  return (outcome: CallbackOutcome, durationMs: number) => {
    counts.get(outcome)?.inc();
    seconds.observe(durationMs / 1_000);
  };
}

function measureDelays(registry: Registry) {
  const retries = new Counter({
    name: 'callbus_retries_total',
    help: 'Deliveries that wait for their next attempt, by retry tier.',
    labelNames: ['tier'],
    registers: [registry],
  });
  const parked = new Counter({
    name: 'callbus_parked_total',
    help: 'Deliveries parked without an attempt, because their receiver or the worker was not ready, and parked events that are costly to match.',
    registers: [registry],
  });
  for (const { name } of retryTiers) retries.inc({ tier: name }, 0);
  return {
    retried: (tier: string) => retries.inc({ tier }),
    parked: (count: number) => parked.inc(count),
  };
}

function measureFirstAttempts(registry: Registry) {
  const seconds = new Histogram({
    name: 'callbus_acceptance_to_first_attempt_seconds',
    help: 'Time from the receipt of an event to the beginning of the first attempt to deliver it.',
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1_800],
    registers: [registry],
  });
  // The wait may come out negative, because the clocks of two machines differ.
  return (waitMs: number) => seconds.observe(Math.max(0, waitMs) / 1_000);
}

function watchInHand(delivery: Pick<Delivery, 'inHand'>, registry: Registry): void {
  const lanes = new Gauge({
    name: 'callbus_lanes',
    help: 'Lanes of this worker with an open or a half-open breaker.',
    labelNames: ['state'],
    registers: [registry],
    collect() {
      const { open, halfOpen } = delivery.inHand().lanes;
      lanes.set({ state: 'open' }, open);
      lanes.set({ state: 'half-open' }, halfOpen);
    },
  });
  const subscriptions = new Gauge({
    name: 'callbus_directory_subscriptions',
    help: 'Subscriptions in the directory of this worker.',
    registers: [registry],
    collect() {
      subscriptions.set(delivery.inHand().subscriptions);
    },
  });
}

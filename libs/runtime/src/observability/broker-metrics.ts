import type { Broker, Outcome, ReceivedMessage } from '@callbus/broker/broker';
import { observeBroker } from '@callbus/broker/observe';
import { asideOf, deathOf } from '@callbus/contracts/set-aside';
import { retryTiers, tierFor, workQueues, type WorkQueue } from '@callbus/contracts/topology';
import { undeliveredReasons, type UndeliveredReason } from '@callbus/contracts/undelivered';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { Metrics } from './metrics.js';
import { measureQueues } from './queue-metrics.js';

/** Measures a broker: what is published, taken and settled by way of the one that is returned, and how full its queues are. */
export function measureBroker(broker: Broker, { registry, watchDependency }: Metrics): Broker {
  watchDependency('rabbitmq', () => broker.state() !== 'away');
  measureBlocking(broker, registry);
  measurePublishing(broker, registry);
  const queues = measureQueues(broker, registry);
  const noteConfirm = measureConfirms(registry);
  const noteRedelivery = measureRedeliveries(registry);
  const noteUndelivered = measureUndelivered(registry);
  const noteDelay = measureDelays(registry);

  broker.observe({
    taken(queue, message) {
      queues.taken(queue, message);
      if (message.isRedelivered) noteRedelivery(queue);
      else if (queue === 'undelivered') {
        const reason = uncountedReason(message);
        if (reason !== undefined) noteUndelivered(reason);
      }
    },
  });
  return observeBroker(broker, {
    consuming(queue) {
      queues.consuming(queue);
    },
    confirmed: noteConfirm,
    settled(_queue, outcome) {
      if (outcome.kind === 'undelivered') noteUndelivered(outcome.reason);
      else noteDelay(outcome);
    },
  });
}

/** What the broker makes undelivered by itself, or what no handler has seen, nobody counts before it comes out there. */
function uncountedReason({ headers }: ReceivedMessage): UndeliveredReason | undefined {
  if (headers['reason'] === 'maxlen') return 'maxlen';
  if (headers['reason'] !== undefined) return undefined;
  const aside = asideOf(headers);
  if (aside === undefined) return deathOf(headers)?.reason;
  return aside.reason === 'poison' ? undefined : 'newer_format';
}

function measureBlocking(broker: Broker, registry: Registry): void {
  const blocked = new Gauge({
    name: 'callbus_publisher_blocked',
    help: '1 while the broker takes no messages from this process, for want of memory or disk, else 0.',
    registers: [registry],
    collect() {
      blocked.set(broker.state() === 'blocked' ? 1 : 0);
    },
  });
}

function measurePublishing(broker: Broker, registry: Registry): void {
  const publishing = new Gauge({
    name: 'callbus_publishing',
    help: '1 while the broker takes what this process publishes, 0 while it does not, with the reason.',
    labelNames: ['reason'],
    registers: [registry],
    collect() {
      const now = broker.publishing();
      publishing.reset();
      publishing.set({ reason: now.ok ? 'none' : now.reason }, now.ok ? 1 : 0);
    },
  });
}

function measureConfirms(registry: Registry) {
  const seconds = new Histogram({
    name: 'callbus_publish_confirm_seconds',
    help: 'From publishing an event, or a delivery from outside of a queue, to its confirm by the broker.',
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    registers: [registry],
  });
  return (durationMs: number) => seconds.observe(durationMs / 1_000);
}

function measureRedeliveries(registry: Registry) {
  const redeliveries = new Counter({
    name: 'callbus_redeliveries_total',
    help: 'Messages that came again, because their consumer died, failed or gave them back.',
    labelNames: ['queue'],
    registers: [registry],
  });
  for (const queue of workQueues) redeliveries.inc({ queue }, 0);
  return (queue: WorkQueue) => redeliveries.inc({ queue });
}

function measureUndelivered(registry: Registry) {
  const undelivered = new Counter({
    name: 'callbus_undelivered_total',
    help: 'Messages that became undelivered: for good, or until their subscription is enabled or somebody replays them.',
    labelNames: ['reason'],
    registers: [registry],
  });
  for (const reason of undeliveredReasons) undelivered.inc({ reason }, 0);
  return (reason: UndeliveredReason) => undelivered.inc({ reason });
}

function measureDelays(registry: Registry) {
  const retries = new Counter({
    name: 'callbus_retries_total',
    help: 'Deliveries put aside until their next attempt, by the retry queue.',
    labelNames: ['tier'],
    registers: [registry],
  });
  const parked = new Counter({
    name: 'callbus_parked_total',
    help: 'Deliveries put aside without an attempt, because their receiver or the worker was not ready, and events whose match costs much.',
    registers: [registry],
  });
  for (const { name } of retryTiers) retries.inc({ tier: name }, 0);
  return (outcome: Outcome) => {
    if (outcome.kind === 'retry') retries.inc({ tier: tierFor(outcome.delayMs).name });
    else if (outcome.kind === 'park') parked.inc();
  };
}

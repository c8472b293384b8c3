import type { Broker, ReceivedMessage } from '@callbus/broker/broker';
import type { NextStep } from '@callbus/broker/next-step';
import { asideOf, deathOf } from '@callbus/contracts/messages/set-aside';
import { workQueues, type WorkQueue } from '@callbus/contracts/messages/topology';
import {
  endedBy,
  isUndeliveredReason,
  undeliveredReasons,
  type UndeliveredReason,
} from '@callbus/contracts/deliveries/undelivered';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { Metrics } from './metrics.js';
import { measureQueues } from './queue-metrics.js';

/** Measures the messages that are published, taken and forwarded through a broker, and the depth of its queues. */
export function measureBroker(broker: Broker, { registry }: Pick<Metrics, 'registry'>): void {
  measureBlocking(broker, registry);
  measurePublishing(broker, registry);
  const queues = measureQueues(broker, registry);
  const noteConfirm = measureConfirms(registry);
  const noteRedelivery = measureRedeliveries(registry);
  const noteUndelivered = measureUndelivered(registry);

  broker.observe({
    consuming(queue) {
      queues.consuming(queue);
    },
    published: (_queue, _events, confirmMs) => noteConfirm(confirmMs),
    taken(queue, message) {
      queues.taken(queue, message);
      if (message.isRedelivered) noteRedelivery(queue);
      else if (queue === 'undelivered') {
        const reason = uncountedReason(message);
        if (reason !== undefined) noteUndelivered(reason);
      }
    },
    forwarded(step) {
      const reason = step.queue === 'undelivered' ? reasonOf(step) : undefined;
      if (reason !== undefined && endedBy[reason] === 'worker') noteUndelivered(reason);
    },
  });
}

/** @returns undefined for a message of `undelivered` that was given back and returns there */
function reasonOf(step: Extract<NextStep, { queue: 'undelivered' }>): UndeliveredReason | undefined {
  return step.table === undefined ? step.headers.reason : asideOf(step.table)?.reason;
}

/** The reason of a message that is counted only when it is taken: the broker dead-lettered it, or no handler has seen it. */
function uncountedReason({ headers }: ReceivedMessage): UndeliveredReason | undefined {
  const aside = asideOf(headers);
  const reason = headers['reason'] ?? (aside && (aside.reason ?? 'newer_format'));
  if (reason === undefined) return deathOf(headers)?.reason;
  return isUndeliveredReason(reason) && endedBy[reason] === 'broker' ? reason : undefined;
}

function measureBlocking(broker: Broker, registry: Registry): void {
  const blocked = new Gauge({
    name: 'callbus_publisher_blocked',
    help: '1 while the broker takes no messages from this process because it lacks memory or disk, otherwise 0.',
    registers: [registry],
    collect() {
      blocked.set(broker.state() === 'blocked' ? 1 : 0);
    },
  });
}

function measurePublishing(broker: Broker, registry: Registry): void {
  const publishing = new Gauge({
    name: 'callbus_publishing',
    help: '1 while the broker takes the messages that this process publishes, 0 with the reason while it does not.',
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
    help: 'Time from the publish of an event, or of a delivery that comes from no queue, to the confirm by the broker.',
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    registers: [registry],
  });
  return (durationMs: number) => seconds.observe(durationMs / 1_000);
}

function measureRedeliveries(registry: Registry) {
  const redeliveries = new Counter({
    name: 'callbus_redeliveries_total',
    help: 'Messages that were redelivered because their consumer died, failed or gave them back.',
    labelNames: ['queue'],
    registers: [registry],
  });
  for (const queue of workQueues) redeliveries.inc({ queue }, 0);
  return (queue: WorkQueue) => redeliveries.inc({ queue });
}

function measureUndelivered(registry: Registry) {
  const undelivered = new Counter({
    name: 'callbus_undelivered_total',
    help: 'Messages that became undelivered. Held messages are delivered when their subscription is enabled, others can be replayed.',
    labelNames: ['reason'],
    registers: [registry],
  });
  for (const reason of undeliveredReasons) undelivered.inc({ reason }, 0);
  return (reason: UndeliveredReason) => undelivered.inc({ reason });
}

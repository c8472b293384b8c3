import type { Endpoint } from '../http/endpoint.js';
import type { QueueReport } from './queue-report.js';
import type { QueueWatch } from './watch-queues.js';

/** Answers the state of every queue: its depth, its rates, and the time until it is empty. */
export function queuesEndpoint(options: { queues: QueueWatch }): Endpoint {
  return {
    failed: 'queuesFailed',
    roles: ['operate'],
    async handle() {
      const reports = await options.queues.report();
      return { data: { count: reports.length, info: reports.map(itemOf) } };
    },
  };
}

function itemOf({ name, ready, events, consumers, oldestAgeS, inRate, outRate, drainS, isFull }: QueueReport) {
  return {
    queue: name,
    ready,
    events,
    consumers,
    oldest_age_seconds: rounded(oldestAgeS),
    in_per_second: rounded(inRate),
    out_per_second: rounded(outRate),
    drain_seconds: rounded(drainS),
    full: isFull,
  };
}

function rounded(value: number | null): number | null {
  return value === null ? null : Math.round(value * 100) / 100;
}

import { flag, inline, integer, list, nullable, number, object, oneOf, type Static } from '@callbus/openapi/schema';
import { queueNames } from '@callbus/contracts/messages/topology';
import { route, type HandleOf } from '../api/route.js';
import type { QueueReport } from './queue-report.js';
import type { QueueWatch } from './watch-queues.js';

const queueSchema = object(
  'Queue',
  {
    queue: oneOf(queueNames, 'The name of the queue, without the prefix of the installation.'),
    ready: integer('Messages that wait. Those that a worker holds are not among them.'),
    events: nullable(
      integer('Events in these messages, for the queue `events` an estimate. Null when it is not known.'),
    ),
    consumers: integer('Consumers of the queue.'),
    oldest_age_seconds: nullable(number('The age of the oldest message that waits.')),
    in_per_second: nullable(number('Messages that come in per second, over the last six seconds.')),
    out_per_second: nullable(number('Messages that go out per second, over the last six seconds.')),
    drain_seconds: nullable(number('The time until the queue is empty; null while it does not shrink.')),
    full: nullable(
      flag('Whether the queue has refused a message within the last minute, because its length is limited.'),
    ),
  },
  { description: 'The state of a queue, at most two seconds old. A figure is null while it is not known.' },
);

export const queuesRoute = route({
  method: 'get',
  path: '/queues',
  tag: 'operation',
  summary: 'Read the state of all queues',
  roles: ['operate', 'look'],
  failed: 'queuesFailed',
  data: inline({ count: integer('The number of queues.'), info: list(queueSchema) }),
  examples: {
    backlog: {
      data: {
        count: 1,
        info: [
          {
            queue: 'events',
            ready: 12,
            events: 480,
            consumers: 2,
            oldest_age_seconds: 0.4,
            in_per_second: 900,
            out_per_second: 950.5,
            drain_seconds: 0.24,
            full: false,
          },
        ],
      },
    },
  },
});

/** Answers the state of every queue: its depth, its rates, and the time until it is empty. */
export function queuesEndpoint(options: { queues: QueueWatch }): HandleOf<typeof queuesRoute> {
  return async () => {
    const reports = await options.queues.report();
    return { data: { count: reports.length, info: reports.map(itemOf) } };
  };
}

function itemOf({
  name,
  ready,
  events,
  consumers,
  oldestAgeS,
  inRate,
  outRate,
  drainS,
  isFull,
}: QueueReport): Static<typeof queueSchema> {
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

import type { Broker } from '@callbus/broker/broker';
import type { QueueFlow } from '@callbus/statistics/queue-flow';
import { createQueueReports, type QueueReport } from './queue-report.js';

export interface QueueWatch {
  /** @throws BrokerUnavailable */
  report(): Promise<readonly QueueReport[]>;
  stop(): void;
}

const lookIntervalMs = 10_000;

/** Looks at the queues all the time, because how fast one grows is seen only by who has looked before. */
export function watchQueues(options: {
  broker: Pick<Broker, 'queues'>;
  flow: QueueFlow;
  now: () => number;
}): QueueWatch {
  const { broker, flow, now } = options;
  const reports = createQueueReports();

  async function report(): Promise<readonly QueueReport[]> {
    const [states, flowing] = await Promise.all([
      broker.queues(),
      // An operator who looks while Redis is away needs the depths all the more.
      flow.read().catch(() => undefined),
    ]);
    return reports.add(states, flowing, now());
  }

  const timer = setInterval(() => void report().catch(() => undefined), lookIntervalMs).unref();
  return { report, stop: () => clearInterval(timer) };
}

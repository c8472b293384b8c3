import type { Broker } from '@callbus/broker/broker';
import type { QueueFlow } from '@callbus/statistics/queue-flow';
import { createQueueReports, type QueueReport } from './queue-report.js';

export interface QueueWatch {
  /** The reports of the last look. @throws BrokerUnavailable */
  report(): Promise<readonly QueueReport[]>;
  stop(): void;
}

const lookIntervalMs = 2_000;

/** Looks at the queues regularly, because a rate is the difference between two looks. */
export function watchQueues({ broker, flow }: { broker: Pick<Broker, 'queues'>; flow: QueueFlow }): QueueWatch {
  const reports = createQueueReports();
  let isLooking = false;
  let latest = look();

  function look(): Promise<readonly QueueReport[]> {
    isLooking = true;
    const looking = read().finally(() => (isLooking = false));
    looking.catch(() => undefined);
    return looking;
  }

  async function read(): Promise<readonly QueueReport[]> {
    const [states, totals] = await Promise.all([
      broker.queues(),
      // Operators need the depths even while Redis is away.
      flow.read().catch(() => undefined),
    ]);
    return reports.add(states, totals, Date.now());
  }

  const timer = setInterval(() => {
    if (!isLooking) latest = look();
  }, lookIntervalMs).unref();
  return { report: () => latest, stop: () => clearInterval(timer) };
}

import type { Place } from '@callbus/testing/isolate';
import {
  busEnvironment,
  startService,
  type Environment,
  type ServiceProcess,
} from '@callbus/testing/processes/service-process';

export interface BusProcesses {
  readonly ingest: ServiceProcess;
  readonly subscription: ServiceProcess;
  readonly delivery: ServiceProcess;
  readonly env: Environment;
  /** Starts one more delivery worker, and resolves when the log shows that it takes work, or `sign`. */
  addWorker(sign?: string): Promise<ServiceProcess>;
  /** @returns the exit codes: ingest, the workers, subscription */
  stop(): Promise<(number | null)[]>;
}

/** The three services as processes of their own, on the servers of a place. */
export async function startBus(place: Omit<Place, 'cleanUp'>, more: Environment = {}): Promise<BusProcesses> {
  const shared = { PORT: '0', ...busEnvironment(place), ...more };
  const [ingest, subscription] = await Promise.all([
    startService({ name: 'ingest', env: shared }),
    startService({ name: 'subscription', env: shared }),
  ]);
  const env = { ...shared, SUBSCRIPTION_URL: subscription.url };
  const delivery = await startService({ name: 'delivery', env });
  const workers = [delivery];
  return {
    ingest,
    subscription,
    delivery,
    env,
    async addWorker(sign) {
      const worker = await startService({ name: 'delivery', env, ...(sign !== undefined && { sign }) });
      workers.push(worker);
      return worker;
    },
    stop: () => Promise.all([ingest, ...workers, subscription].map((service) => service.stop())),
  };
}

import type { Place } from '@callbus/testing/isolate';
import { openTogether } from '@callbus/testing/open-together';
import type { Environment } from '@callbus/testing/processes/program';
import { busEnvironment, startService, type ServiceProcess } from '@callbus/testing/processes/service-process';

export interface BusProcesses {
  readonly ingest: ServiceProcess;
  readonly subscription: ServiceProcess;
  readonly delivery: ServiceProcess;
  readonly env: Environment;
  /** Starts one more worker. Resolves when its log shows `sign`; by default, that it takes work. */
  addWorker(sign?: string): Promise<ServiceProcess>;
  /** @returns the exit codes of ingest, the workers and subscription */
  stop(): Promise<(number | null)[]>;
}

const kill = (service: ServiceProcess) => service.kill();

/**
 * Starts the three services as processes of their own, on the servers of a place.
 *
 * @param sign the log message that ends the wait for each process; by default the message that it is up
 * @throws when one of them does not start; then none is left
 */
export function startBus(place: Omit<Place, 'cleanUp'>, more: Environment = {}, sign?: string): Promise<BusProcesses> {
  return openTogether(async (opening) => {
    const shared = { PORT: '0', ...busEnvironment(place), ...more };
    const until = sign === undefined ? {} : { sign };
    const [ingest, subscription] = await Promise.all([
      opening(startService({ name: 'ingest', env: shared, ...until }), kill),
      opening(startService({ name: 'subscription', env: shared, ...until }), kill),
    ]);
    const env = { ...shared, SUBSCRIPTION_URL: subscription.url };
    const delivery = await startService({ name: 'delivery', env, ...until });
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
  });
}

import { openTogether, type Opening } from '@callbus/testing/open-together';
import { waitFor } from '@callbus/testing/wait-for';
import { createBusClient } from '../../support/bus-client.js';
import { startBus } from '../../support/bus-processes.js';
import { openLedger, type Count } from './ledger.js';
import { startLoad, type Load, type LoadOptions } from './load.js';
import { startServers, type DrillPlace } from './servers.js';

export type Stage = Awaited<ReturnType<typeof openStage>>;

export interface StageOptions {
  /** Subscriptions to every event, each with a path of the ledger. */
  readonly subscriptions: number;
  /** Default: one. */
  readonly workers?: number;
  readonly env?: Readonly<Record<string, string>>;
}

const settleTimeoutMs = 90_000;
/** Queues that are not empty at the end. `refusal` is full, because it refuses. */
const keepsItsMessages = new Set(['undelivered', 'refusal']);

/** The servers of a stage. */
export interface StageServers {
  readonly place: DrillPlace;
  readonly rabbitmq: { ctl(...args: string[]): Promise<string> };
  remove(): Promise<unknown>;
}

/**
 * Opens what a drill needs: private servers, the services on them, subscriptions, and a receiver that keeps the ledger.
 *
 * @throws when one of them does not open; then no process of the stage is left
 */
export const openStage = (options: StageOptions) => openStageOn(startServers(), options);

/** The same on other servers, which the stage removes. */
export function openStageOn<Servers extends StageServers>(starting: Promise<Servers>, options: StageOptions) {
  return openTogether((opening) => openOn(starting, options, opening));
}

async function openOn<Servers extends StageServers>(
  starting: Promise<Servers>,
  { subscriptions, workers = 1, env = {} }: StageOptions,
  opening: Opening,
) {
  const servers = await opening(starting, (each) => each.remove());
  const bus = await opening(startBus(servers.place, { LOG_LEVEL: 'info', ...env }), (each) => each.stop());
  for (let worker = 1; worker < workers; worker += 1) await bus.addWorker();
  const ledger = await opening(openLedger(), (each) => each.close());
  const client = createBusClient({ ingest: bus.ingest.url, subscription: bus.subscription.url });

  const paths = Array.from({ length: subscriptions }, (_, index) => `/${index}`);
  const subscribe = (path: string, more: Readonly<Record<string, unknown>> = {}) =>
    client.subscribe({
      subscription_name: path,
      callback_url: `${ledger.url}${path}`,
      subscription_form: '#',
      payload_format: 'cloudevents-binary',
      ...more,
    });
  const loads: Load[] = [];
  const ids: number[] = [];
  for (const path of paths) ids.push(await subscribe(path));

  /** @param column `messages_ready` leaves out those that a worker holds */
  async function queued(column: 'messages' | 'messages_ready' = 'messages'): Promise<Map<string, number>> {
    const table = await servers.rabbitmq.ctl('list_queues', '-q', '--no-table-headers', 'name', column);
    return new Map(
      table
        .trim()
        .split('\n')
        .map((line) => line.split('\t'))
        .map(([name = '', messages]) => [name.replace(servers.place.brokerPrefix, ''), Number(messages)]),
    );
  }

  return {
    servers,
    bus,
    ledger,
    client,
    paths,
    subscribe,
    /** The ids of the subscriptions, in the order of the paths. */
    ids,
    /** Messages by queue, unacked ones included. */
    queued,
    load(options: Omit<LoadOptions, 'ingestUrl'>): Load {
      const load = startLoad({ ...options, ingestUrl: bus.ingest.url });
      loads.push(load);
      return load;
    },

    /** Waits until every accepted event is delivered and the queues are empty. @returns the count even if that fails */
    async settle(load: Pick<Load, 'accepted' | 'done'>): Promise<Count> {
      await load.done;
      const settled = async () => {
        if (!ledger.has(paths, load.accepted)) return false;
        const left = await queued();
        return [...left].every(([name, messages]) => messages === 0 || keepsItsMessages.has(name));
      };
      await waitFor(settled, { what: 'every event', timeoutMs: settleTimeoutMs }).catch((error: unknown) => {
        process.stderr.write(`${String(error)}\n`);
      });
      return ledger.count(paths, load.accepted);
    },

    /** Breaks all connections to RabbitMQ. Resolves when the worker has its three connections again. */
    async cutConnections(): Promise<void> {
      const opened = () => bus.delivery.log.filter(({ msg }) => msg === 'connected to rabbitmq').length;
      const before = opened();
      await servers.rabbitmq.ctl('close_all_connections', 'drill');
      await waitFor(() => opened() >= before + 3, { what: 'the connections of the worker', timeoutMs: 30_000 });
    },

    /** @returns the exit codes of ingest, the workers and subscription */
    async close(): Promise<(number | null)[]> {
      try {
        // A load that a failed drill left would never end.
        await Promise.all(loads.map((load) => load.abort()));
        return await bus.stop();
      } finally {
        await ledger.close();
        await servers.remove();
      }
    },
  };
}

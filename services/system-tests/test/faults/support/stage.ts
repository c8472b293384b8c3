import { waitFor } from '@callbus/testing/wait-for';
import { createBusClient } from '../../support/bus-client.js';
import { startBus } from '../../support/bus-processes.js';
import { openLedger, type Count } from './ledger.js';
import { startLoad, type Load, type LoadOptions } from './load.js';
import { startServers, type DrillPlace } from './servers.js';

export type Stage = Awaited<ReturnType<typeof openStage>>;

export interface StageOptions {
  /** Subscriptions to every event, each with a path of the ledger's. */
  readonly subscriptions: number;
  /** Delivery workers, one unless told. */
  readonly workers?: number;
  readonly env?: Readonly<Record<string, string>>;
}

const settleTimeoutMs = 90_000;
/** Queues that are not empty in the end: the refusal is full, so that it refuses. */
const keepsItsMessages = new Set(['undelivered', 'refusal']);

/** What the stage itself needs of its servers. */
export interface StageServers {
  readonly place: DrillPlace;
  readonly rabbitmq: { ctl(...args: string[]): Promise<string> };
  remove(): Promise<unknown>;
}

/** Everything a drill needs: servers of its own, the services on them, subscriptions, and a receiver that keeps the ledger. */
export const openStage = async (options: StageOptions) => openStageOn(await startServers(), options);

/** The same on servers of another kind. */
export async function openStageOn<Servers extends StageServers>(
  servers: Servers,
  { subscriptions, workers = 1, env = {} }: StageOptions,
) {
  const bus = await startBus(servers.place, { LOG_LEVEL: 'info', ...env });
  for (let worker = 1; worker < workers; worker += 1) await bus.addWorker();
  const ledger = await openLedger();
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

  /** @param column `messages_ready` are those that no worker has in hand */
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
    /** Of the subscriptions, in the order of the paths. */
    ids,
    /** Messages by queue, those with a consumer too. */
    queued,
    load(options: Omit<LoadOptions, 'ingestUrl'>): Load {
      const load = startLoad({ ...options, ingestUrl: bus.ingest.url });
      loads.push(load);
      return load;
    },

    /** Waits until every accepted event is delivered and the queues are empty, and counts whatever came of that. */
    async settle(load: Load): Promise<Count> {
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

    /** @returns the exit codes of the services: ingest, the workers, subscription */
    async close(): Promise<(number | null)[]> {
      // One that a failed drill left behind would never end.
      await Promise.all(loads.map((load) => load.abort()));
      const codes = await bus.stop();
      await ledger.close();
      await servers.remove();
      return codes;
    },
  };
}

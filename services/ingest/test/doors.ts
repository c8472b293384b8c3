import { createMemoryBroker } from '@callbus/broker/memory';
import type { Broker, ReceivedMessage } from '@callbus/broker/broker';
import { createAuthenticate } from '@callbus/runtime/auth/auth';
import { createApp } from '@callbus/runtime/http/app';
import { listen } from '@callbus/runtime/http/http-service';
import { createLogger } from '@callbus/runtime/observability/logger';
import type { ObserveRequest } from '@callbus/runtime/http/request-route';
import axios, { type AxiosInstance } from 'axios';
import { createMemoryDeduplicate } from '../src/deduplication/deduplicate.js';
import { createIngest, type IngestOptions } from '../src/service.js';

export const silent = createLogger({ service: 'ingest', level: 'silent' });

export interface Doors {
  /** Resolves for any status. */
  readonly http: AxiosInstance;
  readonly url: string;
  readonly broker: Broker;
  close(): Promise<void>;
}

/** Opens the application. By default the broker is in memory and every caller is trusted. */
export async function openDoors(changes: Partial<IngestOptions> = {}, observeRequest?: ObserveRequest): Promise<Doors> {
  const broker = changes.broker ?? createMemoryBroker({ logger: silent });
  const ingest = createIngest({
    broker,
    deduplicate: createMemoryDeduplicate({ windowS: 600, now: Date.now }),
    authenticate: await createAuthenticate({ AUTH: 'none' }),
    limits: { eventsPerRequest: 100, eventBytes: 262_144, nameWords: 256 },
    logger: silent,
    ...changes,
  });
  const app = createApp({
    doors: ingest.doors,
    routers: [ingest.router],
    readiness: ingest.readiness,
    logger: changes.logger ?? silent,
    ...(observeRequest && { observeRequest }),
  });
  const service = await listen(app, { host: '127.0.0.1', port: 0 });
  return {
    http: axios.create({ baseURL: service.url, validateStatus: null, transformRequest: [(body: unknown) => body] }),
    url: service.url,
    broker,
    async close() {
      await service.close();
      await ingest.close();
      await broker.close();
    },
  };
}

/** Consumes the events of the broker as a worker would. */
export async function collectEvents(broker: Broker): Promise<ReceivedMessage[]> {
  const received: ReceivedMessage[] = [];
  await broker.consume('events', {
    prefetch: 1_000,
    handle: (message) => {
      received.push(message);
      return Promise.resolve({ kind: 'done' });
    },
  });
  return received;
}

export const etcSample = {
  event_source: 'a',
  event_topic: 'gs',
  event_type: 'cert',
  event_status: '1',
  changes: ['4028', '4029'],
};

export const json = { 'content-type': 'application/json' };

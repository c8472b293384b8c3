import { within } from '@callbus/concurrency/within';
import { Router } from 'express';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { BytesInHand } from '../http/bytes-in-hand.js';
import type { ObserveRequest } from '../http/request-route.js';
import { createWatchRedisMemory, type WatchRedisMemory } from './redis-metrics.js';

export interface Metrics {
  readonly registry: Registry;
  /** `GET /metrics`, without authentication: a gateway must not route it. */
  readonly router: Router;
  readonly observeRequest: ObserveRequest;
  readonly watchBytesInHand: (inHand: BytesInHand) => void;
  /**
   * Adds a check of a server, which is up when all its checks return true.
   *
   * @param isUp called at every scrape; if it throws, the server counts as down
   */
  readonly watchDependency: (
    name: 'rabbitmq' | 'postgres' | 'redis' | 'traces-redis',
    isUp: () => boolean | Promise<boolean>,
  ) => void;
  readonly watchRedisMemory: WatchRedisMemory;
}

/** A server that does not answer within this time counts as down, so that it does not delay the scrape. */
const dependencyTimeoutMs = 1_000;

/** The metrics of every service: process, requests and dependencies. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'callbus_' });
  return {
    registry,
    router: createMetricsRouter(registry),
    observeRequest: createObserveRequest(registry),
    watchBytesInHand: createWatchBytesInHand(registry),
    watchDependency: createWatchDependency(registry),
    watchRedisMemory: createWatchRedisMemory(registry),
  };
}

function createMetricsRouter(registry: Registry): Router {
  const router = Router();
  router.get('/metrics', async (_request, response) => {
    const text = await registry.metrics();
    response.setHeader('Content-Type', registry.contentType);
    response.end(text);
  });
  return router;
}

function createObserveRequest(registry: Registry): ObserveRequest {
  const durations = new Histogram({
    name: 'callbus_http_request_duration_seconds',
    help: 'Time from a request to the end of its answer, by route template. Status 499: the client disconnected before.',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [registry],
  });
  const series = new Map<string, { observe(value: number): void }>();
  return ({ method, route, status, durationMs }) => {
    const key = `${method} ${status} ${route}`;
    let known = series.get(key);
    if (known === undefined) series.set(key, (known = durations.labels(method, route, String(status))));
    known.observe(durationMs / 1_000);
  };
}

function createWatchBytesInHand(registry: Registry): Metrics['watchBytesInHand'] {
  return (inHand) => {
    const bytes: Gauge = new Gauge({
      name: 'callbus_request_bytes_in_hand',
      help: 'Bytes of bodies that are read, processed or not yet confirmed, and of answers that clients have not read.',
      registers: [registry],
      collect() {
        bytes.set(inHand.bytes());
      },
    });
    new Gauge({
      name: 'callbus_request_bytes_in_hand_limit',
      help: 'The most bytes in hand. At the limit, requests of the slowest clients are cut, then new requests are answered 503.',
      registers: [registry],
    }).set(inHand.limit);
    const cut: Counter = new Counter({
      name: 'callbus_requests_cut_total',
      help: 'Requests that were cut or refused at the limit of bytes in hand.',
      registers: [registry],
      collect() {
        cut.reset();
        cut.inc(inHand.cuts());
      },
    });
  };
}

function createWatchDependency(registry: Registry): Metrics['watchDependency'] {
  const dependencies = new Map<string, (() => boolean | Promise<boolean>)[]>();
  const gauge = new Gauge({
    name: 'callbus_dependency_up',
    help: '1 while the server answers this process, otherwise 0.',
    labelNames: ['dependency'],
    registers: [registry],
    async collect() {
      await Promise.all(
        Array.from(dependencies, async ([dependency, checks]) => {
          const areUp = await Promise.all(checks.map(answers));
          gauge.set({ dependency }, areUp.every(Boolean) ? 1 : 0);
        }),
      );
    },
  });
  return (name, isUp) => void dependencies.set(name, [...(dependencies.get(name) ?? []), isUp]);
}

async function answers(isUp: () => boolean | Promise<boolean>): Promise<boolean> {
  try {
    return await within(dependencyTimeoutMs, Promise.resolve(isUp()));
  } catch {
    return false;
  }
}

import { within } from '@callbus/concurrency/within';
import { Router } from 'express';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { BytesInHand } from '../http/bytes-in-hand.js';
import type { ObserveRequest } from '../http/request-route.js';

export interface Metrics {
  readonly registry: Registry;
  /** `GET /metrics`, open to everyone who reaches the port: a gateway must not route it. */
  readonly router: Router;
  readonly observeRequest: ObserveRequest;
  readonly watchBytesInHand: (inHand: BytesInHand) => void;
  /**
   * A server that is watched several times is up when all checks say so.
   *
   * @param isUp called at every scrape; a check that throws means that the server is down
   */
  readonly watchDependency: (name: 'rabbitmq' | 'postgres' | 'redis', isUp: () => boolean | Promise<boolean>) => void;
}

/** A server that does not answer within this time counts as down, and must not delay the scrape. */
const dependencyTimeoutMs = 1_000;

/** The metrics of every service: its process, its requests, its dependencies. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'callbus_' });
  return {
    registry,
    router: createMetricsRouter(registry),
    observeRequest: createObserveRequest(registry),
    watchBytesInHand: createWatchBytesInHand(registry),
    watchDependency: createWatchDependency(registry),
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
    help: 'Requests by route template, until the answer is sent. Status 499: the client had gone before.',
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
      help: 'Bytes of bodies that are read, worked on or not confirmed, and of answers that are not read.',
      registers: [registry],
      collect() {
        bytes.set(inHand.bytes());
      },
    });
    new Gauge({
      name: 'callbus_request_bytes_in_hand_limit',
      help: 'How many there may be: beyond it the slowest senders are cut, and then newcomers are answered 503.',
      registers: [registry],
    }).set(inHand.limit);
    const cut: Counter = new Counter({
      name: 'callbus_requests_cut_total',
      help: 'Requests that were cut or refused for lack of room for their bytes.',
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
    help: '1 while the server answers this process, else 0.',
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

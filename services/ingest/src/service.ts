import { randomUUID } from 'node:crypto';
import type { Broker } from '@callbus/broker/broker';
import { createInFlight } from '@callbus/concurrency/in-flight';
import type { Authenticate } from '@callbus/runtime/auth/auth';
import { answerAtDoor, type Door, type Doors } from '@callbus/runtime/http/door';
import type { Logger } from '@callbus/runtime/observability/logger';
import { noteOf } from '@callbus/runtime/http/note-request';
import type { PublishRates } from '@callbus/runtime/redis/publish-rates';
import { createBodies, type OpenBody } from '@callbus/runtime/http/request-body';
import type { Tracing } from '@callbus/runtime/observability/tracing';
import { createNearest } from '@callbus/openapi/nearest';
import { Router } from 'express';
import type { Deduplicate } from './deduplication/deduplicate.js';
import { gatherEvents } from './publishing/gather.js';
import { Fault } from './errors.js';
import type { Limits } from './formats/incoming-event.js';
import { createPublish, createPublishOnce, type Publish } from './publishing/publish.js';
import { createQuotas, type QuotaOptions } from './quotas/quotas.js';
import { cloudEventsApi } from './routes/cloudevents.js';
import { createDoor, type DoorObserver, type PublishApi } from './routes/door.js';
import type { DoorRoute } from './routes/route.js';
import { routes, type DoorName } from './routes/routes.js';
import { etcApi } from './routes/etc.js';
import { eventBusApi, eventBusPaths, refuseEventBus } from './routes/event-bus.js';
import { reportPublishRates } from './quotas/report-publish-rates.js';
import { traceDoor, traceEvents } from './publishing/trace-publishing.js';

export interface IngestOptions {
  readonly broker: Broker;
  /** Undefined: repeats are published again. */
  readonly deduplicate: Deduplicate | undefined;
  readonly authenticate: Authenticate;
  readonly limits: Limits;
  /** The rate limits of accounts; none by default. */
  readonly quotas?: Omit<QuotaOptions, 'now'>;
  /** Receives how much each account publishes. */
  readonly publishRates?: Pick<PublishRates, 'add'>;
  /** Shared by all services of the process, which have one limit on memory together. By default ingest has a limit of its own. */
  readonly openBody?: OpenBody;
  readonly observer?: DoorObserver;
  readonly tracing?: Tracing | undefined;
  readonly logger: Logger;
  /** Answers every error of ETC with this HTTP status. */
  readonly etcErrorStatus?: number | undefined;
  readonly now?: () => number;
  readonly newId?: () => string;
}

export interface Ingest {
  /** The publish APIs by their exact paths. */
  readonly doors: Doors;
  /** The same APIs for Express, which also takes other spellings of a path, queries and other methods. */
  readonly router: Router;
  readonly readiness: () => { broker: boolean };
  /** Resolves when no publish is in progress, including those whose publishers have disconnected. */
  close(): Promise<void>;
}

const unlimited = {
  eventsPerSecond: Number.MAX_SAFE_INTEGER,
  bytesPerSecond: Number.MAX_SAFE_INTEGER,
  isFull: () => false,
};

/** Wires the three publish APIs. Opens no connections, and does not close the given ones. */
export function createIngest(options: IngestOptions): Ingest {
  const { deduplicate, etcErrorStatus: errorStatus, tracing } = options;
  const gathering = gatherEvents(options.broker);
  const broker = tracing ? traceEvents(gathering, tracing) : gathering;
  const { authenticate, limits, openBody = createBodies(), observer, logger } = options;
  const { now = Date.now, newId = randomUUID } = options;
  const { quotas: rates = unlimited, publishRates } = options;
  const quotas = createQuotas({ ...rates, now: () => performance.now() });
  const limit = { events: rates.eventsPerSecond, bytes: rates.bytesPerSecond };
  const reporting = publishRates && reportPublishRates({ quotas, publishRates, limit });

  const inFlight = createInFlight();
  const tracked =
    (publish: Publish): Publish =>
    (events) =>
      inFlight.during(() => publish(events));
  const publish = tracked(createPublish(broker));
  const publishOnce = deduplicate ? tracked(createPublishOnce({ broker, deduplicate })) : publish;

  const apis: Readonly<Record<DoorName, PublishApi>> = {
    // An event_key names a class of events: no ETC event repeats another.
    etc: etcApi({ publish, errorStatus }),
    eventBus: eventBusApi({ publish: publishOnce }),
    cloudEvents: cloudEventsApi({ publish: publishOnce, eventsPerSecond: rates.eventsPerSecond }),
  };
  const doors = new Map<string, Door>();
  const router = Router();
  for (const [key, { name, paths }] of Object.entries(routes) as [DoorName, DoorRoute][]) {
    const doorOptions = { name, authenticate, limits, quotas, openBody, logger, now, newId, observer };
    const untraced = createDoor(apis[key], doorOptions);
    const door = tracing ? traceDoor(untraced, tracing) : untraced;
    for (const path of Object.keys(paths)) {
      doors.set(path, door);
      router
        .route(path)
        .post((request, response) => door(request, response, noteOf(response)))
        .all((request, response) => untraced(request, response, noteOf(response)));
    }
  }

  const nearest = createNearest([...doors.keys()].map((path) => ({ method: 'post', path })));
  router.use(eventBusPaths, ({ method, baseUrl, path }, response) => {
    const note = noteOf(response);
    const route = nearest(method, baseUrl + path);
    const fault = new Fault('unknownRoute', route === undefined ? {} : { nearest: route });
    answerAtDoor(response, note, refuseEventBus(fault, note.requestId));
  });

  return {
    doors,
    router,
    // A blocked broker is blocked for every instance: publishers then get a 503 with Retry-After, not a service without instances.
    readiness: () => ({ broker: broker.state() !== 'away' }),
    close() {
      reporting?.stop();
      return inFlight.idle();
    },
  };
}

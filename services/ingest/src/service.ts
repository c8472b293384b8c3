import { randomUUID } from 'node:crypto';
import type { Broker } from '@callbus/broker/broker';
import type { Authenticate } from '@callbus/runtime/auth';
import type { Logger } from '@callbus/runtime/logger';
import { Router } from 'express';
import type { Deduplicate } from './deduplicate.js';
import type { Limits } from './incoming-event.js';
import { createPublish, createPublishOnce, type Publish } from './publish.js';
import { cloudEventsDialect } from './routes/cloudevents.js';
import { createDoor, type DoorObserver } from './routes/door.js';
import { etcDialect } from './routes/etc.js';
import { eventBusDialect } from './routes/event-bus.js';

export interface IngestOptions {
  readonly broker: Broker;
  /** Undefined: repeats are published again. */
  readonly deduplicate: Deduplicate | undefined;
  readonly authenticate: Authenticate;
  readonly limits: Limits;
  readonly observer?: DoorObserver;
  readonly logger: Logger;
  /** Answers every error of ETC with this HTTP status. */
  readonly etcErrorStatus?: number | undefined;
  readonly now?: () => number;
  readonly newId?: () => string;
}

export interface Ingest {
  readonly router: Router;
  readonly readiness: () => { broker: boolean };
  /** Resolves when no publish is under way, also none whose publisher has gone. */
  close(): Promise<void>;
}

/** The three publish APIs as one router. Connects to nothing and closes nothing that it was given. */
export function createIngest(options: IngestOptions): Ingest {
  const { broker, deduplicate, etcErrorStatus: errorStatus } = options;
  const { authenticate, limits, observer, logger, now = Date.now, newId = randomUUID } = options;

  const underWay = new Set<Promise<void>>();
  const tracked =
    (publish: Publish): Publish =>
    (events) => {
      const outcome = publish(events).finally(() => underWay.delete(outcome));
      underWay.add(outcome);
      return outcome;
    };
  const publish = tracked(createPublish(broker));
  const publishOnce = deduplicate ? tracked(createPublishOnce({ broker, deduplicate })) : publish;

  const dialects = [
    // An event_key names a class of events: no ETC event repeats another.
    etcDialect({ publish, errorStatus }),
    eventBusDialect({ publish: publishOnce }),
    cloudEventsDialect({ publish: publishOnce }),
  ];
  const router = Router();
  for (const dialect of dialects)
    router.use(createDoor(dialect, { authenticate, limits, logger, now, newId, observer }));

  return {
    router,
    // A blocked broker is blocked for every instance: a 503 with Retry-After tells publishers more than no instance.
    readiness: () => ({ broker: broker.state() !== 'away' }),
    async close() {
      await Promise.allSettled(underWay);
    },
  };
}

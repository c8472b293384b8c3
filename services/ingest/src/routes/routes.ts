import { cloudEventsRoute } from './cloudevents.js';
import { etcRoute } from './etc.js';
import { eventBusRoute } from './event-bus.js';
import type { DoorRoute } from './route.js';

/** All publish APIs. The doors and the description follow from this table. */
export const routes = { etc: etcRoute, eventBus: eventBusRoute, cloudEvents: cloudEventsRoute } satisfies Readonly<
  Record<string, DoorRoute>
>;

export type DoorName = keyof typeof routes;

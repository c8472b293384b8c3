import { eventNameOf } from '../load/event-bytes.js';
import type { Stage } from '../processes/stage.js';
import { subscribe } from '../processes/subscribe.js';
import { findServers } from '../processes/usage.js';
import { audiences, eventData, type Audience, type System } from './system.js';

/** The numbers of the event names, as for `eventNameOf`. */
const eventOf: Readonly<Record<Audience, number>> = { 'fan-out-1': 1, 'fan-out-10': 10, 'one-hangs': 11 };

const body = JSON.stringify({
  event_source: 'bench',
  event_topic: 'instances',
  event_type: 'state',
  event_status: '1',
  event_key: eventNameOf(0),
  changes: [eventData],
});

/** Starts Callbus with one worker and the subscriptions of all audiences. */
export async function openCallbus(stage: Stage): Promise<System> {
  const bus = await stage.startBus();
  const names = Object.keys(eventOf) as Audience[];
  for (const audience of names) {
    await subscribe(
      bus.subscription.url,
      audiences[audience].map((path) => ({
        name: `${audience} ${path}`,
        callbackUrl: stage.receiverUrl + path,
        event: eventOf[audience],
      })),
    );
  }
  await bus.addWorker();
  return {
    audiences: names,
    target: (audience) => ({
      url: `${bus.ingest.url}/api/publish`,
      names: { first: eventOf[audience], count: 1 },
      template: { headers: {}, body },
    }),
    processes: () => ({ ...bus.processes(), ...findServers() }),
  };
}

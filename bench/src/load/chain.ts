import { here, type Checkout } from '../processes/checkout.js';
import type { FullSpeed } from './full-speed.js';
import type { Stage } from '../processes/stage.js';
import { subscribe } from '../processes/subscribe.js';

type FanOut = 1 | 10;

const pathsOf = (fanOut: FanOut) => Array.from({ length: fanOut }, (_, index) => `/at-once/${index}`);

export type BusChain = Awaited<ReturnType<typeof openBusChain>>;
export type OpenedChain = Awaited<ReturnType<typeof openChain>>;

/** Opens a bus with one worker, from a publish to callbacks. */
export async function openBusChain(stage: Stage, checkout: Checkout = here) {
  const bus = await stage.startBus(checkout);
  for (const fanOut of [1, 10] as const) {
    await subscribe(
      bus.subscription.url,
      pathsOf(fanOut).map((path) => ({
        name: `fan-out ${fanOut} ${path}`,
        callbackUrl: stage.receiverUrl + path,
        event: fanOut,
      })),
    );
  }
  const worker = await bus.addWorker();
  return {
    bus,
    worker,
    /** @returns the options of a run */
    runOf: (fanOut: FanOut, events: number): FullSpeed => ({
      url: `${bus.ingest.url}/api/publish`,
      processes: stage.processesOf(bus),
      names: { first: fanOut, count: 1 },
      events,
      fanOut,
    }),
  };
}

/**
 * Opens two ways from a publish to callbacks: the bus with one worker, and the floor's two programs with one queue
 * between them.
 */
export async function openChain(stage: Stage) {
  const opened = await openBusChain(stage);
  await stage.floor.startWorker([]);

  return {
    opened,
    bus: opened.runOf,
    /** @param path of the floor's ingest: `/together` lets events share messages */
    async floor(fanOut: FanOut, events: number, path: '/' | '/together' = '/'): Promise<FullSpeed> {
      await stage.floor.aim(pathsOf(fanOut));
      return {
        url: stage.floor.url + path,
        processes: stage.processesOf('floor'),
        names: { first: fanOut, count: 1 },
        events,
        fanOut,
      };
    },
  };
}

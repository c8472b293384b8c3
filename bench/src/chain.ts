import type { FullSpeed } from './full-speed.js';
import type { Stage } from './stage.js';
import { subscribe } from './subscribe.js';

/** Two ways from a publish to callbacks: the bus with one worker, and the floor's two programs with one queue between them. */
export async function openChain(stage: Stage) {
  const bus = await stage.startBus();
  const pathsOf = (fanOut: number) => Array.from({ length: fanOut }, (_, index) => `/at-once/${index}`);
  for (const fanOut of [1, 10]) {
    await subscribe(
      bus.subscription.url,
      pathsOf(fanOut).map((path) => ({
        name: `fan-out ${fanOut} ${path}`,
        callbackUrl: stage.receiverUrl + path,
        event: fanOut,
      })),
    );
  }
  await bus.addWorker();
  await stage.floor.startWorker([]);

  return {
    bus: (fanOut: 1 | 10, events: number): FullSpeed => ({
      url: `${bus.ingest.url}/api/publish`,
      processes: stage.processesOf(bus),
      names: { first: fanOut, count: 1 },
      events,
      fanOut,
    }),
    async floor(fanOut: 1 | 10, events: number): Promise<FullSpeed> {
      await stage.floor.aim(pathsOf(fanOut));
      return {
        url: stage.floor.url,
        processes: stage.processesOf('floor'),
        names: { first: fanOut, count: 1 },
        events,
        fanOut,
      };
    },
  };
}

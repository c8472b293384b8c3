import { medianOf, type Case, type CaseOptions } from '../case.js';
import { alternate, type Run } from '../runs.js';
import type { Stage } from '../stage.js';
import { startUsage, type Processes } from '../usage.js';

const seconds = 4;
const names = { first: 0, count: 1 };

interface Publishing {
  readonly url: string;
  readonly queue: string;
  readonly processes: Processes;
  readonly listLength: number;
  readonly connections: number;
}

export const publish: Case = {
  name: 'publish',
  what: '`/api/publish`, one event a request, 64 keep-alive connections; the floor answers after the same confirm.',
  run: (stage, options) =>
    against(stage, options, { path: '/api/publish', floorPath: '/', listLength: 1, connections: 64, atLeast: 0.6 }),
};

export const publishList: Case = {
  name: 'publish-list',
  what: '`/v1/event-bus/event/recv`, 100 events a request, 16 connections; the floor publishes the 100 with a confirm each.',
  run: (stage, options) =>
    against(stage, options, {
      path: '/v1/event-bus/event/recv',
      floorPath: '/list',
      listLength: 100,
      connections: 16,
      atLeast: 0.7,
    }),
};

async function against(
  stage: Stage,
  options: CaseOptions,
  door: { path: string; floorPath: string; listLength: number; connections: number; atLeast: number },
) {
  const bus = await stage.startBus();
  const { listLength, connections } = door;
  const play = (publishing: Pick<Publishing, 'url' | 'queue' | 'processes'>) => (share: number) =>
    publishAndCount(stage, share, { ...publishing, listLength, connections });
  const variants = await alternate(
    {
      bus: play({
        url: bus.ingest.url + door.path,
        queue: `${bus.prefix}events`,
        processes: stage.processesOf(bus),
      }),
      floor: play({
        url: stage.floor.url + door.floorPath,
        queue: stage.floor.queue,
        processes: stage.processesOf('floor'),
      }),
    },
    options,
  );
  const ratio = medianOf(variants, 'bus', 'events/s') / medianOf(variants, 'floor', 'events/s');
  return {
    variants,
    figures: [
      { name: `${door.listLength > 1 ? 'publish-list' : 'publish'} / floor`, value: ratio, atLeast: door.atLeast },
    ],
  };
}

/** Publishes for a while, then counts what rests in the queue. */
async function publishAndCount(stage: Stage, share: number, publishing: Publishing): Promise<Run> {
  const { url, queue, processes, listLength, connections } = publishing;
  const until = { seconds: seconds * share };
  const used = startUsage(processes);
  const { accepted, failed, seconds: took } = await stage.publish({ url, listLength, connections, until, names });
  const usage = used();
  const { distinct, repeated } = await stage.queue.ask('drain', { amqpUrl: stage.amqpUrl, queue });
  return {
    values: { 'events/s': accepted / took },
    events: accepted,
    usage,
    // Those that were not answered with success may be there or not.
    lost: Math.max(0, accepted - distinct),
    repeated,
    failed,
  };
}

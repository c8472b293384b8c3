import type { Bus } from '../processes/bus.js';
import { medianOf, type Case, type CaseOptions } from '../case.js';
import { alternate, type Play, type Run } from '../runs.js';
import type { Stage } from '../processes/stage.js';
import { startUsage, type Processes } from '../processes/usage.js';

const seconds = 4;
const secondsBeside = 1.8;
const names = { first: 0, count: 1 };

interface Door {
  readonly path: string;
  readonly floorPath: string;
  readonly listLength: number;
  readonly connections: number;
  /** The least share of the floor's throughput. */
  readonly atLeast: number;
}

interface Publishing extends Pick<Door, 'listLength' | 'connections'> {
  readonly url: string;
  readonly queue: string;
  readonly processes: Processes;
  readonly seconds: number;
}

const one: Door = { path: '/api/publish', floorPath: '/', listLength: 1, connections: 64, atLeast: 0.6 };
const list: Door = {
  path: '/v1/event-bus/event/recv',
  floorPath: '/list',
  listLength: 100,
  connections: 16,
  atLeast: 0.7,
};

export const publish: Case = {
  name: 'publish',
  what: '`/api/publish`, one event per request, 64 keep-alive connections; the floor answers after the same confirm.',
  run: (stage, options) => against(stage, options, one),
  openBeside: async (stage, { checkout }) => ({
    'one event': publishTo(stage, await stage.startBus(checkout), { ...one, seconds: secondsBeside }),
  }),
};

export const publishList: Case = {
  name: 'publish-list',
  what: '`/v1/event-bus/event/recv`, 100 events per request, 16 connections; the floor publishes each event with a confirm of its own.',
  run: (stage, options) => against(stage, options, list),
  openBeside: async (stage, { checkout }) => ({
    '100 events': publishTo(stage, await stage.startBus(checkout), { ...list, seconds: secondsBeside }),
  }),
};

async function against(stage: Stage, options: CaseOptions, door: Door) {
  const bus = await stage.startBus();
  const variants = await alternate(
    {
      bus: publishTo(stage, bus, { ...door, seconds }),
      floor: (share) =>
        publishAndCount(stage, share, {
          ...door,
          url: stage.floor.url + door.floorPath,
          queue: stage.floor.queue,
          processes: stage.processesOf('floor'),
          seconds,
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

function publishTo(stage: Stage, bus: Bus, door: Door & { seconds: number }): Play {
  const url = bus.ingest.url + door.path;
  const queue = `${bus.prefix}events`;
  return (share) => publishAndCount(stage, share, { ...door, url, queue, processes: stage.processesOf(bus) });
}

/** Publishes for a while, then counts the events in the queue. */
async function publishAndCount(stage: Stage, share: number, publishing: Publishing): Promise<Run> {
  const { url, queue, processes, listLength, connections, seconds } = publishing;
  const until = { seconds: seconds * share };
  const used = startUsage(processes);
  const { accepted, failed, seconds: took } = await stage.publish({ url, listLength, connections, until, names });
  const usage = used();
  const { distinct, repeated } = await stage.queue.ask('drain', { amqpUrl: stage.amqpUrl, queue, expected: accepted });
  return {
    values: { 'events/s': accepted / took },
    events: accepted,
    usage,
    // The queue may also hold events that were not accepted.
    lost: Math.max(0, accepted - distinct),
    repeated,
    failed,
  };
}

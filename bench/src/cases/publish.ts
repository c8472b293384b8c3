import type { Bus } from '../processes/bus.js';
import { medianRatioOf, type Case } from '../case.js';
import type { Names } from '../load/event-bytes.js';
import { alternate, type Play, type Run } from '../runs.js';
import type { Stage } from '../processes/stage.js';
import { startUsage, type Processes } from '../processes/usage.js';

const seconds = 4;
const secondsBeside = 1.8;
const oneKind: Names = { first: 0, count: 1 };
const mixedKinds: Names = { first: 0, count: 1_000, mixed: { types: 50, accounts: 20 } };

interface Door {
  readonly path: string;
  readonly floorPath: string;
  readonly listLength: number;
  readonly connections: number;
}

interface Publishing extends Pick<Door, 'listLength' | 'connections'> {
  readonly url: string;
  readonly names?: Names;
  readonly queue: string;
  readonly processes: Processes;
  readonly seconds: number;
}

const one: Door = { path: '/api/publish', floorPath: '/', listLength: 1, connections: 64 };
const list: Door = {
  path: '/v1/event-bus/event/recv',
  floorPath: '/list',
  listLength: 100,
  connections: 16,
};

export const publish: Case = {
  name: 'publish',
  what:
    '`/api/publish`, one event per request, 64 keep-alive connections, of one kind and of 1,000 names, 50 types and 20 accounts mixed; the ' +
    'floor answers after the same confirm. The batching floor lets up to 64 events share a message.',
  async run(stage, options) {
    const bus = await stage.startBus();
    const variants = await alternate(
      {
        bus: publishTo(stage, bus, { ...one, seconds }),
        'bus, mixed': publishTo(stage, bus, { ...one, seconds, names: mixedKinds }),
        floor: publishToFloor(stage, one),
        'batching floor': publishToFloor(stage, { ...one, floorPath: '/together' }),
      },
      options,
    );
    const ratioOf = (name: string) => medianRatioOf(variants, [name, 'floor'], 'events/s');
    return {
      variants,
      figures: [
        { name: 'publish / floor', value: ratioOf('bus'), atLeast: 1.25 },
        { name: 'publish, mixed / floor', value: ratioOf('bus, mixed'), atLeast: 1.1 },
      ],
    };
  },
  async openBeside(stage, { checkout }) {
    const bus = await stage.startBus(checkout);
    return {
      'one event': publishTo(stage, bus, { ...one, seconds: secondsBeside }),
      'one event, mixed kinds': publishTo(stage, bus, { ...one, seconds: secondsBeside, names: mixedKinds }),
    };
  },
};

export const publishList: Case = {
  name: 'publish-list',
  what: '`/v1/event-bus/event/recv`, 100 events per request, 16 connections; the floor publishes each event with a confirm of its own.',
  async run(stage, options) {
    const bus = await stage.startBus();
    const variants = await alternate(
      { bus: publishTo(stage, bus, { ...list, seconds }), floor: publishToFloor(stage, list) },
      options,
    );
    const ratio = medianRatioOf(variants, ['bus', 'floor'], 'events/s');
    return { variants, figures: [{ name: 'publish-list / floor', value: ratio, atLeast: 1.3 }] };
  },
  openBeside: async (stage, { checkout }) => ({
    '100 events': publishTo(stage, await stage.startBus(checkout), { ...list, seconds: secondsBeside }),
  }),
};

function publishTo(stage: Stage, bus: Bus, door: Door & { seconds: number; names?: Names }): Play {
  const url = bus.ingest.url + door.path;
  const queue = `${bus.prefix}events`;
  return (share) => publishAndCount(stage, share, { ...door, url, queue, processes: stage.processesOf(bus) });
}

function publishToFloor(stage: Stage, door: Door): Play {
  const url = stage.floor.url + door.floorPath;
  const { queue } = stage.floor;
  return (share) =>
    publishAndCount(stage, share, { ...door, url, queue, processes: stage.processesOf('floor'), seconds });
}

/** Publishes for a while, then counts the events in the queue. */
async function publishAndCount(stage: Stage, share: number, publishing: Publishing): Promise<Run> {
  const { url, queue, processes, listLength, connections, seconds, names = oneKind } = publishing;
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

import type { Redis } from 'ioredis';
import { stepsKeptS, stepsPerEvent, type EventStep, type Trace } from '../statistics.js';
import { bucketOf, decodeStory, storyIdOf } from './story.js';

/** Bounds what Redis returns at once. */
const entriesPerPage = 200;

/** Reads, from every segment, the bucket that has the event's story. */
export async function readTrace(
  redis: Redis,
  prefix: string,
  event: Pick<EventStep, 'account' | 'eventId'>,
): Promise<Trace> {
  const storyId = storyIdOf(event);
  const state = await redis.hgetall(`${prefix}traces`);
  const [first, last] = [Number(state['first'] ?? 0), Number(state['last'] ?? -1)];

  async function stepsIn(segment: number): Promise<EventStep[]> {
    const key = `${prefix}traces:${segment}:${bucketOf(storyId)}`;
    let steps: EventStep[] = [];
    let page: Buffer[];
    let read = 0;
    do {
      page = await redis.lrangeBuffer(key, read, read + entriesPerPage - 1);
      read += page.length;
      steps = [...steps, ...page.flatMap((entry) => decodeStory(entry, storyId, event))].slice(-stepsPerEvent);
    } while (page.length === entriesPerPage);
    return steps;
  }

  const segments = Array.from({ length: last - first + 1 }, (_, index) => first + index);
  const steps = (await Promise.all(segments.map(stepsIn))).flat();
  // Each worker writes its own steps in order, but steps of several workers interleave.
  steps.sort((one, other) => one.at - other.at);
  const now = Date.now();
  const since = Math.max(Number(state[`start:${first}`] ?? now), now - stepsKeptS * 1_000);
  return { steps: steps.slice(-stepsPerEvent), since };
}

import { hash } from 'node:crypto';
import type { EventStep } from '../statistics.js';
import { createByteReader, createByteWriter } from './bytes.js';
import { readSteps, writeSteps } from './event-step.js';

/**
 * Events are spread over this many lists of a segment. With more lists a trace is read faster and a batch is written more slowly, because
 * a batch writes one entry into each list that it has events for.
 */
export const buckets = 32;
/** The length of a story's identifier. It is infeasible to find an event with the same 96 bits of a digest as an event of another account. */
const idBytes = 12;

type EventName = Pick<EventStep, 'account' | 'eventId'>;

/** Identifies an event, whatever the length of its own id. Each character stands for a byte, because a buffer takes longer to create. */
export function storyIdOf({ account, eventId }: EventName): string {
  return idOf(eventKeyOf(account, eventId));
}

function idOf(eventKey: string): string {
  return hash('sha256', eventKey, 'binary').slice(0, idBytes);
}

export function bucketOf(storyId: string): number {
  return storyId.charCodeAt(0) % buckets;
}

/** A string that is unique for this pair of account and id. */
export function eventKeyOf(account: string, eventId: string): string {
  return `${account.length} ${account} ${eventId}`;
}

/**
 * @param steps of many events
 * @returns an entry for each bucket that has any of the events. An entry is a sequence of stories. A story: the identifier of its event, the number of
 * bytes of its steps, and its steps.
 */
export function encodeStories(steps: readonly EventStep[]): Map<number, Buffer> {
  const entries = createByteWriter();
  const ends = new Map<number, number>();
  for (const [bucket, stories] of byBucket(byEvent(steps))) {
    for (const [id, story] of stories) {
      entries.latin1(id);
      entries.sized(() => writeSteps(entries, story));
    }
    ends.set(bucket, entries.length());
  }
  let start = 0;
  return new Map(Array.from(ends, ([bucket, end]) => [bucket, entries.written().subarray(start, (start = end))]));
}

/** @returns the steps of one event in an entry */
export function decodeStory(entry: Buffer, storyId: string, event: EventName): EventStep[] {
  const reader = createByteReader(entry);
  const steps: EventStep[] = [];
  try {
    while (!reader.isAtEnd()) {
      const id = reader.bytes(idBytes).toString('latin1');
      const body = reader.bytes(reader.whole());
      if (id === storyId) steps.push(...readSteps(createByteReader(body), event));
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  return steps;
}

function byBucket(stories: ReadonlyMap<string, EventStep[]>): Map<number, [id: string, steps: EventStep[]][]> {
  const all = new Map<number, [string, EventStep[]][]>();
  for (const [key, steps] of stories) {
    const id = idOf(key);
    const bucket = bucketOf(id);
    const others = all.get(bucket);
    if (others === undefined) all.set(bucket, [[id, steps]]);
    else others.push([id, steps]);
  }
  return all;
}

function byEvent(steps: readonly EventStep[]): Map<string, EventStep[]> {
  const stories = new Map<string, EventStep[]>();
  for (const step of steps) {
    const key = eventKeyOf(step.account, step.eventId);
    const story = stories.get(key);
    if (story === undefined) stories.set(key, [step]);
    else story.push(step);
  }
  return stories;
}

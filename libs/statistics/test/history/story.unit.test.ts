import { describe, expect, it } from '@jest/globals';
import { bucketOf, decodeStory, encodeStories, storyIdOf } from '../../src/history/story.js';
import type { EventStep } from '../../src/statistics.js';
import { storyOf } from '../contract.js';

const events = Array.from({ length: 500 }, (_, n) => ({ account: `${n % 3}`, eventId: `e${n}` }));

/** One step of every event, then the next one of every event. */
function interleaved(stories: readonly (readonly EventStep[])[]): EventStep[] {
  return stories[0]!.flatMap((_, place) => stories.map((story) => story[place]!));
}

describe('stories', () => {
  it('are found by account and id in the entry of their bucket', () => {
    const stories = events.map(({ account, eventId }) => storyOf(account, eventId));
    const entries = encodeStories(interleaved(stories));
    events.forEach((event, n) => {
      const id = storyIdOf(event);
      expect(decodeStory(entries.get(bucketOf(id))!, id, event)).toEqual(stories[n]);
    });
    const unknown = { account: '1', eventId: 'e0' };
    for (const entry of entries.values()) expect(decodeStory(entry, storyIdOf(unknown), unknown)).toEqual([]);
  });

  it('are found behind large ones', () => {
    const [event, other] = [events[0]!, events[1]!];
    for (const count of [30, 100, 10_000, 100_000]) {
      const subscriptions = Array.from({ length: count }, (_, n) => n);
      const large: EventStep = { ...event, kind: 'waiting', at: 1, subscriptions, until: 2, because: 'parked' };
      const entry = Buffer.concat(
        [large, ...storyOf(other.account, other.eventId)].flatMap((step) => [...encodeStories([step]).values()]),
      );
      expect(decodeStory(entry, storyIdOf(event), event)).toEqual([large]);
      expect(decodeStory(entry, storyIdOf(other), other)).toEqual(storyOf(other.account, other.eventId));
    }
  });

  it('that stand before a torn one are found', () => {
    const [event] = events;
    const id = storyIdOf(event!);
    const entry = encodeStories(storyOf(event!.account, event!.eventId)).get(bucketOf(id))!;
    expect(decodeStory(Buffer.concat([entry, entry.subarray(0, 20)]), id, event!)).toHaveLength(6);
    expect(decodeStory(entry.subarray(0, 5), id, event!)).toEqual([]);
  });

  it('of one delivery take less than 80 bytes', () => {
    const [at, status, name] = [1_764_193_301_234, 200, 'shop.orders.order.created'];
    const steps = events.flatMap((event): EventStep[] => [
      { ...event, kind: 'matched', at, receivedAt: at - 3, name, bus: '', subscriptions: [12_345] },
      {
        ...event,
        kind: 'attempt',
        at: at + 9,
        subscription: 12_345,
        attempt: 1,
        outcome: 'confirmed',
        status,
        durationMs: 8,
      },
    ]);
    const bytes = [...encodeStories(steps).values()].reduce((sum, { length }) => sum + length, 0);
    expect(bytes / events.length).toBeLessThan(80);
  });
});

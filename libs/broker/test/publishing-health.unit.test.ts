import { beforeEach, describe, expect, it } from '@jest/globals';
import {
  createChannelHealth,
  createPublishingHealth,
  type ChannelHealth,
  type Place,
  type PublishingHealth,
} from '../src/rabbitmq/publishing/publishing-health.js';

const confirmTimeoutMs = 5_000;
const alone = () => false;
let nowMs: number;
let health: PublishingHealth;
let channel: ChannelHealth;
let events: Place;
let retries: Place;
beforeEach(() => {
  nowMs = 0;
  health = createPublishingHealth(() => nowMs);
  channel = createChannelHealth({ health, now: () => nowMs, confirmTimeoutMs });
  events = channel.place(health.target('events'));
  retries = channel.place(health.target('retries'));
});

function take(place: Place): void {
  channel.taken(place, true);
  channel.noteTaken(nowMs);
}

describe('whether messages are taken', () => {
  it('is told after a second without a success, and forgotten when nothing is tried any more', () => {
    channel.nacked(events);
    nowMs = 999;
    expect(health.worst()).toBeUndefined();
    nowMs = 1_000;
    channel.unconfirmed(events, 0);
    expect(health.worst()).toEqual({ reason: 'no_confirm', queue: 'events' });
    nowMs = 31_001;
    expect(health.worst()).toBeUndefined();
  });

  it('is told of each queue by itself, the fault that has lasted longest first', () => {
    channel.nacked(retries);
    nowMs = 100;
    channel.returned(events);
    nowMs = 2_000;
    expect(health.worst()).toEqual({ reason: 'nacked', queue: 'retries' });
    take(retries);
    expect(health.worst()).toEqual({ reason: 'returned', queue: 'events' });
    take(events);
    expect(health.worst()).toBeUndefined();
  });

  it('does not count a confirm that came too late for its publisher', () => {
    channel.unconfirmed(events, 0);
    channel.taken(events, false);
    nowMs = 1_500;
    expect(health.worst()).toMatchObject({ reason: 'no_confirm' });
    expect(channel.isDoubtful()).toBe(false);
  });

  it('is one for all channels', () => {
    const other = createChannelHealth({ health, now: () => nowMs, confirmTimeoutMs });
    channel.nacked(events);
    nowMs = 1_000;
    other.taken(other.place(events.target), true);
    expect(health.worst()).toBeUndefined();
    expect(channel.isDoubtful()).toBe(true);
    expect(other.isDoubtful()).toBe(false);
  });

  it('calls a queue missing for as long as it refuses messages, and until it turns out to be there', () => {
    channel.nacked(events);
    nowMs = 1_000;
    channel.returned(events);
    channel.nacked(events);
    expect(health.worst()).toMatchObject({ reason: 'returned' });
    health.notMissing(events.target);
    expect(health.worst()).toMatchObject({ reason: 'nacked' });
  });
});

describe('a channel', () => {
  it('is hopeless that has taken nothing for a second, and the next ones after growing times', () => {
    channel.nacked(events);
    nowMs = 999;
    expect(channel.stuck(alone)).toBeUndefined();
    for (const patienceMs of [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]) {
      channel.opened();
      channel.nacked(events);
      nowMs += patienceMs - 1;
      expect(channel.stuck(alone)).toBeUndefined();
      nowMs += 1;
      expect(channel.stuck(alone)).toBe(events);
      events.target.givenUp += 1;
    }
    take(events);
    channel.opened();
    channel.nacked(events);
    nowMs += 1_000;
    expect(channel.stuck(alone)).toBe(events);
  });

  it('is hopeless for a queue that has never taken anything from it, whatever others take', () => {
    channel.nacked(events);
    nowMs = 1_500;
    take(retries);
    expect(channel.stuck(alone)).toBe(events);
  });

  it('is left alone for a queue that has taken messages from it, while others take them', () => {
    take(events);
    nowMs = 1_000;
    channel.nacked(events);
    nowMs = 1_001;
    take(retries);
    nowMs = 60_000;
    expect(channel.stuck(alone)).toBeUndefined();
    expect(channel.isDoubtful()).toBe(false);
  });

  it('is waited for for twice the time-out when no confirm comes, counted from the publish', () => {
    nowMs = 5_000;
    channel.unconfirmed(events, 0);
    nowMs = 9_999;
    expect(channel.stuck(alone)).toBeUndefined();
    nowMs = 10_000;
    expect(channel.stuck(alone)).toBe(events);
  });

  it('is given up at the time-out when the publisher has another that is known there', () => {
    nowMs = 5_000;
    channel.unconfirmed(events, 0);
    expect(channel.stuck((target) => target === retries.target)).toBeUndefined();
    expect(channel.stuck((target) => target === events.target)).toBe(events);
  });

  it('is left alone when only a queue is missing', () => {
    channel.nacked(events);
    channel.returned(events);
    nowMs = 60_000;
    expect(channel.stuck(alone)).toBeUndefined();
  });
});

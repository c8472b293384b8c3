import { beforeEach, describe, expect, it } from '@jest/globals';
import {
  createChannelHealth,
  createPublishingHealth,
  type ChannelHealth,
  type PublishingHealth,
  type Route,
} from '../src/rabbitmq/publishing/publishing-health.js';

const confirmTimeoutMs = 5_000;
const alone = () => false;
let nowMs: number;
let health: PublishingHealth;
let channel: ChannelHealth;
let events: Route;
let retries: Route;
beforeEach(() => {
  nowMs = 0;
  health = createPublishingHealth(() => nowMs);
  channel = createChannelHealth({ health, now: () => nowMs, confirmTimeoutMs });
  events = channel.tried(health.target('events'));
  retries = channel.tried(health.target('retries'));
});

function take(route: Route): void {
  channel.taken(route, true);
  channel.noteTaken(nowMs);
}

describe('the fault of publishing', () => {
  it('is reported after a second without a success, and forgotten when nothing is published any more', () => {
    channel.nacked(events);
    nowMs = 999;
    expect(health.worst()).toBeUndefined();
    nowMs = 1_000;
    channel.unconfirmed(events, 0);
    expect(health.worst()).toEqual({ reason: 'no_confirm', queue: 'events' });
    nowMs = 31_001;
    expect(health.worst()).toBeUndefined();
  });

  it('is the one that has lasted longest when several queues have a fault', () => {
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

  it('is not ended by a confirm after the time-out', () => {
    channel.unconfirmed(events, 0);
    channel.taken(events, false);
    nowMs = 1_500;
    expect(health.worst()).toMatchObject({ reason: 'no_confirm' });
    expect(channel.isDoubtful()).toBe(false);
  });

  it('is shared by all channels', () => {
    const other = createChannelHealth({ health, now: () => nowMs, confirmTimeoutMs });
    channel.nacked(events);
    nowMs = 1_000;
    other.taken(other.tried(events.target), true);
    expect(health.worst()).toBeUndefined();
    expect(channel.isDoubtful()).toBe(true);
    expect(other.isDoubtful()).toBe(false);
  });

  it('stays a missing queue while the queue refuses messages, until the queue is found', () => {
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
  it('is stuck after a second of refusals, and each following channel after a longer time', () => {
    channel.nacked(events);
    nowMs = 999;
    expect(channel.stuck(alone)).toBeUndefined();
    for (const dropMs of [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]) {
      channel.opened();
      channel.nacked(events);
      nowMs += dropMs - 1;
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

  it('is stuck when a queue has never taken a message from it, although other queues have', () => {
    channel.nacked(events);
    nowMs = 1_500;
    take(retries);
    expect(channel.stuck(alone)).toBe(events);
  });

  it('is not stuck when a queue has taken messages from it before, and other queues take messages now', () => {
    take(events);
    nowMs = 1_000;
    channel.nacked(events);
    nowMs = 1_001;
    take(retries);
    nowMs = 60_000;
    expect(channel.stuck(alone)).toBeUndefined();
    expect(channel.isDoubtful()).toBe(false);
  });

  it('is stuck when no confirm comes within twice the time-out after the publish', () => {
    nowMs = 5_000;
    channel.unconfirmed(events, 0);
    nowMs = 9_999;
    expect(channel.stuck(alone)).toBeUndefined();
    nowMs = 10_000;
    expect(channel.stuck(alone)).toBe(events);
  });

  it('is stuck at the time-out when the other channel has published to the queue before', () => {
    nowMs = 5_000;
    channel.unconfirmed(events, 0);
    expect(channel.stuck((target) => target === retries.target)).toBeUndefined();
    expect(channel.stuck((target) => target === events.target)).toBe(events);
  });

  it('is trying a queue from its first message until one is taken or returned, and again once it is opened anew', () => {
    const isTrying = () => channel.isTrying(events.target);
    expect(isTrying()).toBe(true);
    channel.returned(events);
    expect(isTrying()).toBe(false);
    channel.tried(events.target);
    channel.unconfirmed(events, 0);
    expect(isTrying()).toBe(true);
    channel.opened();
    expect(isTrying()).toBe(false);
    channel.tried(events.target);
    take(events);
    expect(isTrying()).toBe(false);
  });

  it('is not stuck when a queue is missing', () => {
    channel.nacked(events);
    channel.returned(events);
    nowMs = 60_000;
    expect(channel.stuck(alone)).toBeUndefined();
  });
});

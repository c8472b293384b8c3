import { beforeEach, describe, expect, it } from '@jest/globals';
import { createPublishingHealth, type PublishingHealth, type Target } from '../src/rabbitmq/publishing-health.js';

describe('whether messages are taken', () => {
  let nowMs: number;
  let health: PublishingHealth;
  let events: Target;
  let retries: Target;
  beforeEach(() => {
    nowMs = 0;
    health = createPublishingHealth({ now: () => nowMs, confirmTimeoutMs: 5_000 });
    events = health.target('events');
    retries = health.target('retries');
  });

  function take(target: Target): void {
    health.taken(target, true);
    health.noteTaken(nowMs);
  }

  it('is told after a second without a success, and forgotten when nothing is tried any more', () => {
    health.failed(events, 'nacked');
    nowMs = 999;
    expect(health.worst()).toBeUndefined();
    nowMs = 1_000;
    health.failed(events, 'no_confirm', 0);
    expect(health.worst()).toMatchObject({ reason: 'no_confirm', queue: 'events' });
    nowMs = 31_001;
    expect(health.worst()).toBeUndefined();
  });

  it('is told of each queue by itself, the fault that has lasted longest first', () => {
    health.failed(retries, 'nacked');
    nowMs = 100;
    health.failed(events, 'returned');
    nowMs = 2_000;
    expect(health.worst()).toMatchObject({ reason: 'nacked', queue: 'retries' });
    take(retries);
    expect(health.worst()).toMatchObject({ reason: 'returned', queue: 'events' });
    take(events);
    expect(health.worst()).toBeUndefined();
  });

  it('does not count a confirm that came too late for its publisher', () => {
    health.failed(events, 'no_confirm', 0);
    health.taken(events, false);
    nowMs = 1_500;
    expect(health.worst()).toMatchObject({ reason: 'no_confirm' });
    expect(health.stuck()).toBeUndefined();
  });

  it('makes a channel hopeless that has taken nothing for a second, and the next ones after growing times', () => {
    health.failed(events, 'nacked');
    nowMs = 999;
    expect(health.stuck()).toBeUndefined();
    for (const patienceMs of [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]) {
      health.channelOpened();
      health.failed(events, 'nacked');
      nowMs += patienceMs - 1;
      expect(health.stuck()).toBeUndefined();
      nowMs += 1;
      expect(health.stuck()).toBe(events);
      expect(health.gaveUp(events)).toBe('nacked');
    }
    take(events);
    health.channelOpened();
    health.failed(events, 'nacked');
    nowMs += 1_000;
    expect(health.stuck()).toBe(events);
  });

  it('makes a channel hopeless for a queue that has never taken anything from it, whatever others take', () => {
    health.failed(events, 'nacked');
    nowMs = 1_500;
    take(retries);
    expect(health.stuck()).toBe(events);
  });

  it('leaves a channel alone for a queue that has taken messages from it, while others take them', () => {
    take(events);
    nowMs = 1_000;
    health.failed(events, 'nacked');
    nowMs = 1_001;
    take(retries);
    nowMs = 60_000;
    expect(health.stuck()).toBeUndefined();
  });

  it('waits for confirms for twice their time-out, counted from the publish', () => {
    nowMs = 5_000;
    health.failed(events, 'no_confirm', 0);
    nowMs = 9_999;
    expect(health.stuck()).toBeUndefined();
    nowMs = 10_000;
    expect(health.stuck()).toBe(events);
  });

  it('calls a queue missing for as long as it refuses messages, and until another channel was tried', () => {
    health.failed(events, 'nacked');
    nowMs = 1_000;
    health.missing(events);
    health.failed(events, 'nacked');
    expect(health.worst()).toMatchObject({ reason: 'returned' });
    expect(health.stuck()).toBeUndefined();
    health.gaveUp(events);
    expect(health.worst()).toMatchObject({ reason: 'nacked' });
  });

  it('leaves a channel alone that only finds no room or no queue', () => {
    health.failed(events, 'full');
    health.failed(retries, 'returned');
    nowMs = 60_000;
    expect(health.stuck()).toBeUndefined();
  });
});

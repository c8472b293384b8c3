import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { Registry } from 'prom-client';
import { CannotStart } from '../src/lifecycle/cannot-start.js';
import { createClockCheck, type ClockCheck } from '../src/clock/clock-check.js';
import { createLogger } from '../src/observability/logger.js';

const limitMs = 60_000;
const daysMs = 86_400_000;
const hourMs = 3_600_000;

/** The milliseconds by which the clock of this machine is ahead. */
let aheadMs: number;
/** The milliseconds by which the references are ahead; undefined while they are away. */
let redis: number | undefined;
let service: number | undefined;
let registry: Registry;
let clock: ClockCheck;

function referenceOf(aheadBy: () => number | undefined) {
  return () => {
    const by = aheadBy();
    return by === undefined ? Promise.reject(new Error('away')) : Promise.resolve(Date.now() + by);
  };
}

beforeEach(() => {
  jest.useFakeTimers();
  aheadMs = 0;
  redis = 0;
  service = 0;
  registry = new Registry();
  clock = createClockCheck({
    references: { redis: referenceOf(() => redis), 'the service': referenceOf(() => service) },
    limitMs,
    registry,
    logger: createLogger({ service: 'test', level: 'silent' }),
    now: () => Date.now() + aheadMs,
  });
});
afterEach(() => {
  clock.stop();
  jest.useRealTimers();
});

/** @returns the error of the start, if any */
async function start(): Promise<unknown> {
  const started = clock.start().catch((error: unknown) => error);
  await jest.advanceTimersByTimeAsync(5_000);
  return started;
}

async function metric(name: string): Promise<Record<string, number>> {
  const found = (await registry.getMetricsAsJSON()).find((each) => each.name === name);
  return Object.fromEntries((found?.values ?? []).map(({ labels, value }) => [labels['reference'] ?? '', value]));
}

describe('at the start', () => {
  test.each([
    ['ahead', 4 * daysMs, '345600 s ahead of redis, 345600 s ahead of the service'],
    ['behind', -61_000, '61 s behind redis, 61 s behind the service'],
  ])('a clock that is %s of both references prevents the start', async (_, ahead, how) => {
    aheadMs = ahead;
    const refusal = await start();
    expect(refusal).toBeInstanceOf(CannotStart);
    expect(refusal).toMatchObject({ message: `the clock of this machine is wrong: it is ${how}` });
    expect(clock.isTrusted()).toBe(false);
  });

  test('a clock within the limit is right', async () => {
    aheadMs = 59_000;
    expect(await start()).toBeUndefined();
    expect(clock.isTrusted()).toBe(true);
    expect(await metric('callbus_clock_trusted')).toEqual({ '': 1 });
    expect(await metric('callbus_clock_skew_seconds')).toEqual({ redis: 59, 'the service': 59 });
  });

  test('one reference that agrees is enough', async () => {
    redis = -4 * daysMs;
    expect(await start()).toBeUndefined();
    expect(clock.isTrusted()).toBe(true);
  });

  test('a single reference that disagrees does not prevent the start, but the clock is not trusted until another agrees', async () => {
    aheadMs = 4 * daysMs;
    service = undefined;
    expect(await start()).toBeUndefined();
    expect(clock.isTrusted()).toBe(false);
    expect(await metric('callbus_clock_trusted')).toEqual({ '': 0 });
    expect(await metric('callbus_clock_skew_seconds')).toEqual({ redis: 345_600 });
    service = 4 * daysMs;
    await jest.advanceTimersByTimeAsync(60_000);
    expect(clock.isTrusted()).toBe(true);
  });

  test('the start waits some seconds for references', async () => {
    aheadMs = 4 * daysMs;
    service = undefined;
    setTimeout(() => (service = 0), 1_000);
    expect(await start()).toBeInstanceOf(CannotStart);
  });

  test('without any answer the service starts, and trusts the clock when a reference agrees', async () => {
    redis = service = undefined;
    expect(await start()).toBeUndefined();
    expect(clock.isTrusted()).toBe(false);
    redis = 0;
    await jest.advanceTimersByTimeAsync(60_000);
    expect(clock.isTrusted()).toBe(true);
  });

  test('without references the clock is trusted', async () => {
    const alone = createClockCheck({
      references: {},
      limitMs,
      registry: new Registry(),
      logger: createLogger({ service: 'test', level: 'silent' }),
    });
    await alone.start();
    expect(alone.isTrusted()).toBe(true);
  });
});

describe('after the start', () => {
  beforeEach(async () => {
    expect(await start()).toBeUndefined();
    expect(clock.isTrusted()).toBe(true);
  });

  test('a clock that jumps is not trusted until a comparison finds it right', async () => {
    aheadMs = 4 * daysMs;
    expect(clock.isTrusted()).toBe(false);
    await jest.advanceTimersByTimeAsync(100);
    expect(await metric('callbus_clock_trusted')).toEqual({ '': 0 });
    aheadMs = 0;
    expect(clock.isTrusted()).toBe(false);
    await jest.advanceTimersByTimeAsync(100);
    expect(clock.isTrusted()).toBe(true);
    expect(await metric('callbus_clock_trusted')).toEqual({ '': 1 });
  });

  test('a jump to the right time, as after a sleep of the machine, is confirmed at once', async () => {
    aheadMs = 4 * daysMs;
    redis = service = 4 * daysMs;
    expect(clock.isTrusted()).toBe(false);
    await jest.advanceTimersByTimeAsync(100);
    expect(clock.isTrusted()).toBe(true);
  });

  test('a drift of the clock is detected within the hour', async () => {
    redis = service = -61_000;
    await jest.advanceTimersByTimeAsync(hourMs);
    expect(clock.isTrusted()).toBe(false);
    expect(await metric('callbus_clock_skew_seconds')).toEqual({ redis: 61, 'the service': 61 });
  });

  test('a clock that jumps while no reference answers is not trusted', async () => {
    redis = service = undefined;
    aheadMs = 4 * daysMs;
    expect(clock.isTrusted()).toBe(false);
    await jest.advanceTimersByTimeAsync(100);
    expect(clock.isTrusted()).toBe(false);
    aheadMs = 0;
    redis = 0;
    await jest.advanceTimersByTimeAsync(60_000);
    expect(clock.isTrusted()).toBe(true);
  });

  test('the last comparison stays valid while the references are away', async () => {
    redis = service = undefined;
    await jest.advanceTimersByTimeAsync(2 * hourMs);
    expect(clock.isTrusted()).toBe(true);
  });
});

import { tierFor } from '@callbus/contracts/messages/topology';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Lane, type Entering } from '../src/receivers/lane.js';
import type { CallbackResult } from '../src/receivers/permit.js';

const arrival = (nowMs: number, some: Partial<Entering> = {}): Entering => ({
  nowMs,
  isReturning: false,
  allowedWait: 'short',
  maxInFlight: 64,
  ...some,
});
const parked = (delayMs: number) => ({ kind: 'park', after: tierFor(delayMs) });
const end = (lane: Lane, nowMs: number, result: CallbackResult, durationMs = 10) =>
  lane.leave({ nowMs, durationMs, result });

/** Makes `count` callbacks, one after the other. */
function call(lane: Lane, nowMs: number, count: number, result: CallbackResult): void {
  for (let index = 0; index < count; index += 1) {
    expect(lane.enter(arrival(nowMs)).kind).toBe('go');
    end(lane, nowMs, result);
  }
}

describe('the limit', () => {
  test('starts at 4; further tasks wait', () => {
    const lane = new Lane();
    const kinds = Array.from({ length: 6 }, () => lane.enter(arrival(0)).kind);
    expect(kinds).toEqual(['go', 'go', 'go', 'go', 'wait', 'wait']);
  });

  test('grows with every success of a full lane, up to max_in_flight, and lets waiting tasks go', () => {
    const lane = new Lane();
    for (let index = 0; index < 8; index += 1) lane.enter(arrival(0, { maxInFlight: 6, allowedWait: 'any' }));
    expect(end(lane, 1, 'confirmed')).toBe(2);
    expect(end(lane, 1, 'confirmed')).toBe(2);
    expect(end(lane, 1, 'confirmed')).toBe(0);
    expect(lane.state(1)).toMatchObject({ limit: 6, inFlight: 5, waiting: 0 });
  });

  test('never exceeds a max_in_flight that has been lowered', () => {
    const lane = new Lane();
    for (let index = 0; index < 4; index += 1) lane.enter(arrival(0, { maxInFlight: 8 }));
    expect(lane.enter(arrival(0, { maxInFlight: 2, allowedWait: 'any' })).kind).toBe('wait');
    expect(end(lane, 1, 'confirmed')).toBe(0);
    expect(end(lane, 1, 'confirmed')).toBe(0);
    expect(end(lane, 1, 'confirmed')).toBe(1);
  });

  test('shrinks to 1 on a time-out', () => {
    const lane = new Lane();
    call(lane, 0, 20, 'confirmed');
    lane.enter(arrival(0));
    end(lane, 10_000, 'timeout', 10_000);
    expect(lane.state(10_000).limit).toBe(1);
  });
});

describe('a rate that the receiver allows', () => {
  const perMinute = (maxPerMinute: number | undefined, some: Partial<Entering> = {}) =>
    ({ maxPerMinute, maxInFlight: 256, ...some }) as const;
  /** The number of callbacks of 1 ms that begin in a second in which a task comes every millisecond. */
  function callsIn(lane: Lane, second: number, maxPerMinute: number): number {
    let calls = 0;
    for (let nowMs = second * 1_000; nowMs < (second + 1) * 1_000; nowMs += 1) {
      const { kind } = lane.enter(arrival(nowMs, perMinute(maxPerMinute, { allowedWait: 'none' })));
      const { kind: afterWait } = kind === 'go' ? { kind } : lane.enter(arrival(nowMs, perMinute(maxPerMinute)));
      if (afterWait === 'wait') lane.removeWaiting();
      if (kind !== 'go' && afterWait !== 'go') continue;
      calls += 1;
      end(lane, nowMs, 'confirmed', 1);
    }
    return calls;
  }

  test('is kept in every second, except for a burst of a quarter of a second after a pause', () => {
    const lane = new Lane();
    expect([0, 1, 2].map((second) => callsIn(lane, second, 6_000))).toEqual([124, 100, 100]);
    expect(callsIn(lane, 100, 6_000)).toBe(124);
  });

  test('of less than one callback per second lets one task go at a time', () => {
    const lane = new Lane();
    expect([0, 1, 2, 3, 4, 5, 6].map((second) => callsIn(lane, second, 20))).toEqual([1, 0, 0, 1, 0, 0, 1]);
  });

  test('lets waiting tasks go when they are due, although no callback ends', () => {
    const lane = new Lane();
    const kinds = Array.from({ length: 4 }, () => lane.enter(arrival(0, perMinute(60, { allowedWait: 'any' }))).kind);
    expect(kinds).toEqual(['go', 'wait', 'wait', 'wait']);
    end(lane, 1, 'confirmed', 1);
    expect([500, 1_000, 1_500, 2_000].map((nowMs) => lane.release(nowMs))).toEqual([0, 1, 0, 1]);
  });

  test('parks a task that would wait for too long, for about as long as it would wait', () => {
    const lane = new Lane();
    const delays = Array.from({ length: 20 }, () => {
      const decision = lane.enter(arrival(0, perMinute(12)));
      return decision.kind === 'park' ? decision.after.delayMs : decision.kind;
    });
    expect(delays.slice(0, 3)).toEqual(['go', 5_000, 5_000]);
    expect(delays.at(-1)).toBe(60_000);
    expect(lane.advise(arrival(1_000, perMinute(12))).kind).not.toBe('go');
  });

  test('has no effect after it was removed', () => {
    const lane = new Lane();
    expect(lane.enter(arrival(0, perMinute(1))).kind).toBe('go');
    expect(lane.enter(arrival(0, perMinute(1, { allowedWait: 'any' }))).kind).toBe('wait');
    lane.removeWaiting();
    expect(lane.enter(arrival(1, perMinute(undefined))).kind).toBe('go');
  });
});

describe('waiting', () => {
  test('lasts a second at most; a task that would wait longer is parked', () => {
    const lane = new Lane();
    for (let index = 0; index < 4; index += 1) lane.enter(arrival(0));
    // Four callbacks at once, of 10 ms each, serve 400 tasks per second.
    const kinds = Array.from({ length: 410 }, () => lane.enter(arrival(0)).kind);
    expect(kinds.filter((kind) => kind === 'wait')).toHaveLength(400);
    expect(kinds.filter((kind) => kind === 'park')).toHaveLength(10);
  });

  test('has no limit in the only active lane', () => {
    const lane = new Lane();
    const kinds = Array.from({ length: 500 }, () => lane.enter(arrival(0, { allowedWait: 'any' })).kind);
    expect(kinds.filter((kind) => kind === 'wait')).toHaveLength(496);
  });

  test('is not allowed in a lane that holds its share of the slots', () => {
    expect(new Lane().enter(arrival(0, { allowedWait: 'none' }))).toEqual(parked(1_000));
  });

  test('is not allowed once callbacks hang', () => {
    const lane = new Lane();
    for (let index = 0; index < 4; index += 1) lane.enter(arrival(0));
    expect(lane.enter(arrival(900)).kind).toBe('wait');
    expect(lane.enter(arrival(4_000)).kind).toBe('park');
  });
});

test('advice parks a task that would be parked on entering, and takes no slot for any other task', () => {
  const lane = new Lane();
  for (let index = 0; index < 4; index += 1) lane.enter(arrival(0));
  expect(lane.advise(arrival(0))).toEqual({ kind: 'go' });
  expect(lane.advise(arrival(5_000))).toEqual(parked(1_000));
  expect(lane.advise(arrival(5_000, { allowedWait: 'any' }))).toEqual({ kind: 'forward' });
  expect(lane.state(5_000)).toMatchObject({ inFlight: 4, waiting: 0 });

  const free = new Lane();
  expect(free.advise(arrival(0))).toEqual({ kind: 'go' });
  free.enter(arrival(0));
  end(free, 8_000, 'confirmed', 8_000);
  expect(free.advise(arrival(8_000))).toEqual({ kind: 'forward' });

  const broken = new Lane();
  call(broken, 0, 5, 'error');
  expect(broken.advise(arrival(0, { allowedWait: 'any' }))).toEqual(parked(30_000));
  expect(broken.advise(arrival(30_000))).toEqual({ kind: 'forward' });
  expect(broken.enter(arrival(30_000)).kind).toBe('go');
  expect(broken.advise(arrival(30_000))).toMatchObject({ kind: 'park' });
});

test('a task that returns after it was parked by advice releases the time that was promised to it', () => {
  const lane = new Lane();
  for (let index = 0; index < 4; index += 1) lane.enter(arrival(0));
  const parkAt = (nowMs: number, isReturning: boolean) => lane.advise(arrival(nowMs, { isReturning }));
  // A task takes 2.5 s. Every promise moves the next one by 2.5 s, except the promise to a returning task.
  expect(parkAt(10_000, false)).toEqual(parked(1_000));
  expect(parkAt(10_000, true)).toEqual(parked(1_000));
  expect(parkAt(10_000, true)).toEqual(parked(1_000));
  expect(parkAt(10_000, false)).toEqual(parked(5_000));
});

test('advice parks no task for a stall that may be a stall of the worker', () => {
  const lane = new Lane();
  for (let index = 0; index < 30; index += 1) lane.enter(arrival(0));
  expect(lane.advise(arrival(400))).toEqual({ kind: 'forward' });
  expect(lane.advise(arrival(600))).toMatchObject({ kind: 'park' });
});

test('a receiver that has just begun to hang gets no more tasks from dispatch than its limit', () => {
  const lane = new Lane();
  for (let index = 0; index < 7; index += 1) lane.enter(arrival(0));
  expect(lane.state(0)).toMatchObject({ inFlight: 4, waiting: 3 });
  expect(lane.advise(arrival(60))).toEqual({ kind: 'go' });
  lane.enter(arrival(60));
  expect(lane.advise(arrival(50))).toEqual({ kind: 'go' });
  expect(lane.advise(arrival(60))).toEqual({ kind: 'forward' });
  end(lane, 60, 'confirmed', 60);
  expect(lane.advise(arrival(60))).toEqual({ kind: 'go' });
});

describe('the virtual clock', () => {
  /** A lane that needs 2.5 s for each task: ten seconds per callback, four callbacks at once. */
  function createSlowLane(): Lane {
    const lane = new Lane();
    lane.enter(arrival(0));
    for (let round = 0; round < 30; round += 1) {
      lane.enter(arrival(0));
      end(lane, 0, 'confirmed', 10_000);
    }
    return lane;
  }
  const parkAt = (lane: Lane, nowMs: number, isReturning = false) => {
    const decision = lane.enter(arrival(nowMs, { allowedWait: 'none', isReturning }));
    return decision.kind === 'park' ? decision.after.delayMs : 0;
  };

  test('spreads parked tasks over the time that the lane needs for them', () => {
    const lane = createSlowLane();
    const delays = Array.from({ length: 20 }, () => parkAt(lane, 0));
    expect(delays).toEqual([...delays].sort((a, b) => a - b));
    expect(new Set(delays)).toEqual(new Set([1_000, 5_000]));
  });

  test('parks no task for more than five seconds longer than the backlog has lasted', () => {
    const lane = createSlowLane();
    const longestAt = (nowMs: number) =>
      Array.from({ length: 300 }, () => parkAt(lane, nowMs)).reduce((longest, each) => Math.max(longest, each), 0);
    expect([0, 5_000, 10_000, 15_000, 20_000].map(longestAt)).toEqual([5_000, 5_000, 5_000, 5_000, 5_000]);
    expect([25_000, 55_000, 115_000].map(longestAt)).toEqual([30_000, 60_000, 60_000]);
    // The last one returns after 235 s, and no other was parked until five seconds later.
    expect(longestAt(241_000)).toBe(5_000);
  });

  test('releases the time of a task that returns', () => {
    const lane = new Lane();
    const park = (isReturning: boolean) => lane.enter(arrival(0, { allowedWait: 'none', isReturning }));
    for (let index = 0; index < 1_000; index += 1) park(index > 0);
    expect(park(true)).toEqual(parked(1_000));
  });

  test('never promises more than ten minutes, or one minute to a fast receiver', () => {
    const lane = new Lane();
    const parkMany = (count: number, nowMs: number) => {
      for (let index = 0; index < count; index += 1) parkAt(lane, nowMs);
      return parkAt(lane, nowMs);
    };
    for (let nowMs = 0; nowMs < 60_000; nowMs += 5_000) parkMany(30_000, nowMs);
    for (let nowMs = 60_000; nowMs <= 660_000; nowMs += 60_000) expect(parkMany(30_000, nowMs)).toBe(60_000);
    lane.enter(arrival(660_000));
    end(lane, 660_000, 'confirmed', 30_000);
    expect(parkMany(1_000, 660_000)).toBe(600_000);
  });
});

describe('the breaker', () => {
  test('opens after five failures in a row; a success in between resets the count', () => {
    const lane = new Lane();
    call(lane, 0, 4, 'refused');
    call(lane, 0, 1, 'confirmed');
    call(lane, 0, 4, 'error');
    expect(lane.state(0).breaker).toBe('closed');
    call(lane, 0, 1, 'timeout');
    expect(lane.state(0).breaker).toBe('open');
  });

  test('parks all tasks while it is open, then lets one probe through, and closes when the probe succeeds', () => {
    const lane = new Lane();
    call(lane, 0, 5, 'error');
    expect(lane.enter(arrival(0))).toEqual(parked(30_000));
    // A task that returns before 30 s have passed would only be parked again.
    expect(lane.enter(arrival(5_000))).toEqual(parked(30_000));
    expect(lane.enter(arrival(10_000))).toEqual(parked(5_000));
    expect(lane.enter(arrival(29_999)).kind).toBe('park');
    expect(lane.state(30_000).breaker).toBe('half-open');
    expect(lane.enter(arrival(30_000)).kind).toBe('go');
    expect(lane.enter(arrival(30_000)).kind).toBe('park');
    end(lane, 30_010, 'confirmed');
    expect(lane.state(30_010).breaker).toBe('closed');
    expect(lane.enter(arrival(30_010)).kind).toBe('go');
  });

  test('stays open for 30 s; the time doubles with each failed probe, up to 10 minutes', () => {
    const lane = new Lane();
    call(lane, 0, 5, 'error');
    let nowMs = 0;
    const seconds = [30, 60, 120, 240, 480, 600, 600].map((open) => {
      expect(lane.state(nowMs + open * 1_000 - 1).breaker).toBe('open');
      nowMs += open * 1_000;
      expect(lane.enter(arrival(nowMs)).kind).toBe('go');
      end(lane, nowMs, 'error');
      return open;
    });
    expect(seconds).toHaveLength(7);
  });

  test('lets no waiting task go when it opens', () => {
    const lane = new Lane();
    call(lane, 0, 4, 'error');
    for (let index = 0; index < 5; index += 1) lane.enter(arrival(0));
    expect(end(lane, 0, 'error')).toBe(0);
    expect(lane.state(0)).toMatchObject({ breaker: 'open', waiting: 1 });
    expect(lane.parkWaiting(0)).toEqual(parked(30_000));
  });

  test('keeps waiting tasks while no task can be parked, and lets one of them go as the probe', () => {
    const lane = new Lane();
    call(lane, 0, 5, 'error');
    const endless = { allowedWait: 'endless' } as const;
    expect(lane.advise(arrival(0, endless))).toEqual({ kind: 'forward' });
    for (let index = 0; index < 3; index += 1) expect(lane.enter(arrival(0, endless))).toEqual({ kind: 'wait' });
    expect(lane.release(29_999)).toBe(0);
    expect([lane.release(30_000), lane.release(30_001)]).toEqual([1, 0]);
    expect(end(lane, 30_001, 'confirmed')).toBe(2);
    expect(lane.state(30_001)).toMatchObject({ breaker: 'closed', inFlight: 2, waiting: 0 });
  });
});

test('in any order of calls, callbacks in flight stay within the limit, one probe runs at a time, and delays are tiers', () => {
  const step = fc.record({
    afterMs: fc.nat(20_000),
    what: fc.constantFrom('enter', 'enter', 'enter', 'leave', 'leave', 'release', 'parkWaiting'),
    allowedWait: fc.constantFrom<Entering['allowedWait']>('endless', 'any', 'short', 'none'),
    isReturning: fc.boolean(),
    maxInFlight: fc.constantFrom(1, 3, 8),
    result: fc.constantFrom<CallbackResult>('confirmed', 'refused', 'timeout', 'error'),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const lane = new Lane();
      let nowMs = 0;
      let [inFlight, waiting] = [0, 0];
      for (const { afterMs, what, result, ...entering } of steps) {
        nowMs += afterMs;
        const before = lane.state(nowMs);
        if (what === 'enter') {
          const decision = lane.enter({ nowMs, ...entering });
          if (decision.kind === 'go') {
            inFlight += 1;
            const most = before.breaker === 'closed' ? entering.maxInFlight : before.inFlight + 1;
            expect(inFlight).toBeLessThanOrEqual(most);
            expect(before.breaker).not.toBe('open');
          } else if (decision.kind === 'wait') {
            waiting += 1;
            expect(before.breaker === 'closed' || entering.allowedWait === 'endless').toBe(true);
          } else {
            expect(entering.allowedWait).not.toBe('endless');
            expect([1, 5, 30, 60, 300, 600]).toContain(decision.after.delayMs / 1_000);
          }
        } else if (what === 'leave' && inFlight > 0) {
          const released = lane.leave({ nowMs, durationMs: afterMs, result });
          inFlight += released - 1;
          waiting -= released;
        } else if (what === 'release') {
          const released = lane.release(nowMs);
          inFlight += released;
          waiting -= released;
          if (before.breaker !== 'closed') expect(released).toBeLessThanOrEqual(before.breaker === 'open' ? 0 : 1);
        } else if (what === 'parkWaiting' && waiting > 0) {
          lane.parkWaiting(nowMs);
          waiting -= 1;
        }
        expect(lane.state(nowMs)).toMatchObject({ inFlight, waiting });
        expect(Math.min(inFlight, waiting)).toBeGreaterThanOrEqual(0);
      }
    }),
    { numRuns: 500 },
  );
});

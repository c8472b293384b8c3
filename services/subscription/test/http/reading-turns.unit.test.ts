import { describe, expect, test } from '@jest/globals';
import { Fault } from '../../src/http/errors.js';
import { createReadingTurns, type ReadingTurns, type Turn } from '../../src/http/reading-turns.js';

const limits = { atOnce: 2, perAccount: 1, waitingPerAccount: 1, aheadMs: 1_000, msPerS: 100, freeMs: 50 };

function setUp() {
  const clock = { ms: 0 };
  return { clock, turns: createReadingTurns({ now: () => clock.ms, limits }) };
}

async function entered(turns: ReadingTurns, account: string): Promise<Turn> {
  const turn = await turns.enter(account);
  if (turn instanceof Fault) throw new Error(turn.message.en);
  return turn;
}

async function refused(turns: ReadingTurns, account: string): Promise<Fault> {
  const turn = await turns.enter(account);
  if (turn instanceof Fault) return turn;
  throw new Error('entered');
}

/** Work that ends when `end` is called. */
function work() {
  let end = () => {};
  let hasBegun = false;
  const ended = new Promise<void>((resolve) => (end = resolve));
  const run = () => {
    hasBegun = true;
    return ended;
  };
  return { run, end: () => end(), hasBegun: () => hasBegun };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('an account', () => {
  test('has a limited number of turns and of waiting calls, beyond which it is refused, and other accounts are not', async () => {
    const { turns } = setUp();
    const first = await entered(turns, 'a');
    let second: Turn | undefined;
    const waiting = entered(turns, 'a').then((turn) => (second = turn));
    expect(await refused(turns, 'a')).toMatchObject({ code: 1199029, status: 429, retryAfterS: 1 });
    await entered(turns, 'b');
    expect(second).toBeUndefined();
    first.end();
    first.end();
    await waiting;
    expect(second).toBeDefined();
    second?.end();
    (await entered(turns, 'a')).end();
  });

  test('that has used up its time is refused until it has gained enough time', async () => {
    const { clock, turns } = setUp();
    const turn = await entered(turns, 'a');
    await turn.read(() => {
      clock.ms += 1_250;
      return Promise.resolve();
    });
    turn.end();
    expect(await refused(turns, 'a')).toMatchObject({ code: 1199029, retryAfterS: 3 });
    (await entered(turns, 'b')).end();
    clock.ms += 3_000;
    (await entered(turns, 'a')).end();
  });

  test('is charged for a reading that fails, and not for short readings', async () => {
    const { clock, turns } = setUp();
    for (let round = 0; round < 100; round += 1) {
      const turn = await entered(turns, 'a');
      await turn.read(() => {
        clock.ms += 0.5;
        return Promise.resolve();
      });
      turn.end();
    }
    const turn = await entered(turns, 'a');
    const failing = turn.read(() => {
      clock.ms += 2_000;
      return Promise.reject(new Error('cancelled'));
    });
    await expect(failing).rejects.toThrow('cancelled');
    turn.end();
    await refused(turns, 'a');
  });
});

test('all accounts together have a limited number of readings at once, in the order of their calls', async () => {
  const { turns } = setUp();
  const [a, b, c, d] = [work(), work(), work(), work()];
  const reading = Object.entries({ a, b, c, d }).map(async ([account, { run }]) => {
    const turn = await entered(turns, account);
    await turn.read(run);
    turn.end();
  });
  await settled();
  expect([a, b, c, d].map(({ hasBegun }) => hasBegun())).toEqual([true, true, false, false]);
  b.end();
  await settled();
  expect([a, b, c, d].map(({ hasBegun }) => hasBegun())).toEqual([true, true, true, false]);
  for (const each of [a, c, d]) each.end();
  await Promise.all(reading);
});

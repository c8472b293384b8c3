import { afterEach, expect, jest, test } from '@jest/globals';
import { createLogger } from '@callbus/runtime/observability/logger';
import { waitFor } from '@callbus/testing/wait-for';
import { runLoop, type Loop, type Step } from '../src/loop.js';

const logger = createLogger({ service: 'test', level: 'silent' });
const warn = jest.spyOn(logger, 'warn');
const hourMs = 3_600_000;

let loop: Loop | undefined;
afterEach(async () => {
  await loop?.stop();
  warn.mockClear();
});

function start(step: (step: Step) => Promise<boolean>, pauseMs: number): Loop {
  return (loop = runLoop({ step, pauseMs, failure: 'a step failed', logger }));
}

test('takes the next step at once while steps find something to do, and when it is woken', async () => {
  const isBusy = [true, true, false];
  let steps = 0;
  const { wake } = start(() => Promise.resolve(isBusy[steps++] ?? false), hourMs);
  await waitFor(() => steps === 3, { what: 'the busy steps' });
  wake();
  await waitFor(() => steps === 4, { what: 'the step after the wake-up' });
});

test('does not pause after a step during which it was woken', async () => {
  let steps = 0;
  const { wake } = start(async () => {
    await Promise.resolve();
    if (++steps === 1) wake();
    return false;
  }, hourMs);
  await waitFor(() => steps === 2, { what: 'the second step' });
});

test('continues after failures, and logs the first of several in a row', async () => {
  const outcomes = ['fails', 'fails', 'noted', 'works', 'fails'];
  let steps = 0;
  start(async ({ noteFailure }) => {
    const outcome = outcomes[steps++];
    if (outcome === 'fails') return Promise.reject(new Error(`step ${steps}`));
    if (outcome === 'noted') noteFailure(new Error(`step ${steps}`));
    return Promise.resolve(false);
  }, 1);
  await waitFor(() => steps > outcomes.length, { what: 'the steps' });
  const logged = [1, 5].map((step) => [{ err: new Error(`step ${step}`) }, 'a step failed']);
  expect(warn.mock.calls).toEqual(logged);
});

test('stops when the current step has ended, and signals the stop to that step', async () => {
  let end = () => {};
  let isSignalled = false;
  let hasStopped = false;
  const { stop } = start(async ({ stopping }) => {
    await new Promise<void>((resolve) => (end = resolve));
    isSignalled = stopping.aborted;
    return true;
  }, hourMs);
  const stopped = stop().then(() => (hasStopped = true));
  await new Promise((resolve) => setImmediate(resolve));
  expect(hasStopped).toBe(false);
  end();
  await stopped;
  expect(isSignalled).toBe(true);
});

import { createInFlight } from '@callbus/concurrency/in-flight';
import { expect, test } from '@jest/globals';

test('is idle when all work has ended, including failed work, and then resolves for all waiting callers', async () => {
  const inFlight = createInFlight();
  await inFlight.idle();
  inFlight.begin();
  let fail: (error: Error) => void = () => undefined;
  const failing = inFlight.during(() => new Promise((_, reject) => (fail = reject)));
  let idle = 0;
  const waiting = [1, 2].map(() => inFlight.idle().then(() => (idle += 1)));
  fail(new Error('broken'));
  await expect(failing).rejects.toThrow('broken');
  expect(idle).toBe(0);
  inFlight.end();
  await Promise.all(waiting);
  expect(idle).toBe(2);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sizeWorkers } from './workers.mjs';

const worker = { deliveriesPerSecond: 100, callbacksAtOnce: 50, headroom: 0.5 };

test('with fast callbacks the work of a worker is the limit', () => {
  const size = sizeWorkers({ eventsPerSecond: 100, deliveriesPerEvent: 2, callbackMs: 10 }, worker);
  assert.deepEqual(size, { attemptsPerSecond: 200, callbacksUnderWay: 2, byWork: 4, byCallbacks: 1, workers: 4 });
});

test('with slow callbacks their number at once is the limit', () => {
  const size = sizeWorkers({ eventsPerSecond: 100, deliveriesPerEvent: 2, callbackMs: 1_000 }, worker);
  assert.deepEqual(size, { attemptsPerSecond: 200, callbacksUnderWay: 200, byWork: 4, byCallbacks: 8, workers: 8 });
});

test('retries are attempts too', () => {
  const once = sizeWorkers({ eventsPerSecond: 1_000, callbackMs: 10 }, worker);
  const twice = sizeWorkers({ eventsPerSecond: 1_000, attemptsPerDelivery: 2, callbackMs: 10 }, worker);
  assert.equal(twice.workers, 2 * once.workers);
});

test('an idle bus needs one worker', () => {
  assert.equal(sizeWorkers({ eventsPerSecond: 0, callbackMs: 10 }, worker).workers, 1);
});

test('figures out of range are refused', () => {
  assert.throws(() => sizeWorkers({ eventsPerSecond: -1, callbackMs: 10 }, worker), RangeError);
  assert.throws(() => sizeWorkers({ eventsPerSecond: 1 }, worker), RangeError);
  assert.throws(
    () => sizeWorkers({ eventsPerSecond: 1, callbackMs: 10, attemptsPerDelivery: 0.5 }, worker),
    RangeError,
  );
  assert.throws(() => sizeWorkers({ eventsPerSecond: 1, callbackMs: 10 }, { ...worker, headroom: 2 }), RangeError);
  assert.throws(
    () => sizeWorkers({ eventsPerSecond: 1, callbackMs: 10 }, { ...worker, deliveriesPerSecond: 0 }),
    RangeError,
  );
});

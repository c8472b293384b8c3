import assert from 'node:assert/strict';
import { test } from 'node:test';
import { messagesPerWorker, sizeWorkers } from './workers.mjs';

const worker = { deliveriesPerSecond: 100, callbacksAtOnce: 50, headroom: 0.5 };

test('quick callbacks are bounded by the work of a worker', () => {
  const size = sizeWorkers({ eventsPerSecond: 100, deliveriesPerEvent: 2, callbackMs: 10 }, worker);
  assert.deepEqual(size, { attemptsPerSecond: 200, callbacksUnderWay: 2, byWork: 4, byCallbacks: 1, workers: 4 });
});

test('slow callbacks are bounded by how many are under way at once', () => {
  const size = sizeWorkers({ eventsPerSecond: 100, deliveriesPerEvent: 2, callbackMs: 1_000 }, worker);
  assert.deepEqual(size, { attemptsPerSecond: 200, callbacksUnderWay: 200, byWork: 4, byCallbacks: 8, workers: 8 });
});

test('retries are attempts too', () => {
  const once = sizeWorkers({ eventsPerSecond: 1_000, callbackMs: 10 }, worker);
  const twice = sizeWorkers({ eventsPerSecond: 1_000, attemptsPerDelivery: 2, callbackMs: 10 }, worker);
  assert.equal(twice.workers, 2 * once.workers);
});

test('nothing to do needs one worker all the same', () => {
  assert.equal(sizeWorkers({ eventsPerSecond: 0, callbackMs: 10 }, worker).workers, 1);
});

test('figures that make no sense are refused', () => {
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

test('the autoscaler gets what a worker clears in the time that messages may wait', () => {
  const of = (callbackMs) => messagesPerWorker({ ...worker, callbackMs, mayWaitSeconds: 10 });
  assert.equal(of(0), 1_000);
  assert.equal(of(100), 1_000);
  assert.equal(of(1_000), 500);
});

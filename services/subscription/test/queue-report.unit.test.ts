import type { QueueState } from '@callbus/broker/broker';
import type { Flow } from '@callbus/statistics/queue-flow';
import { expect, test } from '@jest/globals';
import { createQueueReports } from '../src/queues/queue-report.js';

const events = (ready: number): QueueState[] => [{ name: 'events', ready, consumers: 2 }];
const hour = (ready: number): QueueState[] => [{ name: 'retry.1h', ready, consumers: 0 }];
const flow = (passed: Record<string, number> = {}, reached: Record<string, number> = {}, refused = {}): Flow => ({
  windowMs: 50_000,
  passed: new Map(Object.entries(passed)),
  reached: new Map(Object.entries(reached)),
  refused: new Map(Object.entries(refused)),
});

test('an empty queue has no age and nothing to drain', () => {
  const reports = createQueueReports();
  expect(reports.add(events(0), flow(), 1_000_000)).toEqual([
    { name: 'events', ready: 0, consumers: 2, oldestAgeS: 0, inRate: 0, outRate: 0, drainS: 0, isFull: false },
  ]);
});

test('a queue that has refused messages is full, as far as anybody knows', () => {
  const reports = createQueueReports();
  expect(reports.add(hour(5), flow({}, {}, { 'retry.1h': 1 }), 0)).toMatchObject([{ isFull: true }]);
  expect(reports.add(hour(5), undefined, 0)).toMatchObject([{ isFull: null }]);
});

test('what comes in is what goes out and what the queue has grown by', () => {
  const reports = createQueueReports();
  reports.add(events(100), flow(), 0);
  const [report] = reports.add(events(600), flow({ events: 1_000 }, { events: 48_000 }), 50_000);
  expect(report).toMatchObject({ outRate: 20, inRate: 30, oldestAgeS: 2, drainS: null });
});

test('a queue that gets shorter is drained when the difference has gone', () => {
  const reports = createQueueReports();
  reports.add(events(1_100), flow(), 0);
  const [report] = reports.add(events(600), flow({ events: 1_000 }), 50_000);
  expect(report).toMatchObject({ outRate: 20, inRate: 10, drainS: 60 });
});

test('of a retry queue what goes in is counted, and what comes out follows', () => {
  const reports = createQueueReports();
  reports.add(hour(500), flow(), 0);
  const [report] = reports.add(hour(300), flow({ 'retry.1h': 50 }), 50_000);
  expect(report).toMatchObject({ inRate: 1, outRate: 5, drainS: 75 });
});

test('an age counts from when the queue was last seen empty, and is unknown before anything is known', () => {
  const reports = createQueueReports();
  expect(reports.add(events(5), flow(), 100_000)[0]?.oldestAgeS).toBeNull();
  reports.add(events(0), flow({}, { events: 100_000 }), 200_000);
  expect(reports.add(events(5), flow({}, { events: 100_000 }), 203_000)[0]?.oldestAgeS).toBe(3);
});

test('compares with a minute ago, however often it is asked', () => {
  const reports = createQueueReports();
  for (let at = 0; at <= 300_000; at += 1_000) reports.add(events(at / 100), flow(), at);
  expect(reports.add(events(3_010), flow(), 301_000)[0]?.inRate).toBeCloseTo(10);
});

test('while nobody can tell what the workers take, the depths are told without rates', () => {
  const reports = createQueueReports();
  reports.add(events(0), flow(), 100_000);
  expect(reports.add(events(5), undefined, 103_000)).toEqual([
    { name: 'events', ready: 5, consumers: 2, oldestAgeS: 3, inRate: null, outRate: null, drainS: null, isFull: null },
  ]);
});

import type { QueueState } from '@callbus/broker/broker';
import type { FlowTotals } from '@callbus/statistics/queue-flow';
import { expect, test } from '@jest/globals';
import { createQueueReports } from '../../src/queues/queue-report.js';

const events = (ready: number): QueueState[] => [{ name: 'events', ready, consumers: 2 }];
const hour = (ready: number): QueueState[] => [{ name: 'retry.1h', ready, consumers: 0 }];

interface Counts {
  readonly passed?: Record<string, number>;
  readonly refused?: Record<string, number>;
  readonly reached?: Record<string, number>;
  readonly accepted?: FlowTotals['accepted'];
}

const totals = (counts: Counts = {}): FlowTotals => ({
  passed: new Map(Object.entries(counts.passed ?? {})),
  refused: new Map(Object.entries(counts.refused ?? {})),
  reached: new Map(Object.entries(counts.reached ?? {})),
  accepted: counts.accepted ?? { messages: 0, events: 0 },
});

test('an empty queue has no age, no events and nothing to drain', () => {
  const reports = createQueueReports();
  reports.add(events(0), totals(), 998_000);
  expect(reports.add(events(0), totals(), 1_000_000)).toEqual([
    {
      name: 'events',
      ready: 0,
      events: 0,
      consumers: 2,
      oldestAgeS: 0,
      inRate: 0,
      outRate: 0,
      drainS: 0,
      isFull: false,
    },
  ]);
});

test('the first look has no rates', () => {
  const reports = createQueueReports();
  const first = { inRate: null, outRate: null, drainS: null, isFull: null, events: null };
  expect(reports.add(events(5), totals(), 0)).toMatchObject([first]);
});

test('the rate in is the rate out plus the growth', () => {
  const reports = createQueueReports();
  reports.add(events(100), totals({ passed: { events: 7_000 } }), 0);
  const now = totals({ passed: { events: 7_100 }, reached: { events: 3_000 } });
  expect(reports.add(events(150), now, 5_000)).toMatchObject([
    { outRate: 20, inRate: 30, oldestAgeS: 2, drainS: null },
  ]);
});

test('the time to drain is the depth divided by the shrinkage', () => {
  const reports = createQueueReports();
  reports.add(events(700), totals(), 0);
  const [report] = reports.add(events(600), totals({ passed: { events: 200 } }), 5_000);
  expect(report).toMatchObject({ outRate: 40, inRate: 20, drainS: 30 });
});

test('a queue that shrinks has a rate out and a time to drain even when nothing was counted', () => {
  const reports = createQueueReports();
  reports.add(events(700), totals(), 0);
  expect(reports.add(events(600), totals(), 5_000)).toMatchObject([{ outRate: 20, inRate: 0, drainS: 30 }]);
});

test('a queue that shrinks after a long growth has a time to drain within seconds', () => {
  const reports = createQueueReports();
  let ready = 0;
  for (let at = 0; at < 60_000; at += 2_000) reports.add(events((ready += 2_000)), totals(), at);
  for (let at = 60_000; at < 66_000; at += 2_000) reports.add(events((ready -= 6_000)), totals(), at);
  expect(reports.add(events((ready -= 6_000)), totals(), 66_000)[0]?.drainS).not.toBeNull();
});

test('rates do not include what was ten seconds ago', () => {
  const reports = createQueueReports();
  reports.add(events(5_000), totals(), 0);
  const emptied = totals({ passed: { events: 5_000 }, refused: { events: 3 } });
  for (let at = 2_000; at <= 8_000; at += 2_000) reports.add(events(0), emptied, at);
  expect(reports.add(events(0), emptied, 10_000)).toMatchObject([{ inRate: 0, outRate: 0, drainS: 0, isFull: false }]);
});

test('for a retry queue the rate in is counted, and the rate out follows', () => {
  const reports = createQueueReports();
  reports.add(hour(500), totals(), 0);
  const [report] = reports.add(hour(300), totals({ passed: { 'retry.1h': 10 } }), 5_000);
  expect(report).toMatchObject({ events: 300, inRate: 2, outRate: 42, drainS: 7.5 });
});

test('a queue that has refused messages within a minute is full; without counts that is unknown', () => {
  const reports = createQueueReports();
  reports.add(hour(5), totals({ refused: { 'retry.1h': 3 } }), 0);
  expect(reports.add(hour(5), totals({ refused: { 'retry.1h': 3 } }), 2_000)).toMatchObject([{ isFull: false }]);
  const refused = totals({ refused: { 'retry.1h': 4 } });
  expect(reports.add(hour(5), refused, 4_000)).toMatchObject([{ isFull: true }]);
  expect(reports.add(hour(5), undefined, 6_000)).toMatchObject([{ isFull: null }]);
  for (let at = 8_000; at <= 64_000; at += 2_000) reports.add(hour(5), refused, at);
  expect(reports.add(hour(5), refused, 66_000)).toMatchObject([{ isFull: false }]);
});

test('the age counts from the last time at which the queue was empty, and is unknown without such a time', () => {
  const reports = createQueueReports();
  expect(reports.add(events(5), totals(), 100_000)[0]?.oldestAgeS).toBeNull();
  const reached = totals({ reached: { events: 100_000 } });
  reports.add(events(0), reached, 200_000);
  expect(reports.add(events(5), reached, 203_000)[0]?.oldestAgeS).toBe(3);
});

test('without counts there are depths and the time to drain', () => {
  const reports = createQueueReports();
  reports.add(events(0), totals(), 100_000);
  reports.add(events(15), undefined, 103_000);
  expect(reports.add(events(5), undefined, 108_000)).toMatchObject([
    { ready: 5, events: null, oldestAgeS: 8, inRate: null, outRate: null, drainS: 2.5, isFull: null },
  ]);
});

test('counts that start again after their store was lost give no rate', () => {
  const reports = createQueueReports();
  reports.add(events(50), totals({ passed: { events: 900 }, accepted: { messages: 900, events: 900 } }), 0);
  const anew = totals({ passed: { events: 1 }, accepted: { messages: 1, events: 1 } });
  expect(reports.add(events(50), anew, 2_000)).toMatchObject([{ inRate: null, outRate: null, events: null }]);
});

test('events are estimated from the messages that entered since the one at the head', () => {
  const reports = createQueueReports();
  reports.add(events(0), totals({ accepted: { messages: 5_000, events: 5_000 } }), 0);
  const lists = { messages: 5_100, events: 6_600 };
  expect(reports.add(events(100), totals({ accepted: lists }), 2_000)[0]?.events).toBe(1_600);
  const mixed = { messages: 5_200, events: 6_700 };
  expect(reports.add(events(200), totals({ accepted: mixed }), 4_000)[0]?.events).toBe(1_700);
  // The batches are gone; the last of them entered at 2,000.
  const reached = { events: 2_000 };
  expect(reports.add(events(100), totals({ accepted: mixed, reached }), 6_000)[0]?.events).toBe(100);
});

test('events of a backlog of a day are still estimated', () => {
  const reports = createQueueReports();
  reports.add(events(0), totals(), 0);
  let told: number | null | undefined;
  for (let look = 1; look <= 43_200; look += 1) {
    const accepted = { messages: look, events: look * (look <= 21_600 ? 16 : 1) + (look <= 21_600 ? 0 : 21_600 * 15) };
    told = reports.add(events(look), totals({ accepted }), look * 2_000)[0]?.events;
  }
  expect(told).toBe(21_600 * 17);
});

import { describe, expect, it } from '@jest/globals';
import type { Table } from '@callbus/contracts/messages/message-format';
import { tierFor } from '@callbus/contracts/messages/topology';
import { forwardStep, groupStep, messageStepOf, stepOf } from '../src/tasks/next-steps.js';
import { deliveryHeaders, eventHeaders, messageOf, originOf, taskOf } from './task-of.js';

const now = 1_700_000_009_000;
const after = tierFor(5_000);
const retry = { kind: 'retry', after, outcome: 'refused' } as const;
const park = { kind: 'park', after } as const;
const alone = { kind: 'alone' } as const;
const held = { kind: 'undelivered', reason: 'held' } as const;
const poison = { kind: 'undelivered', reason: 'poison', answer: 'why' } as const;
/** The headers that RabbitMQ adds to a message that was returned 3 times, after 11 earlier returns. */
const cameBack = {
  'x-death': [{}],
  'x-first-death-reason': 'expired',
  'x-delivery-count': 3,
  'x-callbus-returned': 11,
};

describe('the next step of a task', () => {
  const headers = deliveryHeaders({ attempt: 3, parked: 2, replayedAt: 5 });
  const task = taskOf(headers);

  it('counts the attempt of a retry and the parking of a parked task', () => {
    expect(stepOf(task, retry, now)).toEqual({
      queue: 'deliveries',
      after,
      headers: { ...headers, attempt: 4, parked: 0 },
    });
    expect(stepOf(task, park, now)).toEqual({ queue: 'deliveries', after, headers: { ...headers, parked: 3 } });
    expect(stepOf(task, alone, now)).toEqual({ queue: 'deliveries', headers });
  });

  it('has the reason of an undelivered task', () => {
    const exhausted = { kind: 'undelivered', reason: 'exhausted', status: 500, answer: 'no' } as const;
    expect(stepOf(task, exhausted, now)).toEqual({
      queue: 'undelivered',
      headers: { ...headers, reason: 'exhausted', status: 500, answer: 'no', failedAt: now },
    });
    expect(stepOf(task, held, now).headers).toEqual({ ...headers, reason: 'held', failedAt: now });
  });

  it('keeps a poison message unchanged, except when it holds an event with other tasks', () => {
    const table = { callbus: '{"id":1e0}', 'x-own': 1, 'x-death': [{}], 'x-delivery-count': 3 };
    const own = taskOf(headers, { message: messageOf(headers, { table }) });
    expect(stepOf(own, poison, now).table).toEqual({
      callbus: '{"id":1e0}',
      'x-own': 1,
      'x-callbus-aside': '{"queue":"deliveries","returns":0,"reason":"poison","answer":"why"}',
    });
    const shared = taskOf(headers, { message: messageOf(eventHeaders(), { table }), isOneTask: false });
    expect(stepOf(shared, poison, now)).toEqual({
      queue: 'undelivered',
      headers: { ...headers, reason: 'poison', answer: 'why', failedAt: now },
    });
  });

  it('keeps members that only another version knows, and drops the headers of the broker', () => {
    const message = messageOf({ ...headers, hops: 3, tenant: { id: 1 }, ...cameBack });
    const told = taskOf({ ...headers, hops: 3 }, { message });
    for (const fate of [retry, park, alone, held]) {
      const step = stepOf(told, fate, now);
      expect(step.headers).toMatchObject({ tenant: { id: 1 }, hops: 3 });
      expect(Object.keys(step.headers).filter((name) => name.startsWith('x-'))).toEqual([]);
    }
  });

  it('keeps the count of returns of a parked task until its next attempt', () => {
    const message = messageOf({ ...headers, ...cameBack });
    const returnsAfter = (fate: Parameters<typeof stepOf>[1]) =>
      (stepOf(taskOf(headers, { message }), fate, now).headers as Table)['returned'];
    expect([alone, park, retry, held].map(returnsAfter)).toEqual([14, 14, undefined, undefined]);
    // The returns of an event do not count for its tasks.
    const shared = taskOf(headers, { message, isOneTask: false });
    expect(stepOf(shared, park, now).headers).not.toHaveProperty('returned');
  });
});

describe('the next steps of an event', () => {
  const message = messageOf({ ...eventHeaders(), tenant: 'a', 'x-own': 1 });
  const origin = originOf(message);

  it('are a message for each task that is forwarded', () => {
    expect(forwardStep(origin, 9)).toEqual({
      queue: 'deliveries',
      headers: { ...deliveryHeaders({ subscription: 9 }), tenant: 'a' },
    });
  });

  it('are one message, which can be divided, for a group of parked tasks, and an ordinary task for a single one', () => {
    const step = groupStep(originOf(message, { parked: 2 }), { after, subscriptions: [4, 9, 5] });
    expect(step).toMatchObject({ queue: 'deliveries', after });
    expect(step.headers).toEqual({ ...eventHeaders(), tenant: 'a', subscriptions: '4 9 5', parked: 3 });
    const halves = step.halve!(step.headers);
    expect(halves.map((half) => (half as Table)['subscriptions'])).toEqual(['4 9', '5']);
    expect(step.halve!(halves[1]!)).toEqual([]);
    expect(groupStep(origin, { after, subscriptions: [5] })).toEqual({
      queue: 'deliveries',
      after,
      headers: { ...deliveryHeaders({ subscription: 5, parked: 1 }), tenant: 'a' },
    });
  });
});

describe('the next step of a message that is not dispatched', () => {
  it('counts how often an event is parked', () => {
    const once = messageStepOf('events', messageOf(eventHeaders()), park, now);
    expect(once).toEqual({ queue: 'deliveries', after, headers: { ...eventHeaders(), parked: 1 } });
    const again = messageStepOf('deliveries', messageOf({ ...once.headers, ...cameBack }), park, now);
    expect(again.headers).toEqual({ ...eventHeaders(), parked: 2, returned: 14 });
  });

  it('has the reason of an expired event, and keeps an unreadable message unchanged', () => {
    const expired = { kind: 'undelivered', reason: 'expired' } as const;
    expect(messageStepOf('events', messageOf({ ...eventHeaders(), ...cameBack }), expired, now)).toEqual({
      queue: 'undelivered',
      headers: { ...eventHeaders(), reason: 'expired', failedAt: now },
    });
    const step = messageStepOf('events', messageOf({ id: 1 }, { table: { callbus: '{"id":1e0}' } }), poison, now);
    expect(step.table).toMatchObject({ 'x-callbus-aside': expect.stringContaining('"queue":"events"') });
  });
});

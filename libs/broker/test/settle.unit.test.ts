import { describe, expect, it } from '@jest/globals';
import { retryTiers } from '@callbus/contracts/topology';
import fc from 'fast-check';
import type { Outcome } from '../src/broker.js';
import { nextSteps } from '../src/settle.js';
import { deliveryHeaders, eventHeaders } from './contract.js';

const now = 1_700_000_009_000;
const delivery = { headers: { ...deliveryHeaders({ attempt: 3, parked: 2 }) }, body: Buffer.from('{}') };
const event = { headers: { ...eventHeaders() }, body: Buffer.from('{}') };

describe('the next steps', () => {
  it('of what is done are none', () => {
    expect(nextSteps('events', delivery, { kind: 'done' }, now)).toEqual([]);
  });

  it('of a retry and of parking lead through a tier that waits long enough, and differ in what they count', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 24 * 3_600_000 }), fc.constantFrom('retry', 'park'), (delayMs, kind) => {
        const [step, ...others] = nextSteps('deliveries', delivery, { kind, delayMs }, now);
        const shorter = retryTiers.filter((tier) => tier.delayMs < step!.after!.delayMs);
        expect(others).toEqual([]);
        expect(step!.queue).toBe('deliveries');
        expect(step!.after!.delayMs).toBeGreaterThanOrEqual(delayMs);
        expect(shorter.every((tier) => tier.delayMs < delayMs)).toBe(true);
        expect(step!.headers).toEqual({
          ...delivery.headers,
          attempt: kind === 'retry' ? 4 : 3,
          parked: kind === 'park' ? 3 : 0,
        });
      }),
    );
  });

  it('of an event that is parked lead back by way of the deliveries, and count how often', () => {
    const after = retryTiers[0];
    const [step] = nextSteps('events', event, { kind: 'park', delayMs: 1 }, now);
    expect(step).toEqual({ queue: 'deliveries', after, headers: { ...event.headers, parked: 1 } });
    const again = { ...event, headers: { ...event.headers, parked: 1 } };
    expect(nextSteps('deliveries', again, { kind: 'park', delayMs: 1 }, now)).toEqual([
      { queue: 'deliveries', after, headers: { ...event.headers, parked: 2 } },
    ]);
  });

  it('say why something is undelivered', () => {
    const outcome: Outcome = { kind: 'undelivered', reason: 'exhausted', status: 500, answer: 'no' };
    expect(nextSteps('deliveries', delivery, outcome, now)).toEqual([
      {
        queue: 'undelivered',
        headers: { ...delivery.headers, reason: 'exhausted', status: 500, answer: 'no', failedAt: now },
      },
    ]);
    const [unanswered] = nextSteps('deliveries', delivery, { kind: 'undelivered', reason: 'expired' }, now);
    expect(unanswered!.headers).toEqual({ ...delivery.headers, reason: 'expired', failedAt: now });
  });

  it('of what nobody can read keep it as it came, and tell beside it from where', () => {
    const table = { callbus: '{"id":1e0}', 'x-own': 1, 'x-death': [{}], 'x-delivery-count': 3 };
    const [step] = nextSteps('events', { headers: { id: 1 }, table }, { kind: 'undelivered', reason: 'poison' }, now);
    expect(step).toMatchObject({ queue: 'undelivered' });
    expect(step!.table).toEqual({
      callbus: '{"id":1e0}',
      'x-own': 1,
      'x-callbus-aside': '{"queue":"events","returns":0,"reason":"poison"}',
    });
  });

  it('carry on what another version of the form told', () => {
    const headers = { ...eventHeaders(), hops: 3, tenant: { id: 1 }, 'x-own': 1 };
    const tasks = [{ headers: deliveryHeaders({ hops: 3 }) }];
    const parked = [{ event: eventHeaders({ hops: 3 }), subscriptions: [4, 9], parked: 0, delayMs: 1 }];
    for (const step of nextSteps('events', { headers }, { kind: 'dispatched', tasks, parked }, now)) {
      expect(step.headers).toMatchObject({ tenant: { id: 1 }, hops: 3 });
      expect(step.headers).not.toHaveProperty('x-own');
    }
    const task = { headers: { ...deliveryHeaders({ hops: 3 }), tenant: 'a' } };
    for (const outcome of [
      { kind: 'retry', delayMs: 1 },
      { kind: 'park', delayMs: 1 },
      { kind: 'undelivered', reason: 'loop' },
    ] satisfies Outcome[]) {
      const [step] = nextSteps('deliveries', task, outcome, now);
      expect(step!.headers).toMatchObject({ tenant: 'a', hops: 3 });
    }
  });

  it('leave the headers of the broker behind', () => {
    const headers = { ...delivery.headers, 'x-death': [{}], 'x-first-death-reason': 'expired', 'x-delivery-count': 1 };
    for (const outcome of [
      { kind: 'retry', delayMs: 1 },
      { kind: 'undelivered', reason: 'held' },
    ] satisfies Outcome[]) {
      const [step] = nextSteps('deliveries', { ...delivery, headers }, outcome, now);
      expect(Object.keys(step!.headers).filter((name) => name.startsWith('x-'))).toEqual([]);
    }
  });

  it('of a dispatched event are those of its tasks that nothing becomes of otherwise', () => {
    const tasks = [1, 2].map((subscription) => ({ headers: deliveryHeaders({ subscription }) }));
    const done = { headers: deliveryHeaders({ subscription: 3 }), outcome: Promise.resolve<Outcome>({ kind: 'done' }) };
    expect(nextSteps('events', event, { kind: 'dispatched', tasks: [done, ...tasks] }, now)).toEqual(
      tasks.map(({ headers }) => ({ queue: 'deliveries', headers })),
    );
  });

  it('of tasks that are parked together are one message, and of one that is parked alone a task', () => {
    const parked = { event: eventHeaders(), parked: 2, delayMs: 1_000 };
    const outcome: Outcome = {
      kind: 'dispatched',
      tasks: [],
      parked: [
        { ...parked, subscriptions: [4, 9] },
        { ...parked, subscriptions: [5] },
      ],
    };
    const group = { ...event, headers: { ...eventHeaders(), subscriptions: '4 5 9', parked: 2 } };
    const after = retryTiers[0];
    const steps = [
      { queue: 'deliveries', after, headers: { ...eventHeaders(), subscriptions: '4 9', parked: 3 } },
      { queue: 'deliveries', after, headers: deliveryHeaders({ subscription: 5, attempt: 1, parked: 3 }) },
    ];
    expect(nextSteps('events', event, outcome, now)).toEqual(steps);
    expect(nextSteps('deliveries', group, outcome, now)).toEqual(steps);
  });

  it('are not known for an outcome that does not fit the queue, or for a message that was never an attempt', () => {
    expect(() => nextSteps('events', delivery, { kind: 'retry', delayMs: 1 }, now)).toThrow('events cannot retry');
    expect(() => nextSteps('undelivered', delivery, { kind: 'park', delayMs: 1 }, now)).toThrow('cannot park');
    expect(() => nextSteps('undelivered', delivery, { kind: 'undelivered', reason: 'held' }, now)).toThrow('again');
    expect(() => nextSteps('deliveries', delivery, { kind: 'dispatched', tasks: [] }, now)).toThrow('dispatched');
    expect(() => nextSteps('deliveries', event, { kind: 'retry', delayMs: 1 }, now)).toThrow('no attempt');
  });
});

import { beforeEach, describe, expect, it } from '@jest/globals';
import { tierFor } from '@callbus/contracts/messages/topology';
import { pino } from 'pino';
import { BrokerUnavailable } from '../src/broker.js';
import { createForwardAround } from '../src/rabbitmq/publishing/forward-around.js';
import { createFullQueues } from '../src/rabbitmq/publishing/full-queues.js';
import type { NextStep } from '../src/next-step.js';
import { deliveryHeaders } from './contract.js';

const body = Buffer.from('{}');
const step: NextStep = { queue: 'deliveries', after: tierFor(60_000), headers: deliveryHeaders({ attempt: 2 }) };

describe('a next step with a retry tier', () => {
  let nowMs: number;
  let full: Set<string>;
  let known: Set<string>;
  let taken: NextStep[];
  let lines: Record<string, unknown>[];
  let refused: Set<string>;
  let fullQueues: ReturnType<typeof createFullQueues>;
  let forward: ReturnType<typeof createForwardAround>;

  beforeEach(() => {
    nowMs = 1_000;
    [full, known, taken, lines, refused] = [new Set(), new Set(), [], [], new Set()];
    const logger = pino({}, { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) });
    fullQueues = createFullQueues({
      isKnown: (queue) => known.has(queue),
      now: () => nowMs,
      onRefused: (queue) => refused.add(queue),
      logger,
    });
    forward = createForwardAround({
      publish: (each) => {
        if (full.has(each.after?.name ?? each.queue))
          return Promise.reject(new BrokerUnavailable('refused', undefined, 'nacked'));
        taken.push(each);
        return Promise.resolve();
      },
      fullQueues,
      now: () => 7,
    });
  });

  const forwardFor = async (ms: number) => {
    for (const end = nowMs + ms; nowMs <= end; nowMs += 500)
      await forward(step, body).catch((error: unknown) => expect(error).toBeInstanceOf(BrokerUnavailable));
  };
  const logged = () => lines.map(({ msg, queue }) => `${String(queue)} ${String(msg).slice(0, 27)}`);

  it('goes into the queue of its tier', async () => {
    await forward(step, body);
    expect(taken).toEqual([step]);
  });

  it('goes into a queue with a longer delay when its own queue refuses it', async () => {
    full = new Set(['1m', '5m']);
    await forward(step, body);
    expect(taken).toEqual([{ ...step, after: tierFor(600_000) }]);
  });

  it('becomes undelivered only when all queues have refused steps for some seconds, because the broker may be failing', async () => {
    full = new Set(['1m', '5m', '10m']);
    await forwardFor(2_500);
    expect(taken).toEqual([]);
    await forwardFor(500);
    expect(taken[0]).toEqual({ queue: 'undelivered', headers: { ...step.headers, reason: 'maxlen', failedAt: 7 } });
    full = new Set(['1m', '5m', '10m', 'undelivered']);
    await expect(forward(step, body)).rejects.toBeInstanceOf(BrokerUnavailable);
  });

  it('becomes undelivered at once when a queue that took messages before refuses it', async () => {
    full = new Set(['1m', '5m', '10m']);
    known = new Set(['retry.5m']);
    await forward(step, body);
    expect(taken).toMatchObject([{ queue: 'undelivered', headers: { reason: 'maxlen' } }]);
  });

  it('becomes undelivered as newer_format, unchanged, when its message is of a newer format', async () => {
    full = new Set(['1m', '5m', '10m']);
    await forwardFor(3_500);
    taken = [];
    const table = { callbus: '{"v":9}', 'x-callbus-aside': '{"queue":"events","returns":2}' };
    await forward({ ...step, table }, body);
    const aside = '{"queue":"events","returns":2,"reason":"newer_format"}';
    expect(taken).toEqual([
      { queue: 'undelivered', headers: step.headers, table: { callbus: '{"v":9}', 'x-callbus-aside': aside } },
    ]);
  });

  it('is logged once for each full queue, and once when the queue is no longer full, even if the queue takes some messages', async () => {
    full = new Set(['1m']);
    await forwardFor(10_000);
    full = new Set();
    await forwardFor(1_000);
    full = new Set(['1m']);
    await forwardFor(10_000);
    fullQueues.check();
    expect(refused).toEqual(new Set(['retry.1m']));
    expect(logged()).toEqual(['retry.1m a retry queue is full: its ']);
    nowMs += 61_000;
    fullQueues.check();
    fullQueues.check();
    expect(logged()).toEqual(['retry.1m a retry queue is full: its ', 'retry.1m the retry queue takes all m']);
  });

  it('rejects on any other failure', async () => {
    const failing = createForwardAround({
      publish: () => Promise.reject(new BrokerUnavailable('not connected')),
      fullQueues,
      now: () => 7,
    });
    await expect(failing(step, body)).rejects.toThrow('not connected');
    expect(logged()).toEqual([]);
  });
});

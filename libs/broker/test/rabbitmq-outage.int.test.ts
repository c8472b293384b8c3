import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startPrivateRabbitmq, type PrivateRabbitmq } from '@callbus/testing/servers/private-rabbitmq';
import { waitFor } from '@callbus/testing/wait-for';
import { pino } from 'pino';
import { BrokerUnavailable, type Broker } from '../src/broker.js';
import { again, deliveryHeaders, done, eventHeaders, forwarded } from './contract.js';
import { createRabbitmqWorld } from './rabbitmq-world.js';

const startMs = 60_000;
const confirmTimeoutMs = 2_000;
const body = Buffer.from('{"specversion":"1.0"}');

/** Events pass through both queues, and publishers try again after each failure. */
describe('an outage of RabbitMQ', () => {
  let rabbit: PrivateRabbitmq;
  let world: ReturnType<typeof createRabbitmqWorld>;
  let broker: Broker;
  const confirmed = new Set<string>();
  const delivered = new Set<unknown>();
  /** The duration of the slowest publish, and the last error. */
  let slowestMs = 0;
  let lastFault: unknown;
  /** Each of the two consuming connections calls `onOpen` when it is opened. */
  let opens = 0;
  let isOver = false;
  let publishing: Promise<void>[] = [];

  beforeAll(async () => {
    rabbit = await startPrivateRabbitmq();
    world = createRabbitmqWorld({ amqpUrl: rabbit.url, brokerPrefix: 'outage.' });
    broker = await world.open({ confirmTimeoutMs });
    await broker.watchChanges({ onOpen: () => Promise.resolve(void (opens += 1)), onChange: () => undefined });
    await broker.consume('events', {
      prefetch: 20,
      handle: ({ headers }) => Promise.resolve(forwarded(again(deliveryHeaders({ id: String(headers['id']) })))),
    });
    await broker.consume('deliveries', {
      prefetch: 20,
      handle: ({ headers }) => {
        delivered.add(headers['id']);
        return Promise.resolve(done);
      },
    });
    publishing = Array.from({ length: 5 }, (_, publisher) => publishOn(publisher));
    await waitFor(() => delivered.size > 100, { what: 'deliveries' });
  }, startMs);

  afterAll(async () => {
    await world.close();
    await rabbit.remove();
  }, startMs);

  async function publishOn(publisher: number): Promise<void> {
    for (let id = 0; !isOver; id += 1) {
      const headers = eventHeaders({ id: `${publisher}/${id}` });
      const start = performance.now();
      await broker.publishEvent({ headers, body }).then(
        () => confirmed.add(headers.id),
        (error: unknown) => {
          lastFault = error;
          return new Promise((resolve) => setTimeout(resolve, 20));
        },
      );
      slowestMs = Math.max(slowestMs, performance.now() - start);
    }
  }

  async function everythingIsDelivered(): Promise<void> {
    const soFar = [...confirmed];
    await waitFor(() => soFar.every((id) => delivered.has(id)), { what: 'all that was confirmed', timeoutMs: 30_000 });
  }

  it(
    'without warning: publishes reject at once, and every confirmed event is delivered afterwards',
    async () => {
      await rabbit.kill();
      await waitFor(() => broker.state() === 'away', { what: 'the loss' });
      const start = performance.now();
      await expect(broker.publishEvent({ headers: eventHeaders(), body })).rejects.toBeInstanceOf(BrokerUnavailable);
      await expect(broker.announceChange(body)).rejects.toBeInstanceOf(BrokerUnavailable);
      expect(performance.now() - start).toBeLessThan(confirmTimeoutMs);

      const confirmedBefore = confirmed.size;
      await rabbit.start();
      await waitFor(() => broker.state() === 'open', { what: 'the connections', timeoutMs: 20_000 });
      await waitFor(() => opens === 4, { what: 'the watch' });
      await waitFor(() => confirmed.size > confirmedBefore + 100, { what: 'publishing again' });
      await everythingIsDelivered();
      expect(slowestMs).toBeLessThan(confirmedAtTheLatest);
    },
    startMs,
  );

  it(
    'that is planned: every confirmed event is delivered afterwards',
    async () => {
      await rabbit.stop();
      await waitFor(() => broker.state() === 'away', { what: 'the loss' });
      await rabbit.start();
      await waitFor(() => opens === 6, { what: 'the watch', timeoutMs: 20_000 });
      await everythingIsDelivered();
    },
    startMs,
  );

  it(
    'by a disk alarm: publishes reject at once, consumers stay connected, and everything continues after the alarm',
    async () => {
      slowestMs = 0;
      const idle = await world.open({ confirmTimeoutMs });
      await rabbit.ctl('set_disk_free_limit', '1000GB');
      for (const each of [broker, idle]) await waitFor(() => each.state() === 'blocked', { what: 'the alarm' });
      const start = performance.now();
      await expect(broker.publishEvent({ headers: eventHeaders(), body })).rejects.toThrow('takes no messages');
      expect(performance.now() - start).toBeLessThan(confirmTimeoutMs);
      expect(lastFault).toBeInstanceOf(BrokerUnavailable);

      const confirmedBefore = confirmed.size;
      await rabbit.ctl('set_disk_free_limit', '50MB');
      await waitFor(() => broker.state() === 'open', { what: 'the end of the alarm' });
      await waitFor(() => confirmed.size > confirmedBefore + 100, { what: 'publishing again' });
      expect(opens).toBe(6);
      // No publish waited for its time-out, not even one under way.
      expect(slowestMs).toBeLessThan(confirmTimeoutMs);

      isOver = true;
      await Promise.all(publishing);
      await everythingIsDelivered();
    },
    startMs,
  );
});

describe('a queue that refuses messages', () => {
  let rabbit: PrivateRabbitmq;
  let world: ReturnType<typeof createRabbitmqWorld>;
  beforeAll(async () => {
    rabbit = await startPrivateRabbitmq();
    world = createRabbitmqWorld({ amqpUrl: rabbit.url, brokerPrefix: 'capped.' });
  }, startMs);
  afterAll(async () => {
    await world.close();
    await rabbit.remove();
  }, startMs);

  it(
    'makes its publisher connect again at growing intervals, and is logged once, until a message is taken',
    async () => {
      const lines: Record<string, unknown>[] = [];
      const logger = pino(
        {},
        { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) },
      );
      const said = (message: string) => lines.filter(({ msg }) => msg === message);
      const broker = await world.open({ logger });
      const publish = (id: string) => broker.publishEvent({ headers: eventHeaders({ id }), body });
      await publish('taken');
      await rabbit.ctl('set_policy', 'cap', '^capped\\.events$', '{"max-length":1}', '--apply-to', 'queues');
      const startedAt = performance.now();
      const refuse = async () => {
        await publish('refused').catch(() => undefined);
        return said('channel lost').length >= 3;
      };
      await waitFor(refuse, { what: 'connections that are given up', timeoutMs: 40_000 });
      // The two channels are dropped after one and two seconds, and the next one after four.
      expect(performance.now() - startedAt).toBeGreaterThan(4_900);
      await waitFor(() => broker.state() === 'open', { what: 'another connection' });
      expect(broker.publishing()).toEqual({ ok: false, reason: 'nacked' });
      const failures = said('publishing fails');
      expect(failures).toContainEqual(expect.objectContaining({ reason: 'nacked', queue: 'capped.events' }));
      // On a busy machine a connection may be away for long enough to be logged, too.
      expect(failures.filter(({ reason }, index) => reason === failures[index - 1]?.['reason'])).toEqual([]);

      await rabbit.ctl('clear_policy', 'cap');
      await waitFor(() => publish('again').then(() => true), { what: 'a publish', timeoutMs: 20_000 });
      expect(broker.publishing()).toEqual({ ok: true });
      await waitFor(() => said('publishing works again').length === 1, { what: 'the end in the log' });
    },
    2 * startMs,
  );
});

/** The time-out, and some time for a busy machine. */
const confirmedAtTheLatest = confirmTimeoutMs + 500;

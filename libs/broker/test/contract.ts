import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { DeliveryHeaders } from '@callbus/contracts/deliveries/delivery-task';
import type { EventHeaders } from '@callbus/contracts/events/event';
import { queueNames, tierFor, type WorkQueue } from '@callbus/contracts/messages/topology';
import { waitFor } from '@callbus/testing/wait-for';
import fc from 'fast-check';
import {
  BrokerUnavailable,
  type Broker,
  type ChangeKind,
  type Forwarded,
  type Hold,
  type ReceivedMessage,
  type Settlement,
  type SettlementOf,
} from '../src/broker.js';
import type { NextStep } from '../src/next-step.js';

/** Opens brokers on the same queues. */
export interface World {
  open(): Promise<Broker>;
  /** Closes all opened brokers. */
  close(): Promise<void>;
}

export const done = { kind: 'done' } as const;
export const returned = { kind: 'returned' } as const;

export const forwarded = (...steps: NextStep[]): Forwarded => ({ kind: 'forwarded', steps, mayReturn: true });

export const again = (headers: object, delayMs?: number): NextStep => ({
  queue: 'deliveries',
  headers,
  ...(delayMs !== undefined && { after: tierFor(delayMs) }),
});

/** The settlement of a worker that gives up a task. */
export function undelivered(
  { headers }: Pick<ReceivedMessage, 'headers'>,
  ending: object = { reason: 'exhausted' },
): Settlement {
  return forwarded({
    queue: 'undelivered',
    headers: { reason: 'exhausted', failedAt: Date.now(), ...headers, ...ending },
  });
}

/** From its tenth return on, a message waits for a second before each trial. */
const poison = { what: 'the poison', timeoutMs: 30_000 };

export function eventHeaders(given: Partial<EventHeaders> = {}): EventHeaders {
  return {
    id: 'event-1',
    identity: 'Yq5n',
    account: '0',
    bus: '',
    name: 'cmdb.host.create',
    type: 'create',
    dialect: 'cloudevents',
    receivedAt: 1_700_000_000_123,
    dataAt: 70_000,
    ...given,
  };
}

export function deliveryHeaders(given: Partial<DeliveryHeaders> = {}): DeliveryHeaders {
  return { ...eventHeaders(), subscription: 7, attempt: 1, parked: 0, ...given };
}

/** A promise, and the function that resolves it. */
export function gate() {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}

/** The contract of every implementation of the broker. */
export function describeBroker(
  name: string,
  createWorld: () => World,
  /** Whether the events of a batch share a message. */
  { sharesMessages }: { sharesMessages: boolean },
): void {
  describe(`the broker ${name}`, () => {
    const body = Buffer.from('{"specversion":"1.0"}');
    let world: World;
    let broker: Broker;

    beforeEach(async () => {
      world = createWorld();
      broker = await world.open();
    });
    afterEach(() => world.close());

    /** Consumes with a handler that settles each message by `settle`, and keeps all messages. */
    async function collect<Queue extends WorkQueue>(
      queue: Queue,
      settle: (message: ReceivedMessage) => SettlementOf[Queue],
    ) {
      const messages: ReceivedMessage[] = [];
      const consumer = await broker.consume(queue, {
        prefetch: 10,
        handle: (message) => {
          messages.push(message);
          return Promise.resolve(settle(message));
        },
      });
      return { messages, stop: () => consumer.stop() };
    }

    const idsOf = (messages: readonly ReceivedMessage[]) => messages.map(({ headers }) => headers['id']);

    describe('a message', () => {
      it('arrives with the headers and the bytes with which it was published', async () => {
        const { messages } = await collect('events', () => done);
        const text = fc.string({ unit: 'grapheme', maxLength: 300 });
        const headers = fc.record({ account: text, bus: text, name: text, type: text, traceparent: text });
        const samples = fc.sample(fc.record({ headers, body: fc.uint8Array({ maxLength: 3_000 }) }), 100);
        const events = [
          { headers: eventHeaders({ id: 'words', name: 'Wörter:mit/allem.🎉 '.repeat(200) }), body },
          { headers: eventHeaders({ id: 'long'.repeat(100) }), body: randomBytes(256 * 1024) },
          ...samples.map((sample, index) => ({
            headers: eventHeaders({ id: String(index), ...sample.headers }),
            body: Buffer.from(sample.body),
          })),
        ];

        for (const event of events) await broker.publishEvent(event);

        await waitFor(() => messages.length === events.length, { what: 'all events' });
        // Events come over two connections, and may overtake each other.
        const arrived = new Map(messages.map((message) => [message.headers['id'], message]));
        for (const event of events) {
          const { headers, body: bytes } = arrived.get(event.headers.id)!;
          expect(headers).toEqual(event.headers);
          expect(bytes.equals(event.body)).toBe(true);
        }
      });

      it('of a batch arrives like a message that was published alone', async () => {
        const { messages } = await collect('events', () => done);
        const events = [1, 2, 3].map((number) => ({
          headers: eventHeaders({ id: `event-${number}`, identity: `identity-${number}`, dataAt: number }),
          body: Buffer.from(`{"specversion":"1.0","id":"event-${number}"}`),
        }));
        await broker.publishBatch(events);
        await broker.publishBatch([{ headers: eventHeaders({ id: 'alone' }), body }]);
        await broker.publishBatch([]);
        await waitFor(() => messages.length === 4, { what: 'all events' });
        expect(messages).toMatchObject(
          [...events, { headers: eventHeaders({ id: 'alone' }), body }].map((event) => ({
            ...event,
            isRedelivered: false,
          })),
        );
      });

      it('of a batch fails alone, and becomes poison alone', async () => {
        const calls = new Map<string, number>();
        const poisoned = await collect('undelivered', () => done);
        await collect('events', ({ headers }) => {
          const id = String(headers['id']);
          calls.set(id, (calls.get(id) ?? 0) + 1);
          if (id === 'poison') throw new Error('cannot handle this');
          return done;
        });
        const ids = ['first', 'poison', 'last'];
        await broker.publishBatch(ids.map((id) => ({ headers: eventHeaders({ id }), body })));
        await waitFor(() => poisoned.messages.length === 1, poison);
        expect(poisoned.messages[0]).toMatchObject({ headers: { ...eventHeaders({ id: 'poison' }) }, body });
        expect([calls.get('first'), calls.get('last')]).toEqual([1, 1]);
      });

      it('of a batch waits while all slots of the prefetch are taken', async () => {
        const { opened, open } = gate();
        let atOnce = 0;
        let most = 0;
        let handled = 0;
        await broker.consume('events', {
          prefetch: 4,
          handle: async () => {
            atOnce += 1;
            most = Math.max(most, atOnce);
            await opened;
            atOnce -= 1;
            handled += 1;
            return done;
          },
        });
        const three = ['1', '2', '3'].map((id) => ({ headers: eventHeaders({ id }), body }));
        for (let count = 0; count < 20; count += 1) await broker.publishBatch(three);
        await waitFor(() => atOnce >= 4, { what: 'the first events' });
        open();
        await waitFor(() => handled === 60, { what: 'all events' });
        expect(most).toBeLessThanOrEqual(4 - 1 + three.length);
      });

      it('is marked as redelivered when it was handed out before', async () => {
        const seen: boolean[] = [];
        await broker.consume('events', {
          prefetch: 1,
          handle: ({ isRedelivered }) => {
            seen.push(isRedelivered);
            return isRedelivered ? Promise.resolve(done) : Promise.reject(new Error('the first attempt fails'));
          },
        });
        await broker.publishEvent({ headers: eventHeaders(), body });
        await waitFor(() => seen.length === 2, { what: 'the redelivery' });
        expect(seen).toEqual([false, true]);
      });

      it('is counted in the depth of the queue in which it waits', async () => {
        await collect('undelivered', () => done);
        const settled = await collect('deliveries', ({ headers }) => forwarded(again(headers, 3_600_000)));
        await Promise.all([1, 2, 3].map(() => broker.publishEvent({ headers: eventHeaders(), body })));
        await broker.publishDelivery({ headers: deliveryHeaders(), body });
        await waitFor(() => settled.messages.length === 1, { what: 'the delivery' });
        await settled.stop();

        const states = await broker.queues();

        expect(states.map(({ name }) => name)).toEqual(queueNames);
        expect(states).toContainEqual({ name: 'events', ready: 3, consumers: 0 });
        expect(states).toContainEqual({ name: 'deliveries', ready: 0, consumers: 0 });
        expect(states).toContainEqual({ name: 'undelivered', ready: 0, consumers: 1 });
        expect(states).toContainEqual({ name: 'retry.1h', ready: 1, consumers: 0 });
      });

      it('reaches only the queue that it was published to', async () => {
        const events = await collect('events', () => done);
        const deliveries = await collect('deliveries', () => done);
        await broker.publishEvent({ headers: eventHeaders({ id: 'an event' }), body });
        await broker.publishDelivery({ headers: deliveryHeaders({ id: 'a delivery' }), body });

        await waitFor(() => events.messages.length > 0 && deliveries.messages.length > 0, { what: 'both' });
        expect(idsOf(events.messages)).toEqual(['an event']);
        expect(idsOf(deliveries.messages)).toEqual(['a delivery']);
      });

      it('waits for a consumer', async () => {
        await broker.publishEvent({ headers: eventHeaders(), body });
        const { messages } = await collect('events', () => done);
        await waitFor(() => messages.length === 1, { what: 'the event' });
      });
    });

    describe('consuming', () => {
      it('hands out no more messages at once than the prefetch', async () => {
        const { opened, open } = gate();
        const held: ReceivedMessage[] = [];
        await broker.consume('events', {
          prefetch: 3,
          handle: async (message) => {
            held.push(message);
            await opened;
            return done;
          },
        });
        for (let id = 0; id < 10; id += 1)
          await broker.publishEvent({ headers: eventHeaders({ id: String(id) }), body });
        await waitFor(() => held.length === 3, { what: 'the prefetch of the first consumer' });

        const { messages } = await collect('events', () => done);
        await waitFor(() => messages.length === 7, { what: 'all other messages at the second consumer' });
        expect(held).toHaveLength(3);
        open();
      });

      it('acks a message that is done, which is not handed out again', async () => {
        const first = await collect('events', () => done);
        await broker.publishEvent({ headers: eventHeaders({ id: 'done' }), body });
        await waitFor(() => first.messages.length === 1, { what: 'the event' });
        await first.stop();

        const second = await collect('events', () => done);
        await broker.publishEvent({ headers: eventHeaders({ id: 'next' }), body });
        await waitFor(() => second.messages.length > 0, { what: 'the next event' });
        expect(idsOf(second.messages)).toEqual(['next']);
      });

      it('publishes each next step with its own headers and the bytes of the message', async () => {
        const { messages } = await collect('deliveries', () => done);
        const deliveries = Array.from({ length: 600 }, (_, index) => deliveryHeaders({ subscription: index + 1 }));
        await collect('events', () => forwarded(...deliveries.map((headers) => again(headers))));
        const bytes = randomBytes(1_000);
        await broker.publishEvent({ headers: eventHeaders(), body: bytes });

        await waitFor(() => messages.length === deliveries.length, { what: 'all deliveries' });
        expect(messages.map(({ headers }) => headers)).toEqual(deliveries);
        expect(messages.every((message) => message.body.equals(bytes))).toBe(true);
      });

      it('settles each part of a message on its own, and calls onDurable when its steps are durable', async () => {
        const { messages } = await collect('deliveries', () => done);
        const parts = [
          Promise.resolve(forwarded(again(deliveryHeaders({ subscription: 1 }), 1_000))),
          Promise.resolve(done),
        ];
        const publishedAt = Date.now();
        const durable: string[] = [];
        await collect('events', () => ({
          ...forwarded(again(deliveryHeaders({ subscription: 2 }))),
          onDurable: () => void durable.push('the steps'),
          parts: [
            ...parts,
            Promise.resolve({
              ...forwarded(again(deliveryHeaders({ subscription: 3 }))),
              onDurable: () => void durable.push('a part'),
            }),
          ],
        }));
        await broker.publishEvent({ headers: eventHeaders(), body });
        await waitFor(() => messages.length === 3, { what: 'all deliveries' });
        expect(messages.map(({ headers }) => headers['subscription'])).toEqual([
          expect.any(Number),
          expect.any(Number),
          1,
        ]);
        expect(Date.now() - publishedAt).toBeGreaterThanOrEqual(999);
        expect(durable.sort()).toEqual(['a part', 'the steps']);
      });

      it('hands out a step after the delay of its tier, the shortest first, with the same bytes', async () => {
        const came: (ReceivedMessage & { at: number })[] = [];
        const delays: Record<string, number> = { long: 1_001, short: 1 };
        await broker.consume('deliveries', {
          prefetch: 10,
          handle: (message) => {
            came.push({ ...message, at: Date.now() });
            const { headers } = message;
            const step = again(
              { ...deliveryHeaders({ id: String(headers['id']) }), attempt: 2 },
              delays[String(headers['id'])],
            );
            return Promise.resolve(headers['attempt'] === 1 ? forwarded(step) : done);
          },
        });
        const bytes = randomBytes(1_000);
        await broker.publishDelivery({ headers: deliveryHeaders({ id: 'long' }), body: bytes });
        await broker.publishDelivery({ headers: deliveryHeaders({ id: 'short' }), body });

        await waitFor(() => came.length === 4, { what: 'both retries' });
        expect(idsOf(came)).toEqual(['long', 'short', 'short', 'long']);
        const [, shortFirst, short, long] = came;
        expect(short!.headers).toMatchObject(deliveryHeaders({ id: 'short', attempt: 2 }));
        expect(short!.at - shortFirst!.at).toBeGreaterThanOrEqual(990);
        expect(long!.headers).toMatchObject(deliveryHeaders({ id: 'long', attempt: 2, parked: 0 }));
        expect(long!.body.equals(bytes)).toBe(true);
        expect(long!.at - came[0]!.at).toBeGreaterThanOrEqual(4_990);
      });

      it('hands out a step without a tier at once, not as a redelivery', async () => {
        let calls = 0;
        const { messages } = await collect('deliveries', ({ headers }) =>
          ++calls === 1 ? forwarded(again({ ...headers })) : done,
        );
        await broker.publishDelivery({ headers: deliveryHeaders({ attempt: 4, parked: 2 }), body });
        await waitFor(() => messages.length === 2, { what: 'the message' });
        expect(messages[1]).toMatchObject({
          headers: deliveryHeaders({ attempt: 4, parked: 2 }),
          body,
          isRedelivered: false,
        });
      });

      it('acks a message only when all its parts are settled', async () => {
        const { messages } = await collect('deliveries', () => done);
        const { opened, open } = gate();
        const events = await collect('events', () => ({
          ...forwarded(),
          parts: [Promise.resolve(done), opened.then(() => forwarded(again(deliveryHeaders({ subscription: 2 }))))],
        }));
        await broker.publishEvent({ headers: eventHeaders(), body });
        await waitFor(() => events.messages.length === 1, { what: 'the event' });
        open();
        await waitFor(() => messages.length === 1, { what: 'the task' });
        await events.stop();
        expect(messages[0]!.headers['subscription']).toBe(2);
        expect(events.messages).toHaveLength(1);
      });

      it('hands out a returned message again', async () => {
        let calls = 0;
        const { messages } = await collect('events', () => (++calls === 1 ? returned : done));
        await broker.publishEvent({ headers: eventHeaders({ id: 'returned' }), body });
        await waitFor(() => messages.length === 2, { what: 'the message again' });
        expect(messages[1]).toMatchObject({ headers: { id: 'returned' }, isRedelivered: true });
      });

      it('tells the handler that a message is ours until its consumer is stopping', async () => {
        const { opened, open } = gate();
        const holds: Hold[] = [];
        const consumer = await broker.consume('events', {
          prefetch: 1,
          handle: async (_message, hold) => {
            holds.push(hold);
            await opened;
            return done;
          },
        });
        await broker.publishEvent({ headers: eventHeaders(), body });
        await waitFor(() => holds.length === 1, { what: 'the handler' });
        expect(holds[0]).toMatchObject({ isShared: false });
        expect(holds[0]!.untilMs).toBeGreaterThan(performance.now());
        expect(holds[0]!.isOurs()).toBe(true);
        const stopping = consumer.stop();
        await waitFor(() => !holds[0]!.isOurs(), { what: 'the stop' });
        open();
        await stopping;
      });

      it('forwards the last part of a message while its consumer is stopping', async () => {
        const begun = gate();
        const waits = async (hold: Hold) => {
          begun.open();
          await waitFor(() => !hold.isOurs(), { what: 'the stop' });
          return forwarded(again(deliveryHeaders({ subscription: 2 })));
        };
        const consumer = await broker.consume('events', {
          prefetch: 1,
          handle: (_message, hold) => Promise.resolve({ ...forwarded(), parts: [Promise.resolve(done), waits(hold)] }),
        });
        await broker.publishEvent({ headers: eventHeaders(), body });
        await begun.opened;
        await consumer.stop();

        const events = await collect('events', () => done);
        const deliveries = await collect('deliveries', () => done);
        await waitFor(() => deliveries.messages.length === 1, { what: 'the task that waited' });
        expect(deliveries.messages[0]).toMatchObject({ headers: { subscription: 2 } });
        expect(events.messages).toEqual([]);
      });

      it('tells the handler whether an event shares its message with others', async () => {
        const shared: boolean[] = [];
        await broker.consume('events', {
          prefetch: 10,
          handle: (_message, { isShared }) => {
            shared.push(isShared);
            return Promise.resolve(done);
          },
        });
        await broker.publishBatch(['1', '2'].map((id) => ({ headers: eventHeaders({ id }), body })));
        await waitFor(() => shared.length === 2, { what: 'both events' });
        expect(shared).toEqual([sharesMessages, sharesMessages]);
      });

      it('keeps an undelivered message with its reason', async () => {
        const before = Date.now();
        const { messages } = await collect('undelivered', () => done);
        await collect('deliveries', (message) =>
          undelivered(message, { reason: 'exhausted', status: 503, answer: 'später' }),
        );
        await broker.publishDelivery({ headers: deliveryHeaders({ attempt: 10 }), body });

        await waitFor(() => messages.length === 1, { what: 'the undelivered message' });
        const { failedAt, ...headers } = messages[0]!.headers;
        expect(headers).toEqual({
          ...deliveryHeaders({ attempt: 10 }),
          reason: 'exhausted',
          status: 503,
          answer: 'später',
        });
        expect(failedAt).toBeGreaterThanOrEqual(before);
        expect(messages[0]!.body.equals(body)).toBe(true);
      });

      it('returns a message whose handler throws 20 times, and then makes it poison', async () => {
        let failures = 0;
        const poisoned = await collect('undelivered', () => done);
        const { messages } = await collect('events', ({ headers }) => {
          if (headers['id'] !== 'poison') return done;
          failures += 1;
          throw new Error('cannot handle this');
        });
        await broker.publishEvent({ headers: eventHeaders({ id: 'poison' }), body });
        await broker.publishEvent({ headers: eventHeaders({ id: 'good' }), body });

        await waitFor(() => poisoned.messages.length === 1, poison);
        expect(failures).toBe(21);
        expect(idsOf(messages)).toContain('good');
        expect(poisoned.messages[0]).toMatchObject({
          headers: { ...eventHeaders({ id: 'poison' }), 'x-first-death-reason': 'delivery_limit' },
          body,
        });
      });

      it('never drops a message of undelivered, even if its handler throws very often', async () => {
        let failures = 0;
        await collect('undelivered', () => {
          failures += 1;
          if (failures <= 50) throw new Error('the store is away');
          return done;
        });
        await collect('events', (message) => undelivered(message, { reason: 'poison' }));
        await broker.publishEvent({ headers: eventHeaders(), body });
        await waitFor(() => failures === 51, { what: '51 attempts' });
      });

      it('stops when every message in hand is settled, and then takes no more messages', async () => {
        const { opened, open } = gate();
        let isUnderWay = false;
        const consumer = await broker.consume('events', {
          prefetch: 1,
          handle: async () => {
            isUnderWay = true;
            await opened;
            return done;
          },
        });
        await broker.publishEvent({ headers: eventHeaders({ id: 'under way' }), body });
        await waitFor(() => isUnderWay, { what: 'the handler' });

        let isStopped = false;
        const stopping = consumer.stop().then(() => (isStopped = true));
        const next = await collect('events', () => done);
        await broker.publishEvent({ headers: eventHeaders({ id: 'next' }), body });
        await waitFor(() => next.messages.length > 0, { what: 'the next event at the second consumer' });
        expect(isStopped).toBe(false);

        open();
        await stopping;
        expect(idsOf(next.messages)).toEqual(['next']);
      });
    });

    describe('changes', () => {
      it('reach every watcher in order, and can be announced without watchers', async () => {
        await broker.announceChange(Buffer.from('unseen'));
        const seen: string[][] = [[], []];
        const watchers = [];
        for (const each of seen) {
          const other = await world.open();
          const onChange = (change: Buffer) => void each.push(change.toString());
          watchers.push(await other.watchChanges({ onOpen: () => Promise.resolve(), onChange }));
        }
        const changes = Array.from({ length: 50 }, (_, index) => `change ${index}`);
        for (const change of changes) await broker.announceChange(Buffer.from(change));
        await waitFor(() => seen.every((each) => each.length === changes.length), { what: 'all changes' });
        expect(seen).toEqual([changes, changes]);

        await watchers[0]!.stop();
        await broker.announceChange(Buffer.from('late'));
        await waitFor(() => seen[1]!.length > changes.length, { what: 'the late change' });
        expect(seen[0]).toEqual(changes);
      });

      it('reach the watcher before any event that was published after their announcement', async () => {
        const rounds = 200;
        const known = new Set<string>();
        const tooLate: string[] = [];
        let handled = 0;
        await broker.watchChanges({
          onOpen: () => Promise.resolve(),
          onChange: (change) => void known.add(change.toString()),
        });
        await broker.consume('events', {
          prefetch: 50,
          handle: ({ headers }) => {
            handled += 1;
            if (!known.has(String(headers['id']))) tooLate.push(String(headers['id']));
            return Promise.resolve(done);
          },
        });
        const announcer = await world.open();
        const publisher = await world.open();
        for (let round = 0; round < rounds; round += 1) {
          await announcer.announceChange(Buffer.from(String(round)));
          await publisher.publishEvent({ headers: eventHeaders({ id: String(round) }), body });
        }
        await waitFor(() => handled === rounds, { what: 'all events' });
        expect(tooLate).toEqual([]);
      });

      it('are received while the watch opens, but no message is consumed before it is open', async () => {
        const { opened, open } = gate();
        const log: string[] = [];
        await broker.publishEvent({ headers: eventHeaders(), body });
        const watching = broker.watchChanges({
          onOpen: async () => {
            await opened;
            log.push('open');
          },
          onChange: () => void log.push('change'),
        });
        const consuming = broker.consume('events', {
          prefetch: 1,
          handle: () => {
            log.push('event');
            return Promise.resolve(done);
          },
        });
        // Repeated, because the first changes may be announced before the watcher receives them.
        const announcer = await world.open();
        await waitFor(() => announcer.announceChange(body).then(() => log.length >= 20), { what: '20 changes' });
        expect(log).not.toContain('event');

        open();
        await Promise.all([watching, consuming]);
        await waitFor(() => log.includes('event'), { what: 'the event' });
        expect(log.indexOf('event')).toBeGreaterThan(log.indexOf('open'));
      });

      it('of keys reach the watchers of keys alone', async () => {
        const seen: Record<ChangeKind, string[]> = { subscriptions: [], keys: [] };
        for (const kind of ['subscriptions', 'keys'] as const) {
          const onChange = (change: Buffer) => void seen[kind].push(change.toString());
          await broker.watchChanges({ of: kind, onOpen: () => Promise.resolve(), onChange });
        }
        await broker.announceChange(Buffer.from('a key'), 'keys');
        await broker.announceChange(Buffer.from('a subscription'));
        await broker.announceChange(Buffer.from('another key'), 'keys');
        await waitFor(() => seen.keys.length === 2 && seen.subscriptions.length === 1, { what: 'the changes' });
        expect(seen).toEqual({ subscriptions: ['a subscription'], keys: ['a key', 'another key'] });
      });

      it('are passed on after a watcher has thrown, or has failed to open at first', async () => {
        let opens = 0;
        const seen: string[] = [];
        await broker.watchChanges({
          onOpen: () => {
            opens += 1;
            return opens === 1 ? Promise.reject(new Error('not yet')) : Promise.resolve();
          },
          onChange: (change) => {
            seen.push(change.toString());
            if (seen.length === 1) throw new Error('cannot read this');
          },
        });
        expect(opens).toBe(2);
        for (const change of ['bad', 'good']) await broker.announceChange(Buffer.from(change));
        await waitFor(() => seen.length === 2, { what: 'both changes' });
      });
    });

    describe('closing', () => {
      it('waits for handlers, acks their messages, and leaves no handle open', async () => {
        const handlesBefore = countHandles();
        const other = await world.open();
        const { opened, open } = gate();
        let isUnderWay = false;
        await other.watchChanges({ onOpen: () => Promise.resolve(), onChange: () => undefined });
        await other.consume('deliveries', {
          prefetch: 1,
          handle: async () => {
            isUnderWay = true;
            await opened;
            return forwarded(again(deliveryHeaders(), 24 * 3_600_000));
          },
        });
        await other.publishDelivery({ headers: deliveryHeaders(), body });
        await waitFor(() => isUnderWay, { what: 'the handler' });

        let isClosed = false;
        const closing = other.close().then(() => (isClosed = true));
        await new Promise((resolve) => setImmediate(resolve));
        expect(isClosed).toBe(false);
        open();
        await closing;
        await other.close();

        expect(other.state()).toBe('away');
        await expect(other.publishEvent({ headers: eventHeaders(), body })).rejects.toBeInstanceOf(BrokerUnavailable);
        await expect(other.announceChange(body)).rejects.toBeInstanceOf(BrokerUnavailable);
        await waitFor(() => countHandles() <= handlesBefore, { what: 'the handles to be gone' });
      });

      it('rejects a consumer that still waits for a watcher', async () => {
        const { opened, open } = gate();
        const watching = broker.watchChanges({ onOpen: () => opened, onChange: () => undefined });
        const consuming = broker.consume('events', { prefetch: 1, handle: () => Promise.resolve(done) });
        const refused = expect(consuming).rejects.toBeInstanceOf(BrokerUnavailable);
        const ended = watching.catch((error: unknown) => error);
        await broker.close();
        open();
        await refused;
        await ended;
      });
    });
  });
}

function countHandles(): number {
  return process.getActiveResourcesInfo().filter((name) => /TCP|Timeout/.test(name)).length;
}

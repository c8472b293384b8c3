import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { newestFormat } from '@callbus/contracts/messages/message-format';
import { asideOf } from '@callbus/contracts/messages/set-aside';
import { tierFor } from '@callbus/contracts/messages/topology';
import { openTcpProxy, type TcpProxy } from '@callbus/testing/network/tcp-proxy';
import { isolate } from '@callbus/testing/isolate';
import { waitFor } from '@callbus/testing/wait-for';
import { connect, type Channel, type ChannelModel } from 'amqplib';
import { pino } from 'pino';
import { BrokerUnavailable, MessageTooLarge, type Broker, type Hold, type ReceivedMessage } from '../src/broker.js';
import { createRabbitmqBroker } from '../src/rabbitmq.js';
import {
  again,
  deliveryHeaders,
  done,
  eventHeaders,
  forwarded,
  gate,
  returned,
  undelivered as end,
} from './contract.js';
import { createRabbitmqWorld } from './rabbitmq-world.js';

const place = await isolate();
const body = Buffer.from('{"specversion":"1.0"}');
const changesExchange = `${place.brokerPrefix}subscription.changes`;
const watchExchange = `${place.brokerPrefix}subscription.watch`;

let operator: ChannelModel;
let channel: Channel;
let proxy: TcpProxy;
beforeAll(async () => {
  operator = await connect(place.amqpUrl);
  channel = await operator.createChannel();
  proxy = await openTcpProxy(place.amqpUrl);
});
afterAll(async () => {
  await operator.close();
  await proxy.close();
  await place.cleanUp();
});

describe('the broker on RabbitMQ', () => {
  let world: ReturnType<typeof createRabbitmqWorld>;
  let broker: Broker;
  beforeEach(async () => {
    world = createRabbitmqWorld(place);
    broker = await world.open();
  });
  afterEach(async () => {
    proxy.speak();
    proxy.accept();
    await world.close();
    await world.purge();
  });

  async function collect(from: Broker, queue: Parameters<Broker['consume']>[0]): Promise<ReceivedMessage[]> {
    const messages: ReceivedMessage[] = [];
    const handle = (message: ReceivedMessage) => {
      messages.push(message);
      return Promise.resolve(done);
    };
    await from.consume(queue, { prefetch: 10, handle });
    return messages;
  }

  const isThere = (queue: string) => isFound((asking) => asking.checkQueue(queue));

  async function isFound(ask: (channel: Channel) => Promise<unknown>): Promise<boolean> {
    const asking = await operator.createChannel();
    asking.on('error', () => undefined);
    const answer = await ask(asking).then(
      () => true,
      () => false,
    );
    if (answer) await asking.close();
    return answer;
  }

  const publishUntilTaken = (through: Broker, id: string) =>
    waitFor(() => through.publishEvent({ headers: eventHeaders({ id }), body }).then(() => true), {
      what: 'a publish that is taken',
    });

  it('keeps the messages of different prefixes apart', async () => {
    const elsewhere = await isolate();
    const other = await world.open({ prefix: elsewhere.brokerPrefix });
    const [own, foreign] = [await collect(broker, 'events'), await collect(other, 'events')];
    await broker.publishEvent({ headers: eventHeaders({ id: 'own' }), body });
    await other.publishEvent({ headers: eventHeaders({ id: 'foreign' }), body });
    await waitFor(() => own.length > 0 && foreign.length > 0, { what: 'both events' });
    expect([own, foreign].map((each) => each.map(({ headers }) => headers['id']))).toEqual([['own'], ['foreign']]);
    await other.close();
    await elsewhere.cleanUp();
  });

  it('publishes persistent CloudEvents, which can be tapped by account, bus and name', async () => {
    const { queue } = await channel.assertQueue('', { exclusive: true });
    await channel.bindQueue(queue, `${place.brokerPrefix}events`, '0.*.cmdb.#');
    await broker.publishEvent({ headers: eventHeaders({ account: '1' }), body });
    await broker.publishEvent({ headers: eventHeaders({ id: 'tapped', receivedAt: 1_700_000_000_999 }), body });
    const tapped = await waitFor(() => channel.get(queue, { noAck: true }), { what: 'the tapped event' });
    expect(tapped).toMatchObject({
      content: body,
      properties: {
        messageId: 'tapped',
        timestamp: 1_700_000_000,
        deliveryMode: 2,
        contentType: 'application/cloudevents+json',
      },
      fields: { routingKey: '0.-.cmdb.host.create', messageCount: 0 },
    });
    // Another test deletes the queue `events`, and must not find this tap.
    await channel.deleteQueue(queue);
  });

  it('publishes a batch as one message, which taps can read as CloudEvents', async () => {
    const { queue } = await channel.assertQueue('', { exclusive: true });
    await channel.bindQueue(queue, `${place.brokerPrefix}events`, '0.#');
    await broker.publishBatch(['1', '2'].map((id) => ({ headers: eventHeaders({ id }), body })));
    const tapped = await waitFor(() => channel.get(queue, { noAck: true }), { what: 'the batch' });
    expect(tapped).toMatchObject({
      content: Buffer.from(`[${body.toString()},${body.toString()}]`),
      properties: { contentType: 'application/cloudevents-batch+json', messageId: undefined },
      fields: { routingKey: '0.-.cmdb.host.create', messageCount: 0 },
    });
    await channel.deleteQueue(queue);
  });

  it('publishes events of several kinds as one message, which reaches each tap of any of them once', async () => {
    const { queue } = await channel.assertQueue('', { exclusive: true });
    for (const key of ['0.#', '1.*.b.c', '2.#']) await channel.bindQueue(queue, `${place.brokerPrefix}events`, key);
    const kinds = [{ account: '3' }, { account: '1', name: 'b.c' }, { account: '2' }];
    await broker.publishBatch(kinds.map((kind) => ({ headers: eventHeaders(kind), body })));
    const tapped = await waitFor(() => channel.get(queue, { noAck: true }), { what: 'the batch' });
    expect(tapped).toMatchObject({ fields: { messageCount: 0 } });
    expect(tapped).not.toHaveProperty('properties.headers.BCC');
    await broker.publishBatch(['3', '4'].map((account) => ({ headers: eventHeaders({ account }), body })));
    expect(await channel.get(queue, { noAck: true })).toBe(false);
    await channel.deleteQueue(queue);
    const messages = await collect(broker, 'events');
    await waitFor(() => messages.length === 5, { what: 'the events' });
    expect(messages.map(({ headers }) => headers['account'])).toEqual(['3', '1', '2', '3', '4']);
  });

  it('publishes one message for each kind when format 2 is written', async () => {
    const { queue } = await channel.assertQueue('', { exclusive: true });
    await channel.bindQueue(queue, `${place.brokerPrefix}events`, '#');
    const older = await world.open({ format: 2 });
    await older.publishBatch(['0', '1', '0'].map((account) => ({ headers: eventHeaders({ account }), body })));
    const tapped = await waitFor(() => channel.get(queue, { noAck: true }), { what: 'the first kind' });
    expect(tapped).toMatchObject({
      properties: { headers: { callbus: expect.stringMatching(/^\{"v":2,/) as unknown } },
      fields: { messageCount: 1 },
    });
    await channel.deleteQueue(queue);
    const messages = await collect(broker, 'events');
    await waitFor(() => messages.length === 3, { what: 'the events' });
  });

  it('hands out the events of a redelivered batch as messages of their own', async () => {
    const { opened, open } = gate();
    const through = await world.open({ url: proxy.url });
    const seen: string[] = [];
    await through.consume('events', {
      prefetch: 10,
      handle: async ({ headers, isRedelivered }) => {
        seen.push(`${String(headers['id'])} ${isRedelivered ? 'again' : 'alone'}`);
        if (seen.length <= 3) await opened;
        return done;
      },
    });
    await broker.publishBatch(['1', '2', '3'].map((id) => ({ headers: eventHeaders({ id }), body })));
    await waitFor(() => seen.length === 3, { what: 'the batch' });
    proxy.cut();
    await waitFor(() => seen.length === 6, { what: 'its events' });
    expect(seen.slice(3).toSorted()).toEqual(['1 alone', '2 alone', '3 alone']);
    open();
  });

  it('does not begin a waiting batch after its connection was lost', async () => {
    const { opened, open } = gate();
    const through = await world.open({ url: proxy.url });
    const seen: unknown[] = [];
    await through.consume('events', {
      prefetch: 2,
      handle: async ({ headers }) => {
        seen.push(headers['id']);
        await opened;
        return done;
      },
    });
    for (const ids of [
      ['1', '2'],
      ['3', '4'],
    ])
      await broker.publishBatch(ids.map((id) => ({ headers: eventHeaders({ id }), body })));
    await waitFor(() => seen.length === 2, { what: 'the first batch' });
    await waitFor(async () => (await channel.checkQueue(`${place.brokerPrefix}events`)).messageCount === 0, {
      what: 'the second batch to be taken',
    });
    const before = proxy.accepted();
    proxy.cut();
    await waitFor(() => proxy.accepted() >= before + 4, { what: 'the loss of all connections' });
    open();
    await waitFor(() => seen.length >= 6, { what: 'the redelivery of all events' });
    expect(seen.toSorted()).toEqual(['1', '1', '2', '2', '3', '4']);
  });

  it('tells the handler that a message is no longer ours when its connection was lost', async () => {
    const { opened, open } = gate();
    const through = await world.open({ url: proxy.url });
    const holds: Hold[] = [];
    await through.consume('deliveries', {
      prefetch: 10,
      handle: async (_message, hold) => {
        holds.push(hold);
        await opened;
        return hold.isOurs() ? done : returned;
      },
    });
    await broker.publishDelivery({ headers: deliveryHeaders(), body });
    await waitFor(() => holds.length === 1, { what: 'the message' });
    expect(holds[0]!.isOurs()).toBe(true);
    proxy.cut();
    await waitFor(() => holds.length === 2, { what: 'the message again' });
    expect(holds.map(({ isOurs }) => isOurs())).toEqual([false, true]);
    open();
    const isEmpty = async () => {
      const consumer = await channel.checkQueue(`${place.brokerPrefix}deliveries`);
      return consumer.messageCount === 0;
    };
    await waitFor(isEmpty, { what: 'the ack' });
  });

  it('publishes no next step of a message whose connection was lost', async () => {
    const through = await world.open({ url: proxy.url });
    let comings = 0;
    await through.consume('deliveries', {
      prefetch: 10,
      handle: async (message, hold) => {
        comings += 1;
        if (comings > 1) return done;
        await waitFor(() => !hold.isOurs(), { what: 'the loss' });
        return end(message);
      },
    });
    const undelivered = await collect(broker, 'undelivered');
    await broker.publishDelivery({ headers: deliveryHeaders(), body });
    await waitFor(() => comings === 1, { what: 'the message' });
    proxy.cut();
    await waitFor(() => comings === 2, { what: 'the message again' });
    await broker.publishDelivery({ headers: deliveryHeaders({ id: 'next' }), body });
    await waitFor(() => comings === 3, { what: 'the next one' });
    expect(undelivered).toEqual([]);
  });

  it('does not make a message poison because its connection was lost more often than the delivery limit', async () => {
    const cuts = 24;
    let isOver = false;
    const through = await world.open({ url: proxy.url });
    const undelivered = await collect(broker, 'undelivered');
    const finished: unknown[] = [];
    let comings = 0;
    await through.consume('deliveries', {
      prefetch: 10,
      handle: async ({ headers }, hold) => {
        comings += 1;
        await waitFor(() => isOver || !hold.isOurs(), { what: 'the cut', timeoutMs: 60_000 });
        if (!hold.isOurs()) return returned;
        finished.push(headers['id']);
        return done;
      },
    });
    const ids = ['1', '2', '3'];
    for (const id of ids) await broker.publishDelivery({ headers: deliveryHeaders({ id, identity: id }), body });
    for (let cut = 1; cut <= cuts; cut += 1) {
      await waitFor(() => comings >= cut * ids.length, { what: `coming ${cut}`, timeoutMs: 20_000 });
      proxy.cut();
    }
    await waitFor(() => comings > cuts * ids.length, { what: 'the last coming', timeoutMs: 20_000 });
    isOver = true;
    await waitFor(() => finished.length >= ids.length, { what: 'all of them' });
    expect([...new Set(finished)].toSorted()).toEqual(ids);
    expect(undelivered).toEqual([]);
  }, 120_000);

  it('lets a waiting message be held for half of the consumer time-out', async () => {
    const before = performance.now();
    const worker = await world.open({ consumerTimeoutMs: 60_000 });
    let hold: Hold | undefined;
    await worker.consume('events', {
      prefetch: 1,
      handle: (_message, given) => {
        hold = given;
        return Promise.resolve(done);
      },
    });
    await worker.publishEvent({ headers: eventHeaders(), body });
    await waitFor(() => hold !== undefined, { what: 'the event' });
    expect(hold!.untilMs).toBeGreaterThan(before + 30_000);
    expect(hold!.untilMs).toBeLessThan(performance.now() + 30_000);
  });

  it('hands out a message that another application has published', async () => {
    const messages = await collect(broker, 'events');
    channel.publish(`${place.brokerPrefix}accepted`, 'anything', Buffer.from('?'));
    await waitFor(() => messages.length === 1, { what: 'the message' });
    expect(messages[0]).toMatchObject({ headers: {}, body: Buffer.from('?'), isRedelivered: false });
  });

  it('writes the selected format, and reads every format', async () => {
    const old = await world.open({ format: 1 });
    const raw = await channel.assertQueue('', { exclusive: true });
    await channel.bindQueue(raw.queue, `${place.brokerPrefix}accepted`, '');
    const messages = await collect(old, 'events');
    for (const through of [old, broker]) await through.publishEvent({ headers: eventHeaders({ hops: 2 }), body });
    const texts: unknown[] = [];
    await channel.consume(raw.queue, (message) => void texts.push(message!.properties.headers!['callbus']), {
      noAck: true,
    });
    await waitFor(() => texts.length === 2 && messages.length === 2, { what: 'both formats' });
    expect(texts.map((text) => JSON.parse(String(text)) as unknown)).toEqual([
      eventHeaders(),
      { v: 2, ...eventHeaders({ hops: 2 }) },
    ]);
    expect(messages.map(({ headers, format }) => [format, headers['hops']]).toSorted()).toEqual([
      [1, undefined],
      [2, 2],
    ]);
  });

  it('gives back a message of a newer format, which takes no slot of the prefetch, and makes it undelivered unchanged', async () => {
    const lines: Record<string, unknown>[] = [];
    const logger = pino({}, { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) });
    const worker = await world.open({ giveBackTiers: [tierFor(1_000)], logger });
    const handled: ReceivedMessage[] = [];
    const handle = (message: ReceivedMessage) => {
      handled.push(message);
      return Promise.resolve(done);
    };
    for (const queue of ['events', 'deliveries'] as const) await worker.consume(queue, { prefetch: 1, handle });
    const aside = await collect(worker, 'undelivered');
    const text = `{"v":${newestFormat + 1},"who":1e0}`;
    const queues = ['events', 'deliveries', 'undelivered'] as const;
    for (const queue of [...queues, 'events'] as const)
      channel.publish('', `${place.brokerPrefix}${queue}`, Buffer.from('anything'), {
        headers: { callbus: text, own: true },
      });

    for (const queue of ['events', 'deliveries'])
      await waitFor(async () => (await channel.checkQueue(`${place.brokerPrefix}${queue}`)).messageCount === 0, {
        what: 'an empty queue',
      });
    await broker.publishEvent({ headers: eventHeaders(), body });
    await waitFor(() => handled.length === 1, { what: 'the event behind them', timeoutMs: 1_000 });

    await waitFor(() => aside.length === 4, { what: 'all undelivered messages', timeoutMs: 60_000 });
    expect(handled).toHaveLength(1);
    const told = aside.map(({ table, body: bytes }) => {
      expect(bytes.toString()).toBe('anything');
      expect(table).toMatchObject({ callbus: text, own: true });
      return asideOf(table!);
    });
    const ended = (queue: string) => ({ queue, returns: 10, reason: 'newer_format' });
    expect(told.toSorted((one, other) => one!.queue.localeCompare(other!.queue))).toEqual([
      ended('deliveries'),
      ended('events'),
      ended('events'),
      { queue: 'undelivered', returns: 10 },
    ]);
    const noted = lines.filter(({ msg }) => String(msg).startsWith('messages of a newer format'));
    expect(noted.map(({ queue }) => queue).toSorted()).toEqual(['deliveries', 'events', 'undelivered']);
  });

  it('hands out a message that was given back by an older version', async () => {
    const deliveries = await collect(broker, 'deliveries');
    const headers = {
      callbus: JSON.stringify({ v: newestFormat, ...eventHeaders() }),
      'x-callbus-aside': '{"queue":"events","returns":3}',
    };
    channel.publish('', `${place.brokerPrefix}deliveries`, body, { headers });
    await waitFor(() => deliveries.length === 1, { what: 'the event' });
    expect(deliveries[0]!.headers).toMatchObject(eventHeaders());
  });

  it('puts a stored message back unchanged, without the headers that were added on its way', async () => {
    const table = {
      callbus: '{"v":2,"id":1e0}',
      own: true,
      'x-callbus-aside': '{}',
      'x-death': [{}],
      'x-delivery-count': 1,
    };
    const messages = await collect(broker, 'deliveries');
    await broker.putBack({ queue: 'deliveries', headers: {}, table, body });
    await broker.putBack({ queue: 'deliveries', headers: { id: 'anew', 'x-death': [{}] }, table: undefined, body });
    await waitFor(() => messages.length === 2, { what: 'both messages' });
    expect(messages[0]!.table).toEqual({ callbus: '{"v":2,"id":1e0}', own: true });
    expect(messages[1]!.table).toEqual({ callbus: '{"v":2,"id":"anew"}' });
  });

  it('refuses a message whose headers AMQP cannot carry, without harm to the next one', async () => {
    const headers = eventHeaders({ name: 'x'.repeat(70_000) });
    await expect(broker.publishEvent({ headers, body })).rejects.toBeInstanceOf(MessageTooLarge);
    await broker.publishEvent({ headers: eventHeaders(), body });
  });

  it('rejects a message whose queue is missing, and declares the queue again', async () => {
    await channel.deleteQueue(`${place.brokerPrefix}deliveries`);
    const lost = broker.publishDelivery({ headers: deliveryHeaders({ id: 'lost' }), body });
    const kept = broker.publishEvent({ headers: eventHeaders({ id: 'kept' }), body });
    await expect(lost).rejects.toThrow('queue is missing');
    await expect(lost).rejects.toBeInstanceOf(BrokerUnavailable);
    await kept;

    const messages = await collect(broker, 'deliveries');
    const publish = () => broker.publishDelivery({ headers: deliveryHeaders({ id: 'next' }), body }).then(() => true);
    await waitFor(publish, { what: 'the queue' });
    await waitFor(() => messages[0]?.headers['id'] === 'next', { what: 'the next delivery' });
  });

  it('declares the guard, the refusal exchange and the refusing queue again when an operator has deleted them', async () => {
    const exchanges = [`${place.brokerPrefix}refusal`, `${place.brokerPrefix}accepted.guard`];
    const isExchangeThere = (exchange: string) => isFound((asking) => asking.checkExchange(exchange));
    await channel.deleteQueue(`${place.brokerPrefix}refusing`);
    await waitFor(() => isThere(`${place.brokerPrefix}refusing`), { what: 'the queue', timeoutMs: 25_000 });
    for (const exchange of exchanges) await channel.deleteExchange(exchange);
    for (const exchange of exchanges)
      await waitFor(() => isExchangeThere(exchange), { what: exchange, timeoutMs: 25_000 });
  }, 60_000);

  it('refuses an event whose queue is missing even if a tap takes it, and declares the queue again', async () => {
    const { queue } = await channel.assertQueue('', { exclusive: true });
    await channel.bindQueue(queue, `${place.brokerPrefix}events`, '#');
    await channel.deleteQueue(`${place.brokerPrefix}events`);
    const refused = broker.publishEvent({ headers: eventHeaders({ id: 'refused' }), body });
    await expect(refused).rejects.toThrow('the queue refused the message');
    await expect(refused).rejects.toBeInstanceOf(BrokerUnavailable);
    await publishUntilTaken(broker, 'next');

    const messages = await collect(broker, 'events');
    await waitFor(() => messages.length > 0, { what: 'the next event' });
    expect(messages.map(({ headers }) => headers['id'])).toEqual(['next']);
    await channel.deleteQueue(queue);
  });

  it('takes events while one binding of their queue is missing, and declares both bindings again', async () => {
    const messages = await collect(broker, 'events');
    await channel.unbindQueue(`${place.brokerPrefix}events`, `${place.brokerPrefix}accepted`, '');
    await broker.publishEvent({ headers: eventHeaders({ id: 'without the first' }), body });
    await channel.unbindQueue(`${place.brokerPrefix}events`, `${place.brokerPrefix}accepted.guard`, '');
    await expect(broker.publishEvent({ headers: eventHeaders({ id: 'unbound' }), body })).rejects.toThrow('refused');
    await waitFor(() => broker.publishEvent({ headers: eventHeaders({ id: 'bound' }), body }).then(() => true), {
      what: 'the bindings',
      timeoutMs: 30_000,
    });
    await waitFor(() => messages.some(({ headers }) => headers['id'] === 'bound'), { what: 'the event' });
    expect(messages.map(({ headers }) => headers['id'])).toEqual(['without the first', 'bound']);
  });

  it('hands out one message for each event, with one binding of the queue or with both', async () => {
    const messages = await collect(broker, 'events');
    await channel.unbindExchange(`${place.brokerPrefix}accepted.guard`, `${place.brokerPrefix}accepted`, '');
    await broker.publishEvent({ headers: eventHeaders({ id: 'without the guard' }), body });
    await channel.bindExchange(`${place.brokerPrefix}accepted.guard`, `${place.brokerPrefix}accepted`, '');
    await broker.publishEvent({ headers: eventHeaders({ id: 'with it' }), body });
    await waitFor(() => messages.length >= 2, { what: 'both events' });
    expect(messages.map(({ headers }) => headers['id'])).toEqual(['without the guard', 'with it']);
  });

  it('declares everything again when something is missing, but not after a lost connection', async () => {
    const through = await world.open({ url: proxy.url });
    const tier = `${place.brokerPrefix}retry.24h`;
    await channel.deleteQueue(tier);
    const before = proxy.accepted();
    proxy.cut();
    await waitFor(() => proxy.accepted() >= before + 3 && through.state() === 'open', {
      what: 'the connections',
      timeoutMs: 30_000,
    });
    expect(await isThere(tier)).toBe(false);

    await channel.deleteExchange(`${place.brokerPrefix}accepted`);
    await expect(through.publishEvent({ headers: eventHeaders(), body })).rejects.toBeInstanceOf(BrokerUnavailable);
    await publishUntilTaken(through, 'after');
    expect(await isThere(tier)).toBe(true);
  });

  it('opens a new channel when RabbitMQ closes one, and rejects unconfirmed messages', async () => {
    await channel.deleteExchange(`${place.brokerPrefix}accepted`);
    const lost = broker.publishEvent({ headers: eventHeaders(), body });
    await expect(lost).rejects.toBeInstanceOf(BrokerUnavailable);
    const messages = await collect(broker, 'events');
    await publishUntilTaken(broker, 'next');
    await waitFor(() => messages.length > 0, { what: 'the next event' });
  });

  it('continues to consume and watch when the queues are deleted', async () => {
    let opens = 0;
    const changes: string[] = [];
    await broker.watchChanges({
      onOpen: () => Promise.resolve(void (opens += 1)),
      onChange: (change) => void changes.push(change.toString()),
    });
    const messages = await collect(broker, 'events');
    const opensBefore = opens;
    await channel.deleteQueue(`${place.brokerPrefix}events`);
    await publishUntilTaken(broker, 'after');
    await waitFor(() => messages.length > 0, { what: 'an event in the new queue' });

    // The watch is opened again too, because it shares the channel of the consumer.
    expect(opens).toBeGreaterThan(opensBefore);
    await broker.announceChange(body);
    await waitFor(() => changes.length > 0, { what: 'a change' });
  });

  it.each<[string, () => Promise<unknown>]>([
    ['the changes exchange is deleted', () => channel.deleteExchange(changesExchange)],
    [
      'the changes exchange is deleted and declared again',
      async () => {
        await channel.deleteExchange(changesExchange);
        await channel.assertExchange(changesExchange, 'fanout', { durable: true });
      },
    ],
    ['the watch exchange is deleted', () => channel.deleteExchange(watchExchange)],
    ['the exchanges are unbound', () => channel.unbindExchange(watchExchange, changesExchange, '')],
  ])(
    'continues to watch when %s, and opens the watch again because changes may have been missed',
    async (_what, harm) => {
      let opens = 0;
      const changes: string[] = [];
      await broker.watchChanges({
        onOpen: () => Promise.resolve(void (opens += 1)),
        onChange: (change) => void changes.push(change.toString()),
      });
      await harm();
      await waitFor(() => opens === 2, { what: 'the watch again' });
      await waitFor(() => broker.announceChange(body).then(() => true), { what: 'an announcement' });
      await waitFor(() => changes.length > 0, { what: 'a change' });
      expect(changes).toEqual([body.toString()]);
      // The channel was kept, and no probe was taken for a change.
      expect(opens).toBe(2);
    },
  );

  it('rejects an announcement that reaches no worker, although RabbitMQ confirms it', async () => {
    const changes: string[] = [];
    await broker.watchChanges({
      onOpen: () => Promise.resolve(),
      onChange: (change) => void changes.push(String(change)),
    });
    await collect(broker, 'events');
    const announcer = await world.open();
    await channel.deleteExchange(changesExchange);
    await channel.assertExchange(changesExchange, 'fanout', { durable: true });
    await expect(announcer.announceChange(body)).rejects.toBeInstanceOf(BrokerUnavailable);
    await waitFor(() => announcer.announceChange(body).then(() => true), { what: 'an announcement' });
    await waitFor(() => changes.length > 0, { what: 'the change' });
    expect(announcer.publishing()).toEqual({ ok: true });
  });

  it('takes events on the second connection while the first one is lost, after the changes before them', async () => {
    const before = proxy.accepted();
    const through = await world.open({ url: proxy.url });
    const changes: string[] = [];
    let opens = 0;
    await through.watchChanges({
      onOpen: () => Promise.resolve(void (opens += 1)),
      onChange: (change) => void changes.push(change.toString()),
    });
    const messages = await collect(through, 'events');
    await collect(through, 'deliveries');
    // Two connections publish. The first consuming connection comes third.
    const firstConsuming = before + 2;
    proxy.refuse();
    proxy.cutOne(firstConsuming);
    await broker.announceChange(body);
    await broker.publishEvent({ headers: eventHeaders({ id: 'elsewhere' }), body });
    await waitFor(() => messages.length > 0, { what: 'an event on the second connection' });
    expect(changes.length).toBeGreaterThan(0);
    expect(through.state()).toBe('away');

    proxy.accept();
    const opensBefore = opens;
    await waitFor(() => through.state() === 'open' && opens > opensBefore, { what: 'the first connection' });
    await broker.publishEvent({ headers: eventHeaders({ id: 'at home' }), body });
    await waitFor(() => messages.length > 1, { what: 'an event' });
    expect(messages.map(({ headers }) => headers['id'])).toEqual(['elsewhere', 'at home']);
    await waitFor(async () => (await channel.checkQueue(`${place.brokerPrefix}events`)).consumerCount === 2, {
      what: 'a consumer on each connection',
    });
  });

  it('keeps two connections to one node when some attempts find no other node', async () => {
    const before = proxy.accepted();
    const through = await world.open({ url: proxy.url });
    await collect(through, 'events');
    // Two connections publish and two consume. The attempts to reach another node were closed.
    await waitFor(() => proxy.connections() === 4, { what: 'four connections' });
    expect(proxy.accepted()).toBeGreaterThan(before + 4);
    expect(proxy.accepted()).toBeLessThanOrEqual(before + 7);
    await through.publishEvent({ headers: eventHeaders(), body });
  });

  it('connects again when RabbitMQ has become silent, even while nothing is published', async () => {
    const through = await world.open({ url: proxy.url });
    const before = proxy.accepted();
    proxy.fallSilent();
    await waitFor(() => proxy.accepted() > before, { what: 'another connection', timeoutMs: 20_000 });
    proxy.speak();
    await publishUntilTaken(through, 'after');
    expect(through.publishing()).toEqual({ ok: true });
  });

  it('rejects at once when the capacity for unconfirmed messages is used up', async () => {
    const narrow = await world.open({ maxUnconfirmed: 2 });
    const publish = () => narrow.publishEvent({ headers: eventHeaders(), body });
    const [first, second, third] = [publish(), publish(), publish()];
    await expect(third).rejects.toThrow('too many messages wait for their confirm');
    await Promise.all([first, second]);
    await publish();
  });

  it('rejects messages that a silent RabbitMQ does not confirm in time, and then rejects at once for lack of capacity', async () => {
    const through = await world.open({ url: proxy.url, confirmTimeoutMs: 200, maxUnconfirmed: 2 });
    const publish = () => through.publishEvent({ headers: eventHeaders(), body });
    proxy.fallSilent();
    const unconfirmed = [publish(), publish()];
    await Promise.all(unconfirmed.map((each) => expect(each).rejects.toThrow('no confirm within 200 ms')));
    await expect(publish()).rejects.toThrow('too many');

    proxy.speak();
    await waitFor(() => publish().then(() => true), { what: 'confirms again' });
  });

  it('connects again when confirms are long overdue', async () => {
    const through = await world.open({ url: proxy.url, confirmTimeoutMs: 50, maxUnconfirmed: 1 });
    const publish = () => through.publishEvent({ headers: eventHeaders(), body });
    const before = proxy.accepted();
    proxy.fallSilent();
    await expect(publish()).rejects.toThrow('no confirm');
    await expect(publish()).rejects.toThrow('too many');
    await waitFor(() => proxy.accepted() > before, { what: 'a new connection' });
    proxy.speak();
    await waitFor(() => publish().then(() => true), { what: 'confirms again' });
  });

  it('holds messages whose steps find no capacity, and forwards them when capacity is free', async () => {
    const narrow = await world.open({ maxUnconfirmed: 5 });
    const undelivered = await collect(broker, 'undelivered');
    const { opened, open } = gate();
    let handled = 0;
    await narrow.consume('events', {
      prefetch: 100,
      handle: async (message) => {
        handled += 1;
        if (handled === 100) open();
        await opened;
        return end(message);
      },
    });
    for (let id = 0; id < 100; id += 1) await broker.publishEvent({ headers: eventHeaders({ id: String(id) }), body });
    await waitFor(() => undelivered.length === 100, { what: 'all of them' });
    expect(handled).toBe(100);
  });

  it('loses no confirmed event while its connections are cut again and again', async () => {
    const through = await world.open({ url: proxy.url });
    const confirmed = new Set<string>();
    const delivered = new Set<unknown>();
    let opens = 0;
    await through.watchChanges({ onOpen: () => Promise.resolve(void (opens += 1)), onChange: () => undefined });
    await through.consume('events', {
      prefetch: 50,
      handle: ({ headers }) => Promise.resolve(forwarded(again(deliveryHeaders({ id: String(headers['id']) })))),
    });
    await through.consume('deliveries', {
      prefetch: 50,
      handle: ({ headers }) => {
        delivered.add(headers['id']);
        return Promise.resolve(done);
      },
    });
    let isOver = false;
    const publishing = Array.from({ length: 20 }, async (_, publisher) => {
      for (let id = 0; !isOver; id += 1) {
        const headers = eventHeaders({ id: `${publisher}/${id}` });
        await through.publishEvent({ headers, body }).then(
          () => confirmed.add(headers.id),
          () => new Promise((resolve) => setTimeout(resolve, 5)),
        );
      }
    });
    for (let round = 1; round <= 5; round += 1) {
      const before = confirmed.size;
      await waitFor(() => confirmed.size > before + 100, { what: 'confirmed events' });
      proxy.cut();
    }
    // Connections are also cut while they are being opened and the topology is declared.
    for (let round = 1; round <= 20; round += 1) {
      await waitFor(() => proxy.connections() > 0, { what: 'a connection' });
      proxy.cut();
    }
    // By now each connection waits for up to 6 s before its next attempt.
    await waitFor(() => through.state() === 'open', { what: 'the connections', timeoutMs: 30_000 });
    isOver = true;
    await Promise.all(publishing);
    await waitFor(() => [...confirmed].every((id) => delivered.has(id)), {
      what: 'every confirmed event',
      timeoutMs: 30_000,
    });
    expect(opens).toBeGreaterThan(1);
  }, 120_000);
});

describe('starting without RabbitMQ', () => {
  it('waits, logs the reason, and stops waiting when it is aborted', async () => {
    const lines: Record<string, unknown>[] = [];
    const logger = pino({}, { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) });
    const giveUp = new AbortController();
    const starting = createRabbitmqBroker({
      url: 'amqp://127.0.0.1:1',
      prefix: place.brokerPrefix,
      confirmTimeoutMs: 1_000,
      name: 'test',
      logger,
      signal: giveUp.signal,
    });
    const refused = expect(starting).rejects.toThrow('aborted');
    await waitFor(() => lines.length >= 2, { what: 'two attempts' });
    giveUp.abort();
    await refused;
    expect(lines[0]).toMatchObject({
      msg: 'waiting for rabbitmq',
      error: expect.stringContaining('ECONNREFUSED'),
      retryInMs: expect.any(Number),
    });
  });
});

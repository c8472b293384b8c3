import { retryTiers } from '@callbus/contracts/messages/topology';
import { connect } from 'amqplib';
import { pino } from 'pino';
import type { Broker } from '../src/broker.js';
import { createRabbitmqBrokerWith, type RabbitmqBrokerLimits, type RabbitmqBrokerOptions } from '../src/rabbitmq.js';

const queues = ['events', 'deliveries', 'undelivered', ...retryTiers.map((tier) => `retry.${tier.name}`)];

/**
 * Opens brokers on one RabbitMQ and prefix. All worlds of a test file share the prefix, because RabbitMQ 3.10 reserves five file handles for
 * each quorum queue, and hangs when a test run has used all of them.
 */
export function createRabbitmqWorld(place: { amqpUrl: string; brokerPrefix: string }) {
  const brokers: Broker[] = [];
  return {
    async open(options: Partial<RabbitmqBrokerOptions & RabbitmqBrokerLimits> = {}): Promise<Broker> {
      const broker = await createRabbitmqBrokerWith({
        url: place.amqpUrl,
        prefix: place.brokerPrefix,
        confirmTimeoutMs: 5_000,
        name: 'test',
        logger: pino({ level: 'silent' }),
        maxUnconfirmed: 10_000,
        failurePauseMs: 0,
        ...options,
      });
      brokers.push(broker);
      return broker;
    },
    async close(): Promise<void> {
      await Promise.all(brokers.map((broker) => broker.close()));
    },
    /** Empties all queues for the next world. */
    async purge(): Promise<void> {
      const connection = await connect(place.amqpUrl);
      const channel = await connection.createChannel();
      await Promise.all(queues.map((queue) => channel.purgeQueue(`${place.brokerPrefix}${queue}`)));
      await connection.close();
    },
  };
}

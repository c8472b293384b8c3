import type { Broker } from '@callbus/broker/broker';
import { followQueues } from '@callbus/broker/observing/follow-queues';
import { createMemoryBroker } from '@callbus/broker/memory';
import { createRabbitmqBroker } from '@callbus/broker/rabbitmq';
import type { Survivals } from '@callbus/broker/consuming/survivals';
import type { MessageFormat } from '@callbus/contracts/messages/message-format';
import { giveBackTiersOf, type RetrySchedule } from '@callbus/contracts/deliveries/retry-schedule';
import { measureBroker } from '@callbus/runtime/observability/broker-metrics';
import type { QueueFlow } from '@callbus/statistics/queue-flow';
import type { Context } from './context.js';

interface BrokerConfig {
  /** When undefined, the broker is in memory. */
  readonly AMQP_URL: string | undefined;
  readonly AMQP_CA_FILE: string | undefined;
  readonly BROKER_PREFIX: string;
  readonly CONFIRM_TIMEOUT_MS: number;
  readonly MESSAGE_FORMAT: MessageFormat;
  /** Only a service that consumes has this setting and the next. */
  readonly RETRY_SCHEDULE?: RetrySchedule;
  readonly BROKER_CONSUMER_TIMEOUT_MS?: number;
}

export interface OpenBrokerOptions {
  /** The name of the process in the broker's list of connections, for operators. */
  readonly name: string;
  /** Records the messages that pass through the queues. */
  readonly queueFlow: QueueFlow;
  readonly survivals?: Survivals | undefined;
}

/**
 * Opens the broker of a process, with metrics. Waits until RabbitMQ is up.
 *
 * @throws when the process is told to stop before RabbitMQ is up
 */
export async function openBroker(context: Context<BrokerConfig>, options: OpenBrokerOptions): Promise<Broker> {
  const { config, logger, stopping, metrics, opened } = context;
  const { name, queueFlow, survivals } = options;
  const { RETRY_SCHEDULE: retrySchedule, BROKER_CONSUMER_TIMEOUT_MS: consumerTimeoutMs } = config;
  let isUp = () => false;
  metrics.watchDependency('rabbitmq', () => isUp());
  const broker =
    config.AMQP_URL === undefined
      ? createMemoryBroker({ logger })
      : await createRabbitmqBroker({
          url: config.AMQP_URL,
          ca: config.AMQP_CA_FILE,
          prefix: config.BROKER_PREFIX,
          confirmTimeoutMs: config.CONFIRM_TIMEOUT_MS,
          format: config.MESSAGE_FORMAT,
          ...(retrySchedule && { giveBackTiers: giveBackTiersOf(retrySchedule) }),
          ...(consumerTimeoutMs !== undefined && { consumerTimeoutMs }),
          ...(survivals && { survivals }),
          name,
          logger,
          signal: stopping,
        });
  isUp = () => broker.state() !== 'away';
  opened.pushDraining(() => broker.close());
  followQueues(broker, queueFlow);
  measureBroker(broker, metrics);
  return broker;
}

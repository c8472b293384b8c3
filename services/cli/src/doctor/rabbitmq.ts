import { refusalIn } from '@callbus/broker/rabbitmq/connection/rabbitmq-refusal';
import { declareTopology, namesUnder } from '@callbus/broker/rabbitmq/topology/topology';
import { retryTiers } from '@callbus/contracts/messages/topology';
import { connect, type ChannelModel } from 'amqplib';
import { connectionFinding, fault, fine, versionFinding, type Finding } from './finding.js';
import { checkManagement } from './management.js';

const leastVersion = '3.10';
const timeoutMs = 5_000;
const workQueues = ['events', 'deliveries', 'undelivered'] as const;

/** Looks at the broker without declaring, publishing or taking anything that is not there. */
export async function checkRabbitmq(options: {
  url: string;
  ca: string | undefined;
  prefix: string;
}): Promise<Finding[]> {
  const { url, ca, prefix } = options;
  if (!URL.canParse(url)) return [fault('settings', 'AMQP_URL is no URL', 'correct the setting')];
  let model: ChannelModel;
  try {
    model = await connect(url, { timeout: timeoutMs, ...(ca !== undefined && { ca }) });
  } catch (error) {
    const refusal = refusalIn(error, url);
    if (refusal === undefined) return [connectionFinding('RabbitMQ', 'AMQP_URL', error)];
    const remedy = 'correct AMQP_URL, or rabbitmqctl change_password, add_vhost, set_permissions';
    return [fault('RabbitMQ', `it refuses the login: ${refusal}`, remedy)];
  }
  model.on('error', () => undefined);
  try {
    const { version = '' } = model.connection.serverProperties as { version?: string };
    return [
      fine('RabbitMQ', `reached as ${new URL(url).username || 'guest'}`),
      versionFinding('RabbitMQ', version, leastVersion),
      ...(await checkQueues(model, prefix)),
      ...(await checkManagement(options)),
    ];
  } finally {
    await model.close().catch(() => undefined);
  }
}

async function checkQueues(model: ChannelModel, prefix: string): Promise<Finding[]> {
  const names = namesUnder(prefix);
  const all = [...workQueues.map((queue) => names.queue(queue)), ...retryTiers.map((tier) => names.retryQueue(tier))];
  const missing: string[] = [];
  const consumers = new Map<string, number>();
  let waiting = 0;
  for (const queue of all) {
    const found = await onChannel(model, (channel) => channel.checkQueue(queue));
    if (found instanceof Error) missing.push(queue);
    else {
      consumers.set(queue, found.consumerCount);
      waiting += found.messageCount;
    }
  }
  if (missing.length > 0)
    return [
      fault(
        'RabbitMQ',
        `missing queues: ${missing.join(', ')}`,
        'start a service, which declares them, or correct BROKER_PREFIX',
      ),
    ];
  const declared = await onChannel(model, (channel) => declareTopology(channel, names));
  const idle = workQueues.filter((queue) => consumers.get(names.queue(queue)) === 0);
  const remedies = { events: 'delivery', deliveries: 'delivery', undelivered: 'subscription' } as const;
  return [
    fine('RabbitMQ', `${waiting} messages wait in ${all.length} queues`),
    declared instanceof Error
      ? topologyFault(declared)
      : fine('RabbitMQ', 'queues, exchanges and permissions are as they should be'),
    ...idle.map((queue) =>
      fault('RabbitMQ', `nobody consumes ${names.queue(queue)}: no workers`, `start the service ${remedies[queue]}`),
    ),
  ];
}

function topologyFault({ message }: Error): Finding {
  if (/PRECONDITION/i.test(message)) {
    const [, queue = 'a queue'] = /for (?:queue|exchange) '([^']+)'/.exec(message) ?? [];
    return fault(
      'RabbitMQ',
      `${queue} has other arguments: ${message}`,
      'empty and delete it; a service declares it again',
    );
  }
  return fault(
    'RabbitMQ',
    `the user lacks a permission: ${message}`,
    'rabbitmqctl set_permissions with configure, write and read',
  );
}

type Channel = Awaited<ReturnType<ChannelModel['createChannel']>>;

/** A channel that the broker closes cannot be used again, so each step has its own. */
async function onChannel<T>(model: ChannelModel, act: (channel: Channel) => Promise<T>): Promise<T | Error> {
  const channel = await model.createChannel();
  channel.on('error', () => undefined);
  try {
    const result = await act(channel);
    await channel.close();
    return result;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

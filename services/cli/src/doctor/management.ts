import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { get as getOverTls } from 'node:https';
import { text } from 'node:stream/consumers';
import { messageOf } from '@callbus/runtime/observability/message-of';
import Joi from 'joi';
import { clockFinding, unchecked, type Finding } from './finding.js';
import { memberFindings, type Node, type Queue } from './members.js';

/** By default the management API listens at the port of AMQP plus this: 15672 beside 5672, and with TLS 15671 beside 5671. */
const portOffset = 10_000;
const defaultPorts = { 'amqp:': 5672, 'amqps:': 5671 } as const;
const mostPort = 65_535;
const timeoutMs = 5_000;

const queuesSchema: Joi.Schema<Queue[]> = Joi.array()
  .items(
    Joi.object({
      name: Joi.string().required(),
      members: Joi.array().items(Joi.string()).default([]),
      online: Joi.array().items(Joi.string()).default([]),
    }),
  )
  .required();
const nodesSchema: Joi.Schema<Node[]> = Joi.array()
  .items(Joi.object({ name: Joi.string().required() }))
  .required();

/** Looks at what AMQP does not tell, through the management API of the broker: the members of queues, and the clock. */
export async function checkManagement(options: {
  url: string;
  ca: string | undefined;
  prefix: string;
}): Promise<Finding[]> {
  const { url, ca, prefix } = options;
  const { protocol, hostname, port, username, password, pathname } = new URL(url);
  const isTls = protocol === 'amqps:';
  const apiPort = portOffset + Number(port || defaultPorts[isTls ? 'amqps:' : 'amqp:']);
  const origin = `${isTls ? 'https' : 'http'}://${hostname}:${apiPort}`;
  const noApi = (why: string) => [
    unchecked(
      'RabbitMQ',
      `members of queues and the clock are not checked: no management API at ${origin} (${why})`,
      'rabbitmq-plugins enable rabbitmq_management; or look by rabbitmq-queues quorum_status QUEUE',
    ),
  ];
  if (apiPort > mostPort) return noApi('no such port');
  try {
    // Whatever else listens there must not learn the password.
    const door = await ask(`${origin}/api/overview`, { ca });
    if (!door.realm.includes('RabbitMQ')) return noApi(`status ${door.status} of another program`);
    const user = decodeURIComponent(username) || 'guest';
    const auth = `${user}:${decodeURIComponent(password) || 'guest'}`;
    const vhost = decodeURIComponent(pathname.slice(1)) || '/';
    const members = await checkMembers({ origin, ca, auth, user, vhost, prefix });
    const date = Date.parse(door.date);
    return [...members, ...(Number.isNaN(date) ? [] : [clockFinding('RabbitMQ', date)])];
  } catch (error) {
    return noApi(messageOf(error));
  }
}

async function checkMembers(options: {
  origin: string;
  ca: string | undefined;
  auth: string;
  user: string;
  vhost: string;
  prefix: string;
}): Promise<Finding[]> {
  const { origin, ca, auth, user, vhost, prefix } = options;
  const notChecked = (why: string, remedy: string) => [
    unchecked('RabbitMQ', `members of queues are not checked: ${why}`, remedy),
  ];
  const [nodes, queues] = await Promise.all([
    ask(`${origin}/api/nodes?columns=name`, { ca, auth }),
    ask(`${origin}/api/queues/${encodeURIComponent(vhost)}?columns=name,members,online`, { ca, auth }),
  ]);
  const refused = [nodes, queues].find(({ status }) => status !== 200);
  if (refused !== undefined)
    return notChecked(
      `the management API refuses ${user} (${refused.status})`,
      `rabbitmqctl set_user_tags ${user} monitoring`,
    );
  const allQueues = read(queues.body, queuesSchema);
  const allNodes = read(nodes.body, nodesSchema);
  if (allQueues === undefined || allNodes === undefined)
    return notChecked('the answer of the management API is another', 'look by rabbitmq-queues quorum_status QUEUE');
  const own = allQueues.filter(({ name }) => name.startsWith(prefix));
  return memberFindings(own, allNodes, prefix);
}

/** @returns undefined when the answer is another */
function read<T>(body: string, schema: Joi.Schema<T>): T | undefined {
  try {
    const result = schema.validate(JSON.parse(body), { stripUnknown: true });
    return result.error === undefined ? result.value : undefined;
  } catch {
    return undefined;
  }
}

async function ask(url: string, { ca, auth }: { ca: string | undefined; auth?: string }) {
  const options = {
    signal: AbortSignal.timeout(timeoutMs),
    ...(auth !== undefined && { auth }),
    ...(ca !== undefined && { ca }),
  };
  const request = url.startsWith('https:') ? getOverTls(url, options) : get(url, options);
  request.on('error', () => undefined);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  const { statusCode: status = 0, headers } = response;
  return { status, realm: headers['www-authenticate'] ?? '', date: headers.date ?? '', body: await text(response) };
}

import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import { createRabbitmqBroker } from '@callbus/broker/rabbitmq';
import { createLogger } from '@callbus/runtime/observability/logger';
import { openTcpProxy, type TcpProxy } from '@callbus/testing/network/tcp-proxy';
import {
  hasRabbitmqCluster,
  startRabbitmqCluster,
  type RabbitmqCluster,
  type RabbitmqNode,
} from '@callbus/testing/servers/private-rabbitmq-cluster';
import { findFreePort } from '@callbus/testing/servers/server-process';
import { waitFor } from '@callbus/testing/wait-for';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { callbus } from './support/callbus.js';

jest.setTimeout(300_000);

/** The management API is this far above AMQP. */
const portOffset = 10_000;

const onCluster = (await hasRabbitmqCluster()) ? describe : describe.skip;

interface Door {
  readonly amqp: TcpProxy;
  readonly managementPort: number;
}

/** Opens a port of AMQP above which the port of a management API is free. */
async function openDoor(amqpUrl: string): Promise<Door> {
  for (;;) {
    const managementPort = await findFreePort();
    const port = managementPort - portOffset;
    if (await isFree(port)) return { amqp: await openTcpProxy(amqpUrl, { port }), managementPort };
  }
}

const isFree = (port: number) =>
  new Promise<boolean>((resolve) => {
    const server = createTcpServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });

onCluster('on a cluster of three nodes', () => {
  let cluster: RabbitmqCluster;
  let first: RabbitmqNode;
  let last: RabbitmqNode;
  let door: Door;
  const doors: Door[] = [];
  const servers: Server[] = [];

  beforeAll(async () => {
    cluster = await startRabbitmqCluster();
    [first, , last] = cluster.nodes as readonly [RabbitmqNode, RabbitmqNode, RabbitmqNode];
    const logger = createLogger({ service: 'test', level: 'silent' });
    const options = { prefix: 'callbus.', confirmTimeoutMs: 5_000, name: 'test', logger };
    const broker = await createRabbitmqBroker({ url: first.url, ...options });
    await broker.close();
    door = await open(first.url);
    await enableManagement(door.managementPort);
  });
  afterAll(async () => {
    for (const { amqp } of doors) await amqp.close();
    for (const server of servers) {
      server.close();
      server.closeAllConnections();
    }
    await cluster.remove();
  });

  async function open(amqpUrl: string): Promise<Door> {
    const opened = await openDoor(amqpUrl);
    doors.push(opened);
    return opened;
  }

  /** Starts the plug-in on the first node, as `rabbitmq-plugins enable` does, but on a port of its own. */
  const enableManagement = (port: number) =>
    cluster.ctl(
      first,
      'eval',
      `application:set_env(rabbitmq_management, tcp_config, [{port, ${port}}, {ip, "127.0.0.1"}], [{persistent, true}]),
       {ok, File} = application:get_env(rabbit, enabled_plugins_file),
       ok = file:write_file(File, "[rabbitmq_management]."),
       rabbit_plugins:ensure(File).`,
    );

  /** What doctor says of members and of the clock. */
  async function look(url: string): Promise<string[]> {
    const { out } = await callbus(['--json', '--url', 'http://127.0.0.1:9', 'doctor'], { AMQP_URL: url });
    const findings = JSON.parse(out) as { part: string; isFault: boolean; what: string; remedy?: string }[];
    return findings
      .filter(({ part, what }) => part === 'RabbitMQ' && /members|clock/.test(what))
      .map(({ isFault, what, remedy = '' }) => `${isFault ? 'fault: ' : ''}${what} → ${remedy}`);
  }
  const clockIsRight = 'clock within 60 s of ours → ';

  test('each queue has its members, and the clock is right', async () => {
    expect(await look(door.amqp.url)).toEqual([
      'each quorum queue has 3 or more members on 3 nodes, all online → ',
      clockIsRight,
    ]);
  });

  test('members on a node that is down are offline', async () => {
    await last.kill();
    const fault = new RegExp(
      `^fault: the members on ${last.name} are offline: .*callbus\\.events.* → start ${last.name}; or.*forget_cluster_node`,
    );
    await waitFor(async () => fault.test((await look(door.amqp.url))[0] ?? ''), {
      what: 'the offline members',
      timeoutMs: 60_000,
    });
    await last.start();
    await waitFor(async () => (await look(door.amqp.url))[0]?.startsWith('each quorum queue has 3'), {
      what: 'the members to return',
      timeoutMs: 60_000,
    });
  });

  test('a queue that lost a member is named, with the node to grow to', async () => {
    const remove = `rabbit_quorum_queue:delete_member(<<"/">>, <<"callbus.events">>, '${last.name}').`;
    await cluster.ctl(first, 'eval', remove);
    const fault = `fault: on 3 nodes these queues have fewer than 3 members: callbus.events (2) → rabbitmq-queues grow NODE all --queue-pattern '^callbus\\.', with NODE ${last.name}`;
    // The management API learns of it some seconds later.
    await waitFor(async () => (await look(door.amqp.url))[0] === fault, { what: fault, timeoutMs: 60_000 });
    const add = `rabbit_quorum_queue:add_member(<<"/">>, <<"callbus.events">>, '${last.name}', 10000).`;
    await cluster.ctl(first, 'eval', add);
  });

  test('a user without the tag cannot look, which is no fault', async () => {
    await cluster.ctl(first, 'add_user', 'plain', 'plain');
    await cluster.ctl(first, 'set_permissions', 'plain', '.*', '.*', '.*');
    expect(await look(door.amqp.url.replace('guest:guest', 'plain:plain'))).toEqual([
      'members of queues are not checked: the management API refuses plain (401) → rabbitmqctl set_user_tags plain monitoring',
      clockIsRight,
    ]);
  });

  test('without the plug-in nothing is checked, which is no fault', async () => {
    const closed = await open(first.url);
    expect(await look(closed.amqp.url)).toEqual([
      expect.stringMatching(
        /^members of queues and the clock are not checked: no management API at http:\S+ \(.*ECONNREFUSED.*\) → rabbitmq-plugins enable/,
      ),
    ]);
  });

  describe('another program at the port', () => {
    async function openWith(answer: RequestListener): Promise<{ url: string; requests: IncomingMessage[] }> {
      const { amqp, managementPort } = await open(first.url);
      const requests: IncomingMessage[] = [];
      const server = createServer((request, response) => {
        requests.push(request);
        answer(request, response);
      });
      servers.push(server);
      await new Promise<void>((resolve) => server.listen(managementPort, '127.0.0.1', resolve));
      return { url: amqp.url, requests };
    }

    test('does not learn the password', async () => {
      const { url, requests } = await openWith((_request, response) => void response.end('<html>'));
      expect(await look(url)).toEqual([
        expect.stringMatching(/^members of queues and the clock are not checked: .*status 200 of another program/),
      ]);
      expect(requests.map(({ headers }) => headers.authorization)).toEqual([undefined]);
    });

    test('that claims to be a broker shows a clock that is five minutes off, and answers that cannot be read', async () => {
      const { url } = await openWith(({ headers }, response) => {
        response.setHeader('date', new Date(Date.now() - 300_000).toUTCString());
        if (headers.authorization !== undefined) response.end('<html>');
        else response.writeHead(401, { 'www-authenticate': 'Basic realm="RabbitMQ Management"' }).end('{}');
      });
      expect(await look(url)).toEqual([
        expect.stringMatching(/^members of queues are not checked: the answer/),
        expect.stringMatching(/^fault: its clock is (299|300|301) s behind ours → run chrony/),
      ]);
    });
  });
});

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ensurePackage } from './debian-package.js';
import { handshakes } from '../network/handshakes.js';
import { programs, startPortMapper, writeEnvironment } from './private-rabbitmq.js';
import { makeServerDirectory } from './server-directory.js';
import { createServerProcess, findFreePort } from './server-process.js';

const run = promisify(execFile);

export interface RabbitmqNode {
  readonly url: string;
  /** The node's name in the cluster. */
  readonly name: string;
  /** Resolves when clients are served again. */
  start(): Promise<void>;
  /** Kills the node at once, without warning. */
  kill(): Promise<void>;
  /** Suspends the node: it keeps its connections, but does nothing until `thaw`. */
  freeze(): void;
  thaw(): void;
}

export interface RabbitmqCluster {
  readonly nodes: readonly RabbitmqNode[];
  /** Runs `rabbitmqctl` on a node, which has to be up. @returns its standard output */
  ctl(node: RabbitmqNode, ...args: string[]): Promise<string>;
  /** @returns the leader of a quorum queue, according to another node that is up */
  leaderOf(queue: string, asked: RabbitmqNode): Promise<RabbitmqNode>;
  /** Resolves when a node that is up knows another leader of the quorum queue than this one. */
  untilAnotherLeads(queue: string, leader: RabbitmqNode, asked: RabbitmqNode): Promise<void>;
  /** Stops all nodes for good and deletes their data. */
  remove(): Promise<void>;
}

/** Whether Debian's package of RabbitMQ is installed or can be installed. */
export const hasRabbitmqCluster = () => ensurePackage('rabbitmq-server', join(programs, 'rabbitmq-server'));

/** Starts a private cluster of three RabbitMQ nodes on loopback, which takes half a minute. */
export async function startRabbitmqCluster(): Promise<RabbitmqCluster> {
  const directory = await makeServerDirectory('rabbitmq-cluster');
  const mapperPort = await findFreePort();
  const ports = await Promise.all(
    [1, 2, 3].map(async () => ({ port: await findFreePort(), distributionPort: await findFreePort(), mapperPort })),
  );
  const first = `callbus${ports[0]?.port}@localhost`;
  const config = [
    'cluster_partition_handling = pause_minority',
    'queue_master_locator = min-masters',
    'cluster_formation.peer_discovery_backend = classic_config',
    `cluster_formation.classic_config.nodes.1 = ${first}`,
  ];
  const environments = await Promise.all(ports.map((each) => writeEnvironment(directory.path, each, config)));
  const env = environments[0] ?? {};

  await startPortMapper(directory.path, mapperPort, env);

  const nodes = ports.map(({ port }, index) => {
    const url = `amqp://guest:guest@127.0.0.1:${port}`;
    const server = createServerProcess({
      command: join(programs, 'rabbitmq-server'),
      args: [],
      env: environments[index] ?? {},
      directory: directory.path,
      handshake: () => handshakes.amqp(url),
    });
    return {
      url,
      name: `callbus${port}@localhost`,
      start: () => server.start(),
      kill: () => server.kill(),
      freeze: () => server.signal('SIGSTOP'),
      thaw: () => server.signal('SIGCONT'),
    };
  });
  const [leader, ...others] = nodes;
  await leader?.start();
  // The other nodes join the first one, so it has to be up.
  await Promise.all(others.map((node) => node.start()));

  const ctl = async (node: RabbitmqNode, ...args: string[]) =>
    (await run(join(programs, 'rabbitmqctl'), ['-n', node.name, ...args], { env })).stdout;

  return {
    nodes,
    ctl,
    async leaderOf(queue, asked) {
      const table = await ctl(asked, 'list_queues', '-q', '--no-table-headers', 'name', 'leader');
      const line = table.split('\n').find((each) => each.startsWith(`${queue}\t`));
      const found = nodes.find(({ name }) => name === line?.split('\t')[1]);
      if (found === undefined) throw new Error(`${queue} has no leader: ${table}`);
      return found;
    },
    async untilAnotherLeads(queue, leader, asked) {
      const lookup = `ra_leaderboard:lookup_leader('%2F_${queue}')`;
      const isOther = `{_, Node} when Node =/= '${leader.name}' -> ok; _ -> timer:sleep(50), Wait()`;
      await ctl(asked, 'eval', `Until = fun Wait() -> case ${lookup} of ${isOther} end end, Until().`);
    },
    remove: directory.remove,
  };
}

import { fault, fine, type Finding } from './finding.js';

export interface Node {
  readonly name: string;
}

/** A quorum queue with the nodes of its members. Other queues have none. */
export interface Queue {
  readonly name: string;
  readonly members: readonly string[];
  readonly online: readonly string[];
}

/** RabbitMQ gives a new queue a member on each of at most three nodes, so that it survives the loss of one. */
const usualMembers = 3;

/** @param nodes all nodes of the cluster, also those that are down */
export function memberFindings(queues: readonly Queue[], nodes: readonly Node[], prefix: string): Finding[] {
  const quorum = queues.filter(({ members }) => members.length > 0);
  const wanted = Math.min(usualMembers, nodes.length);
  const small = quorum.filter(({ members }) => members.length < wanted);
  const faults = [
    ...(small.length === 0 ? [] : [tooFew(small, nodes, { wanted, prefix })]),
    ...nodes.flatMap(({ name }) => offlineOn(name, quorum)),
  ];
  if (faults.length > 0) return faults;
  return [fine('RabbitMQ', `each quorum queue has ${wanted} or more members on ${nodes.length} nodes, all online`)];
}

function tooFew(
  small: readonly Queue[],
  nodes: readonly Node[],
  { wanted, prefix }: { wanted: number; prefix: string },
): Finding {
  const named = small.map(({ name, members }) => `${name} (${members.length})`).join(', ');
  const lacking = nodes.map(({ name }) => name).filter((node) => small.some(({ members }) => !members.includes(node)));
  const pattern = `^${prefix.replaceAll('.', '\\.')}`;
  return fault(
    'RabbitMQ',
    `on ${nodes.length} nodes these queues have fewer than ${wanted} members: ${named}`,
    `rabbitmq-queues grow NODE all --queue-pattern '${pattern}', with NODE ${lacking.join(', ')}`,
  );
}

function offlineOn(node: string, queues: readonly Queue[]): Finding[] {
  const offline = queues.filter(({ members, online }) => members.includes(node) && !online.includes(node));
  if (offline.length === 0) return [];
  return [
    fault(
      'RabbitMQ',
      `the members on ${node} are offline: ${offline.map(({ name }) => name).join(', ')}`,
      `start ${node}; or, if it is gone for good, rabbitmqctl forget_cluster_node ${node}`,
    ),
  ];
}

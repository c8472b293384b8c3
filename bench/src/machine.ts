import { cpus, totalmem } from 'node:os';
import { productionSettings } from './bus.js';
import type { Stage } from './stage.js';

/** On what it is measured, in a line. */
export async function describeMachine(stage: Stage): Promise<string> {
  const [cpu] = cpus();
  const memoryGiB = Math.round(totalmem() / 2 ** 30);
  const rabbitmq = (await stage.rabbitmqVersion()).trim();
  return `${cpus().length} × ${cpu?.model ?? 'unknown'}, ${memoryGiB} GiB, Node ${process.versions.node}, RabbitMQ ${rabbitmq}`;
}

/** What the servers and services are told; everything else is their default. */
export function describeSettings(): string {
  const settings = Object.entries(productionSettings).map(([name, value]) => `${name}=${value}`);
  return [
    `services: ${settings.join(' ')}`,
    'RabbitMQ: one node, quorum queues of one member, defaults',
    'Redis: appendonly yes, appendfsync no',
    'PostgreSQL: fsync off',
  ].join('\n');
}

import { existsSync, statfsSync } from 'node:fs';
import { cpus, tmpdir, totalmem } from 'node:os';
import { productionSettings } from './bus.js';
import { nodeOptions } from './program.js';
import type { Stage } from './stage.js';

const memoryDisk = '/dev/shm';
const leastFreeBytes = 8 * 2 ** 30;

/**
 * The directory of the servers' data. It is in memory when there is room, so that the disk does not affect the figures:
 * the disk of a virtual machine stalled for 40 ms at a time, for bus and floor alike
 * (docs/decisions/0010-flush-statistics-every-20-ms.md).
 */
export function dataDirectory(): string {
  if (!existsSync(memoryDisk)) return tmpdir();
  const { bavail, bsize } = statfsSync(memoryDisk);
  return bavail * bsize >= leastFreeBytes ? memoryDisk : tmpdir();
}

/** Describes the machine, Node and RabbitMQ in one line. */
export async function describeMachine(stage: Stage): Promise<string> {
  const rabbitmq = (await stage.rabbitmqVersion()).trim();
  return `${describeHardware()}, Node ${process.versions.node}, RabbitMQ ${rabbitmq}`;
}

export function describeHardware(): string {
  const [cpu] = cpus();
  return `${cpus().length} × ${cpu?.model ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GiB`;
}

/** Describes the settings of the servers and services that differ from their defaults. */
export function describeSettings(): string {
  const settings = Object.entries(productionSettings).map(([name, value]) => `${name}=${value}`);
  return [
    `services: node ${nodeOptions.join(' ')} ${settings.join(' ')}`,
    'RabbitMQ: one node, quorum queues of one member, defaults',
    'Redis: appendonly yes, appendfsync no, no rewriting',
    'PostgreSQL: fsync off',
    `the servers' data: ${dataDirectory()}`,
  ].join('\n');
}

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { serveCommands } from '../processes/serve-commands.js';
import { cpuMs } from '../processes/usage.js';

/**
 * Loaded before a service's own program: the service ends with the benchmark, and tells what it keeps in memory when it is
 * asked. Until then it does nothing.
 */
const commands = { memory, cpuMs };
export type PreloadCommands = typeof commands;
serveCommands(commands);
process.channel?.unref();

/** @returns bytes that are in use after a collection */
function memory(): { heap: number; rss: number } {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc()');
  const { heapUsed, external, rss } = process.memoryUsage();
  return { heap: heapUsed + external, rss };
}

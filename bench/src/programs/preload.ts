import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { serveCommands } from '../processes/serve-commands.js';
import { cpuMs } from '../processes/usage.js';
import { takePauses, watchPauses } from './pauses.js';

/**
 * Loaded before the program of a service. It reports memory, CPU time and pauses on request, and does nothing else.
 */
const commands = { memory, cpuMs, watchPauses, takePauses };
export type PreloadCommands = typeof commands;
serveCommands(commands);
process.channel?.unref();

/** @returns the bytes in use after a garbage collection */
function memory(): { heap: number; rss: number } {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc()');
  const { heapUsed, external, rss } = process.memoryUsage();
  return { heap: heapUsed + external, rss };
}

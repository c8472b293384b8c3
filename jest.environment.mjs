import { setTimeout as sleep } from 'node:timers/promises';
import { TestEnvironment } from 'jest-environment-node';

// An ioredis client that was disconnected twice keeps a timer for two seconds.
const graceMs = 3_000;
const pauseMs = 10;

/**
 * Fails a test file that ends with an open socket, server, child process or timer, because a service could not close it
 * either. Only handles that keep a process alive count.
 */
export default class LeakCheckingEnvironment extends TestEnvironment {
  handlesBefore = new Set(activeHandles());
  timersBefore = countTimers();

  async handleTestEvent(event, state) {
    if (event.name !== 'run_finish') return;
    const leaks = await this.leaksAfterGrace();
    if (leaks.length === 0) return;
    const error = new Error(`left open by this test file: ${leaks.join(', ')}`);
    error.stack = error.message;
    state.unhandledErrors.push(error);
  }

  async leaksAfterGrace() {
    const deadline = performance.now() + graceMs;
    for (;;) {
      const leaks = this.leaks();
      if (leaks.length === 0 || performance.now() > deadline) return leaks;
      await sleep(pauseMs);
    }
  }

  leaks() {
    const handles = activeHandles().filter((handle) => !this.handlesBefore.has(handle) && !isStandard(handle));
    const timers = countTimers() - this.timersBefore;
    return [...handles.map(describe), ...(timers > 0 ? [`${timers} timer(s)`] : [])];
  }
}

/** @returns {any[]} through a function for debugging, which node's types do not declare */
function activeHandles() {
  return /** @type {any} */ (process)._getActiveHandles();
}

function countTimers() {
  return process.getActiveResourcesInfo().filter((type) => type === 'Timeout').length;
}

function isStandard(handle) {
  return [process.stdin, process.stdout, process.stderr].includes(handle);
}

function describe(handle) {
  if (handle.spawnfile !== undefined) return `child process ${handle.spawnfile}`;
  if (handle.remotePort !== undefined) return `socket to ${handle.remoteAddress}:${handle.remotePort}`;
  const port = portOf(handle);
  return `${handle.constructor.name}${port === undefined ? '' : ` on port ${port}`}`;
}

function portOf(handle) {
  try {
    return handle.address?.()?.port;
  } catch {
    // A datagram socket that is being closed has no address.
    return undefined;
  }
}

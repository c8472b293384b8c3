import { writeSync } from 'node:fs';

/** The limit on lines that wait for disk space, or for the reader of the pipe. */
const mostWaitingBytes = 1024 * 1024;
const retryMs = 20;
/** How long the exit of the process waits for the last lines. */
const flushMs = 500;

/**
 * Writes lines to standard output at once, so that a crash loses no line. It never blocks: a full disk or an unread pipe
 * must not stop the service. Meanwhile up to 1 MiB of lines waits, and further lines are lost.
 *
 * @param onLost called with the number of lost lines when lines can be written again
 */
export function createLogDestination(onLost: (lines: number) => void) {
  // Node reports the error of a pipe by an event, which ends the process if the event has no listener.
  if (process.stdout.listenerCount('error') === 0) process.stdout.on('error', ignore);
  const waiting: Buffer[] = [];
  let waitingBytes = 0;
  let lost = 0;
  let timer: NodeJS.Timeout | undefined;

  function drain(): void {
    for (let [first] = waiting; first !== undefined; [first] = waiting) {
      const written = writeSome(first);
      waitingBytes -= written;
      if (written < first.length) {
        waiting[0] = first.subarray(written);
        timer ??= setInterval(drain, retryMs).unref();
        return;
      }
      waiting.shift();
    }
    clearInterval(timer);
    timer = undefined;
    const lines = lost;
    lost = 0;
    if (lines > 0) onLost(lines);
  }

  /** Writes the waiting lines before the process exits, for up to `flushMs`. */
  function flushSync(): void {
    const end = performance.now() + flushMs;
    drain();
    while (waiting.length > 0 && performance.now() < end) {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, retryMs);
      drain();
    }
  }

  return {
    write(line: string): void {
      const bytes = Buffer.from(line);
      if (waitingBytes + bytes.length > mostWaitingBytes) {
        lost += 1;
        return;
      }
      waiting.push(bytes);
      waitingBytes += bytes.length;
      if (timer === undefined) drain();
    },
    flush: flushSync,
    flushSync,
  };
}

function ignore(): void {
  // The next write fails with the same error.
}

/** @returns how many bytes were written */
function writeSome(bytes: Buffer): number {
  try {
    return writeSync(process.stdout.fd, bytes);
  } catch {
    return 0;
  }
}

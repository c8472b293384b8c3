import { SingleBar } from 'cli-progress';
import type { Output } from './output.js';

export interface Progress {
  /** @param total what there is to do, as far as it is known */
  to(done: number, total: number): void;
  end(): void;
}

/** A bar on standard error, if that is a terminal. */
export function createProgress(output: Output, what: string): Progress {
  if (output.isJson || !process.stderr.isTTY) return { to: () => undefined, end: () => undefined };
  const bar = new SingleBar({ format: `${what} {bar} {value}/{total}  {eta_formatted} left`, stream: process.stderr });
  let isStarted = false;
  return {
    to(done, total) {
      if (isStarted) bar.setTotal(total);
      else bar.start(total, 0);
      isStarted = true;
      bar.update(done);
    },
    end() {
      if (isStarted) bar.stop();
    },
  };
}

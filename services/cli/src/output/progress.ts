import { SingleBar } from 'cli-progress';
import type { Output } from './output.js';

/** @param total what there is to do, as far as it is known */
export type Progress = (done: number, total: number) => void;

/** Shows a bar on standard error while a piece of work runs, if that is a terminal. */
export async function withProgress<Result>(
  output: Output,
  what: string,
  work: (progress: Progress) => Promise<Result>,
): Promise<Result> {
  if (output.isJson || !process.stderr.isTTY) return work(() => undefined);
  const bar = new SingleBar({ format: `${what} {bar} {value}/{total}  {eta_formatted} left`, stream: process.stderr });
  let isStarted = false;
  try {
    return await work((done, total) => {
      if (isStarted) bar.setTotal(total);
      else bar.start(total, 0);
      isStarted = true;
      bar.update(done);
    });
  } finally {
    bar.stop();
  }
}

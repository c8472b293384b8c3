import { setTimeout as sleep } from 'node:timers/promises';
import { answerOf, type components } from '@callbus/client';
import { Command } from 'commander';
import { createProgress } from '../output/progress.js';
import { exitCodes } from '../program/exit-codes.js';
import type { Runner } from '../program/run.js';
import { pathOf } from '../subscriptions/find.js';
import { addSelection, filtersOf, selectionOf, type SelectionOptions } from './selection.js';

const lookMs = 500;

export const replayUndelivered = ({ runToEnd }: Runner): Command =>
  addSelection(new Command('replay'))
    .description('put undelivered events back into the queue, by default all, and show the progress')
    .argument('<subscription>', 'its id or name')
    .option('--detach', 'do not wait for the end')
    .action(
      runToEnd<[string], SelectionOptions & { detach?: true }>(async (context, [idOrName], options) => {
        const { api } = context.client;
        const body = selectionOf(options) ?? { ...filtersOf(options), all: true };
        const one = await pathOf(context, idOrName);
        const started = await answerOf(
          api.POST('/api/v3/event/subscribe/{account}/{biz}/{id}/undelivered/replay', { params: { path: one }, body }),
        );
        let job = started.data;
        const path = { ...one, job: job.job_id };
        const progress = createProgress(context.output, 'replaying');
        while (job.state === 'running' && options.detach !== true && !context.stopping.aborted) {
          progress.to(job.replayed + job.skipped, job.total);
          await sleep(lookMs, undefined, { signal: context.stopping }).catch(() => undefined);
          const looked = await answerOf(
            api.GET('/api/v3/event/subscribe/{account}/{biz}/{id}/undelivered/replay/{job}', { params: { path } }),
          );
          job = looked.data;
        }
        progress.end();
        const skipped = job.skipped > 0 ? `, skipped ${job.skipped} that cannot be read` : '';
        const goesOn = job.state === 'running' ? `; job ${job.job_id} goes on` : '';
        return {
          json: job,
          lines: [`replayed ${job.replayed} of ${job.total}${skipped}${goesOn}`],
          exitCode: exitCodeOf(job, context.stopping.aborted),
        };
      }),
    );

function exitCodeOf({ state, skipped }: components['schemas']['ReplayJob'], isInterrupted: boolean): number {
  if (isInterrupted && state === 'running') return exitCodes.interrupted;
  return state === 'cancelled' || skipped > 0 ? exitCodes.negative : exitCodes.success;
}

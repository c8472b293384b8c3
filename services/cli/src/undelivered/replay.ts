import { setTimeout as sleep } from 'node:timers/promises';
import { answerOf, type components } from '@callbus/client';
import type { Command } from 'commander';
import { withProgress } from '../output/progress.js';
import { exitCodes } from '../program/exit-codes.js';
import type { Runner } from '../program/run.js';
import { onSubscription } from '../subscriptions/on-subscription.js';
import { addSelection, filtersOf, selectionOf, type SelectionOptions } from './selection.js';

const lookMs = 500;

type Options = SelectionOptions & { readonly detach?: true };

export const replayUndelivered = ({ runToEnd }: Runner): Command =>
  addSelection(
    onSubscription<Options>(
      'replay',
      'put undelivered events back into the queue, by default all, and show the progress',
      runToEnd,
      async ({ client, output, stopping }, one, options) => {
        const { api } = client;
        const body = selectionOf(options) ?? { ...filtersOf(options), all: true };
        const started = await answerOf(
          api.POST('/api/v3/event/subscribe/{account}/{biz}/{id}/undelivered/replay', { params: { path: one }, body }),
        );
        let job = started.data;
        const path = { ...one, job: job.job_id };
        await withProgress(output, 'replaying', async (progress) => {
          while (job.state === 'running' && options.detach !== true && !stopping.aborted) {
            progress(job.replayed + job.skipped, job.total);
            await sleep(lookMs, undefined, { signal: stopping }).catch(() => undefined);
            const looked = await answerOf(
              api.GET('/api/v3/event/subscribe/{account}/{biz}/{id}/undelivered/replay/{job}', { params: { path } }),
            );
            job = looked.data;
          }
        });
        const skipped = job.skipped > 0 ? `, skipped ${job.skipped} that cannot be read` : '';
        const goesOn = job.state === 'running' ? `; job ${job.job_id} goes on` : '';
        return {
          json: job,
          lines: [`replayed ${job.replayed} of ${job.total}${skipped}${goesOn}`],
          exitCode: exitCodeOf(job, stopping.aborted),
        };
      },
    ),
  ).option('--detach', 'do not wait for the end');

function exitCodeOf({ state, skipped }: components['schemas']['ReplayJob'], isInterrupted: boolean): number {
  if (isInterrupted && state === 'running') return exitCodes.interrupted;
  return state === 'cancelled' || skipped > 0 ? exitCodes.negative : exitCodes.success;
}

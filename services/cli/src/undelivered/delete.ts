import { answerOf } from '@callbus/client';
import { Command } from 'commander';
import { withProgress } from '../output/progress.js';
import { exitCodes } from '../program/exit-codes.js';
import { Failure } from '../program/failure.js';
import type { Runner } from '../program/run.js';
import { pathOf } from '../subscriptions/find.js';
import { addSelection, selectionOf, type SelectionOptions } from './selection.js';

export const deleteUndelivered = ({ runToEnd }: Runner): Command =>
  addSelection(new Command('delete'))
    .description('delete undelivered events')
    .argument('<subscription>', 'its id or name')
    .action(
      runToEnd<[string], SelectionOptions>(async (context, [idOrName], options) => {
        const body = selectionOf(options);
        if (body === undefined) throw new Failure('choose events by --all, --ids, --from or --to');
        const { client, output, stopping } = context;
        const path = await pathOf(context, idOrName);
        let deleted = 0;
        let left = 0;
        await withProgress(output, 'deleting', async (progress) => {
          // The bus ends a deletion after some seconds, so that it is asked again.
          do {
            const { data } = await answerOf(
              client.api.DELETE('/api/v3/event/subscribe/{account}/{biz}/{id}/undelivered', { params: { path }, body }),
            );
            deleted += data.deleted;
            ({ left } = data);
            progress(deleted, deleted + left);
          } while (left > 0 && !stopping.aborted);
        });
        const exitCode = left > 0 ? exitCodes.interrupted : exitCodes.success;
        return { json: { deleted, left }, lines: [`deleted ${deleted}${left > 0 ? `, left ${left}` : ''}`], exitCode };
      }),
    );

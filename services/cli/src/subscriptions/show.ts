import { Command } from 'commander';
import { details } from '../output/table.js';
import type { Runner } from '../program/run.js';
import { findSubscription } from './find.js';

export const showSubs = ({ run }: Runner): Command =>
  new Command('show')
    .description('show all fields of a subscription')
    .argument('<subscription>', 'its id or name')
    .action(
      run<[string]>(async (context, [idOrName]) => {
        const found = await findSubscription(context, idOrName);
        return { json: found, lines: details(found) };
      }),
    );

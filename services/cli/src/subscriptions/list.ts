import { Command } from 'commander';
import { list, short, textOf } from '../output/table.js';
import type { Runner } from '../program/run.js';
import { searchSubscriptions } from './find.js';

export const listSubs = ({ run }: Runner): Command =>
  new Command('list')
    .description('list the subscriptions of the account')
    .option('--match <regex>', 'only names that match')
    .action(
      run<[], { match?: string }>(async (context, _args, { match }) => {
        const condition = match === undefined ? {} : { subscription_name: { $regex: match } };
        const found = await searchSubscriptions(context, condition);
        const { red, dim } = context.output.colors;
        const rows = found.map(({ subscription_id: id, subscription_name: name, statistics, ...each }) => [
          String(id),
          name,
          each.enabled ? 'on' : dim('paused'),
          short(each.subscription_form, 30),
          short(each.callback_url, 50),
          textOf(statistics.total),
          (statistics.failure ?? 0) > 0 ? red(String(statistics.failure)) : textOf(statistics.failure),
        ]);
        const titles = ['ID', 'NAME', 'STATE', 'NAMES', 'RECEIVER', 'ATTEMPTS', 'FAILED'];
        return { json: found, lines: list(titles, rows, 'no subscriptions: see callbus subs create --help') };
      }),
    );

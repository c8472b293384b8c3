import { answerOf } from '@callbus/client';
import { Command, Option } from 'commander';
import { list, short, textOf } from '../output/table.js';
import type { Runner } from '../program/run.js';
import { pathOf } from '../subscriptions/find.js';
import { colorOf } from './outcome-color.js';

const outcomes = ['confirmed', 'refused', 'timeout', 'error', 'unsent'] as const;

interface Options {
  readonly event?: string;
  readonly outcome?: (typeof outcomes)[number];
  readonly limit: string;
}

export const attemptsCommand = ({ run }: Runner): Command =>
  new Command('attempts')
    .description('List the last attempts of a subscription, newest first')
    .argument('<subscription>', 'its id or name')
    .option('--event <id>', 'only those of an event')
    .addOption(new Option('--outcome <outcome>', 'only those that ended so').choices(outcomes))
    .option('--limit <number>', 'the most attempts', '20')
    .action(
      run<[string], Options>(async (context, [idOrName], { event: event_id, outcome, limit }) => {
        const path = await pathOf(context, idOrName);
        const query = {
          limit: Number(limit),
          ...(event_id !== undefined && { event_id }),
          ...(outcome !== undefined && { outcome }),
        };
        const { data } = await answerOf(
          context.client.api.GET('/api/v3/event/subscribe/{account}/{biz}/{id}/attempts', { params: { path, query } }),
        );
        const rows = data.info.map((each) => [
          each.at,
          each.event_id,
          String(each.attempt),
          colorOf(context.output.colors, each.outcome),
          textOf(each.status),
          `${each.duration_ms} ms`,
          short(each.answer),
        ]);
        const titles = ['AT', 'EVENT', 'ATTEMPT', 'OUTCOME', 'STATUS', 'TIME', 'ANSWER'];
        return { json: data, lines: list(titles, rows, 'no attempts are kept') };
      }),
    );

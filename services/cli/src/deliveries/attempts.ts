import { answerOf } from '@callbus/client';
import { Option, type Command } from 'commander';
import { list, short, textOf } from '../output/table.js';
import type { Runner } from '../program/run.js';
import { wholeNumber } from '../program/whole-number.js';
import { onSubscription } from '../subscriptions/on-subscription.js';
import { colorOf } from './outcome-color.js';

const outcomes = ['confirmed', 'refused', 'timeout', 'error', 'unsent'] as const;

interface Options {
  readonly event?: string;
  readonly outcome?: (typeof outcomes)[number];
  readonly limit: number;
}

export const attemptsCommand = ({ run }: Runner): Command =>
  onSubscription<Options>(
    'attempts',
    'List the last attempts of a subscription, newest first',
    run,
    async ({ client, output }, path, { event: event_id, outcome, limit }) => {
      const query = {
        limit,
        ...(event_id !== undefined && { event_id }),
        ...(outcome !== undefined && { outcome }),
      };
      const { data } = await answerOf(
        client.api.GET('/api/v3/event/subscribe/{account}/{biz}/{id}/attempts', { params: { path, query } }),
      );
      const rows = data.info.map((each) => [
        each.at,
        each.event_id,
        String(each.attempt),
        colorOf(output.colors, each.outcome),
        textOf(each.status),
        `${each.duration_ms} ms`,
        short(each.answer),
      ]);
      const titles = ['AT', 'EVENT', 'ATTEMPT', 'OUTCOME', 'STATUS', 'TIME', 'ANSWER'];
      return { json: data, lines: list(titles, rows, 'no attempts are kept') };
    },
  )
    .option('--event <id>', 'only those of an event')
    .addOption(new Option('--outcome <outcome>', 'only those that ended so').choices(outcomes))
    .option('--limit <number>', 'the most attempts', wholeNumber(), 20);

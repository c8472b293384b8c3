import { answerOf, type components } from '@callbus/client';
import type { Command } from 'commander';
import { details, list, short, textOf } from '../output/table.js';
import { exitCodes } from '../program/exit-codes.js';
import { Failure } from '../program/failure.js';
import type { Context, Runner } from '../program/run.js';
import { wholeNumber } from '../program/whole-number.js';
import { onSubscription, type SubscriptionPath } from '../subscriptions/on-subscription.js';
import { addFilters, filtersOf, type FilterOptions } from './selection.js';

type UndeliveredEvent = components['schemas']['UndeliveredEvent'];

interface Query {
  readonly limit: number;
  readonly start?: number;
  readonly event?: boolean;
}

async function page({ client }: Context, path: SubscriptionPath, query: Query) {
  const { data } = await answerOf(
    client.api.GET('/api/v3/event/subscribe/{account}/{biz}/{id}/undelivered', { params: { path, query } }),
  );
  return data;
}

type ListOptions = FilterOptions & { readonly limit: number; readonly start: number };

export const listUndelivered = ({ run }: Runner): Command =>
  addFilters(
    onSubscription<ListOptions>(
      'list',
      'list the undelivered events of a subscription, in the order of acceptance',
      run,
      async (context, path, options) => {
        const { limit, start } = options;
        const data = await page(context, path, { ...filtersOf(options), limit, start });
        const rows = data.info.map((each) => [
          String(each.id),
          each.received_at,
          textOf(each.event_name),
          textOf(each.event_id),
          context.output.colors.red(each.reason),
          String(each.attempts),
          textOf(each.last_status),
          short(each.last_answer ?? '', 40),
        ]);
        const titles = ['ID', 'ACCEPTED', 'NAME', 'EVENT', 'REASON', 'ATTEMPTS', 'STATUS', 'ANSWER'];
        const more = data.count > rows.length ? [`${rows.length} of ${data.count}`] : [];
        return { json: data, lines: [...list(titles, rows, 'nothing is undelivered'), ...more] };
      },
    ),
  )
    .option('--limit <number>', 'the most events', wholeNumber(), 20)
    .option('--start <number>', 'events to skip', wholeNumber(), 0);

const showLimit = 20;

export const showUndelivered = ({ run }: Runner): Command =>
  onSubscription<object, [number]>(
    'show',
    'show one undelivered event with its body',
    run,
    async (context, path, _options, id) => {
      const found = await find(context, path, id);
      const { event, ...facts } = found;
      return { json: found, lines: [...details(facts), '', JSON.stringify(event, undefined, 2)] };
    },
  ).argument('<id>', 'the id in the list', wholeNumber());

/** @throws Failure when the subscription has no such undelivered event */
async function find(context: Context, path: SubscriptionPath, id: number): Promise<UndeliveredEvent> {
  for (let start = 0; ; start += showLimit) {
    const { info } = await page(context, path, { start, limit: showLimit, event: true });
    const found = info.find((each) => each.id === id);
    if (found !== undefined) return found;
    if (info.length === 0)
      throw new Failure(`no undelivered event ${id}: see callbus undelivered list`, exitCodes.refused);
  }
}

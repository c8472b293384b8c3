import { answerOf, type components } from '@callbus/client';
import { Command } from 'commander';
import { details, list, short, textOf } from '../output/table.js';
import { exitCodes } from '../program/exit-codes.js';
import { Failure } from '../program/failure.js';
import type { Context, Runner } from '../program/run.js';
import { pathOf } from '../subscriptions/find.js';
import { addFilters, filtersOf, type FilterOptions } from './selection.js';

type UndeliveredEvent = components['schemas']['UndeliveredEvent'];

interface Query {
  readonly limit: number;
  readonly start?: number;
  readonly event?: boolean;
}

async function page(context: Context, idOrName: string, query: Query) {
  const path = await pathOf(context, idOrName);
  const { data } = await answerOf(
    context.client.api.GET('/api/v3/event/subscribe/{account}/{biz}/{id}/undelivered', { params: { path, query } }),
  );
  return data;
}

export const listUndelivered = ({ run }: Runner): Command =>
  addFilters(new Command('list'))
    .description('list the undelivered events of a subscription, in the order of acceptance')
    .argument('<subscription>', 'its id or name')
    .option('--limit <number>', 'the most events', '20')
    .option('--start <number>', 'events to skip', '0')
    .action(
      run<[string], FilterOptions & { limit: string; start: string }>(async (context, [idOrName], options) => {
        const { limit, start } = options;
        const data = await page(context, idOrName, {
          ...filtersOf(options),
          limit: Number(limit),
          start: Number(start),
        });
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
      }),
    );

const showLimit = 20;

export const showUndelivered = ({ run }: Runner): Command =>
  new Command('show')
    .description('show one undelivered event with its body')
    .argument('<subscription>', 'its id or name')
    .argument('<id>', 'the id in the list')
    .action(
      run<[string, string]>(async (context, [idOrName, id]) => {
        const found = await find(context, idOrName, Number(id));
        const { event, ...facts } = found;
        return { json: found, lines: [...details(facts), '', JSON.stringify(event, undefined, 2)] };
      }),
    );

/** @throws Failure when the subscription has no such undelivered event */
async function find(context: Context, idOrName: string, id: number): Promise<UndeliveredEvent> {
  for (let start = 0; ; start += showLimit) {
    const { info } = await page(context, idOrName, { start, limit: showLimit, event: true });
    const found = info.find((each) => each.id === id);
    if (found !== undefined) return found;
    if (info.length === 0)
      throw new Failure(`no undelivered event ${id}: see callbus undelivered list`, exitCodes.refused);
  }
}

import { setTimeout as sleep } from 'node:timers/promises';
import { answerOf, type components } from '@callbus/client';
import { Command } from 'commander';
import type { Shown } from '../output/output.js';
import { list, textOf } from '../output/table.js';
import type { Context, Runner } from '../program/run.js';

/** The bus reads its queues at most this often. */
const watchMs = 2_000;

export const queuesCommand = ({ runToEnd }: Runner): Command =>
  new Command('queues')
    .description('Show the depth and the rates of every queue')
    .option('--watch', 'show them again every two seconds')
    .option('--all', 'show empty retry queues too')
    .action(
      runToEnd<[], { watch?: true; all?: true }>(async (context, _args, { watch, all = false }) => {
        if (watch !== true) return look(context, all);
        while (!context.stopping.aborted) {
          const { json, lines } = await look(context, all);
          context.output.clear();
          context.output.item({ at: new Date().toISOString(), queues: json }, lines.join('\n'));
          await sleep(watchMs, undefined, { signal: context.stopping }).catch(() => undefined);
        }
        return undefined;
      }),
    );

type Queue = components['schemas']['Queue'];

async function look({ client, output }: Context, hasAll: boolean): Promise<Shown> {
  const { data } = await answerOf(client.api.GET('/api/v3/event/queues'));
  const queues: readonly Queue[] = data.info;
  const shown = queues.filter(({ queue, ready }) => hasAll || ready > 0 || !queue.startsWith('retry.'));
  const figure = (value: number | null) => (value === null ? '-' : value.toFixed(value < 10 && value > 0 ? 1 : 0));
  const rows = shown.map((each) => [
    each.queue,
    String(each.ready),
    textOf(each.events),
    String(each.consumers),
    figure(each.oldest_age_seconds),
    figure(each.in_per_second),
    figure(each.out_per_second),
    figure(each.drain_seconds),
    each.full === true ? output.colors.red('full') : '',
  ]);
  const titles = ['QUEUE', 'READY', 'EVENTS', 'CONSUMERS', 'OLDEST s', 'IN/s', 'OUT/s', 'EMPTY IN s', ''];
  return { json: queues, lines: list(titles, rows, 'no queues') };
}

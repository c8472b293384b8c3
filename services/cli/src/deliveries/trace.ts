import { answerOf } from '@callbus/client';
import { Command } from 'commander';
import { table, textOf } from '../output/table.js';
import type { Runner } from '../program/run.js';
import { colorOf } from './outcome-color.js';

export const traceCommand = ({ run }: Runner): Command =>
  new Command('trace')
    .description('Show what became of an event at every subscription')
    .argument('<event>', 'its id')
    .action(
      run<[string]>(async ({ client, account, output }, [event]) => {
        const path = { account, event };
        const { data } = await answerOf(client.api.GET('/api/v3/event/trace/{account}/{event}', { params: { path } }));
        const { colors } = output;
        const deliveries = data.subscriptions.flatMap((each) => [
          `subscription ${each.subscription_id} ${each.subscription_name ?? '(deleted)'}: ${colorOf(colors, each.state)}` +
            (each.because === null ? '' : `, ${each.because}`) +
            (each.waiting_until === null ? '' : `, until ${each.waiting_until}`),
          ...table(
            each.attempts.map((attempt) => [
              `  attempt ${attempt.attempt}`,
              attempt.at,
              colorOf(colors, attempt.outcome),
              textOf(attempt.status),
              `${attempt.duration_ms} ms`,
            ]),
          ),
        ]);
        const name = data.event_name ?? 'not matched by a worker yet';
        const nobody = data.event_name !== null && deliveries.length === 0 ? ['no subscription matches its name'] : [];
        const head = `${data.event_id}  ${name}  accepted ${data.received_at ?? 'at an unknown time'}`;
        return { json: data, lines: [head, ...deliveries, ...nobody] };
      }),
    );

import { answerOf } from '@callbus/client';
import { Command } from 'commander';
import type { Runner } from '../program/run.js';
import { pathOf } from './find.js';

function enable(name: string, description: string, { run }: Runner, enabled: boolean): Command {
  return new Command(name)
    .description(description)
    .argument('<subscription>', 'its id or name')
    .action(
      run<[string]>(async (context, [idOrName]) => {
        const path = await pathOf(context, idOrName);
        await answerOf(
          context.client.api.PATCH('/api/v3/event/subscribe/{account}/{biz}/{id}', {
            params: { path },
            body: { enabled },
          }),
        );
        return { json: { subscription_id: path.id, enabled }, lines: [`${enabled ? 'resumed' : 'paused'} ${path.id}`] };
      }),
    );
}

export const pauseSubs = (runner: Runner): Command =>
  enable('pause', 'hold the events of a subscription until it is resumed', runner, false);

export const resumeSubs = (runner: Runner): Command =>
  enable('resume', 'deliver the events of a subscription again, first those that were held', runner, true);

export const deleteSubs = ({ run }: Runner): Command =>
  new Command('delete')
    .description('delete a subscription, its waiting deliveries and its undelivered events')
    .argument('<subscription>', 'its id or name')
    .action(
      run<[string]>(async (context, [idOrName]) => {
        const path = await pathOf(context, idOrName);
        const { dropped } = await answerOf(
          context.client.api.DELETE('/api/v3/event/subscribe/{account}/{biz}/{id}', { params: { path } }),
        );
        const note = dropped === undefined || dropped === 0 ? '' : ` with ${dropped} undelivered events`;
        return { json: { subscription_id: path.id, dropped }, lines: [`deleted ${path.id}${note}`] };
      }),
    );

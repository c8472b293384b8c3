import { answerOf } from '@callbus/client';
import type { Command } from 'commander';
import type { Runner } from '../program/run.js';
import { onSubscription } from './on-subscription.js';

const enable = (name: string, description: string, { run }: Runner, enabled: boolean): Command =>
  onSubscription(name, description, run, async ({ client }, path) => {
    await answerOf(
      client.api.PATCH('/api/v3/event/subscribe/{account}/{biz}/{id}', { params: { path }, body: { enabled } }),
    );
    return { json: { subscription_id: path.id, enabled }, lines: [`${enabled ? 'resumed' : 'paused'} ${path.id}`] };
  });

export const pauseSubs = (runner: Runner): Command =>
  enable('pause', 'hold the events of a subscription until it is resumed', runner, false);

export const resumeSubs = (runner: Runner): Command =>
  enable('resume', 'deliver the events of a subscription again, first those that were held', runner, true);

export const deleteSubs = ({ run }: Runner): Command =>
  onSubscription(
    'delete',
    'delete a subscription, its waiting deliveries and its undelivered events',
    run,
    async ({ client }, path) => {
      const { dropped } = await answerOf(
        client.api.DELETE('/api/v3/event/subscribe/{account}/{biz}/{id}', { params: { path } }),
      );
      const note = dropped === undefined || dropped === 0 ? '' : ` with ${dropped} undelivered events`;
      return { json: { subscription_id: path.id, dropped }, lines: [`deleted ${path.id}${note}`] };
    },
  );

import { answerOf } from '@callbus/client';
import { Command } from 'commander';
import type { Runner } from '../program/run.js';
import { readSecret } from '../settings/read-secret.js';
import { onSubscription } from './on-subscription.js';

export const secretsCommand = (runner: Runner): Command =>
  new Command('secrets').description('Manage signing secrets').addCommand(rotateSecret(runner));

const rotateSecret = ({ run }: Runner): Command =>
  onSubscription<{ given?: true }>(
    'rotate',
    'make a new signing secret, beside which the old one signs for a day',
    run,
    async ({ client }, path, { given }) => {
      const body = given === true ? { secret: await readSecret('new secret (whsec_…): ') } : {};
      const { data } = await answerOf(
        client.api.POST('/api/v3/event/subscribe/{account}/{biz}/{id}/secret/rotate', { params: { path }, body }),
      );
      // Whoever gave the secret has it, and a terminal keeps what it shows.
      if (given === true) return { json: { subscription_id: path.id }, lines: [`rotated the secret of ${path.id}`] };
      return { json: data, lines: [data.secret] };
    },
  ).option('--given', 'take the secret that is asked for, or standard input, instead of a generated one');

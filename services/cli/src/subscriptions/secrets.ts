import { answerOf } from '@callbus/client';
import { Command } from 'commander';
import type { Runner } from '../program/run.js';
import { readSecret } from '../settings/read-secret.js';
import { pathOf } from './find.js';

export function secretsCommand({ run }: Runner): Command {
  const secrets = new Command('secrets').description('Manage signing secrets');
  secrets
    .command('rotate <subscription>')
    .description('make a new signing secret, beside which the old one signs for a day')
    .option('--given', 'take the secret that is asked for, or standard input, instead of a generated one')
    .action(
      run<[string], { given?: true }>(async (context, [idOrName], { given }) => {
        const path = await pathOf(context, idOrName);
        const body = given === true ? { secret: await readSecret('new secret (whsec_…): ') } : {};
        const { data } = await answerOf(
          context.client.api.POST('/api/v3/event/subscribe/{account}/{biz}/{id}/secret/rotate', {
            params: { path },
            body,
          }),
        );
        // Whoever gave the secret has it, and a terminal keeps what it shows.
        if (given === true) return { json: { subscription_id: path.id }, lines: [`rotated the secret of ${path.id}`] };
        return { json: data, lines: [data.secret] };
      }),
    );
  return secrets;
}

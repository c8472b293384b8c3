import { answerOf } from '@callbus/client';
import { Command, Option } from 'commander';
import { short } from '../output/table.js';
import { jsonOrText } from '../publish/event-options.js';
import type { Runner } from '../program/run.js';
import { pathOf } from './find.js';

export const pingSubs = ({ run }: Runner): Command =>
  new Command('ping')
    .description('let the bus post to a URL, unsigned')
    .argument('<url>', 'the receiver')
    .option('--data <json>', 'the body')
    .action(
      run<[string], { data?: string }>(async ({ client }, [callback_url], { data }) => {
        const body = { callback_url, ...(data !== undefined && { data: jsonOrText(data) }) };
        const { data: answer } = await answerOf(client.api.POST('/api/v3/event/subscribe/ping', { body }));
        return { json: answer, lines: [`${answer.http_status}  ${short(answer.response_body, 200)}`.trimEnd()] };
      }),
    );

export const testSubs = ({ run }: Runner): Command =>
  new Command('test')
    .description('send a signed sample event with all headers of a subscription to its receiver')
    .argument('<subscription>', 'its id or name')
    .addOption(new Option('--dialect <dialect>', 'the format of the sample').choices(['cloudevents', 'etc'] as const))
    .action(
      run<[string], { dialect?: 'cloudevents' | 'etc' }>(async (context, [idOrName], options) => {
        const path = await pathOf(context, idOrName);
        const { data } = await answerOf(
          context.client.api.POST('/api/v3/event/subscribe/{account}/{biz}/{id}/test', {
            params: { path },
            body: options,
          }),
        );
        return {
          json: data,
          lines: [`${data.http_status} in ${data.duration_ms} ms  ${short(data.response_body, 200)}`.trimEnd()],
        };
      }),
    );

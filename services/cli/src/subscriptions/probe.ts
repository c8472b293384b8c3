import { answerOf } from '@callbus/client';
import { Command, Option } from 'commander';
import { short } from '../output/table.js';
import { jsonOrText } from '../publish/event-options.js';
import type { Runner } from '../program/run.js';
import { receiverUrl } from '../settings/receiver-url.js';
import { onSubscription } from './on-subscription.js';

export const pingSubs = ({ run }: Runner): Command =>
  new Command('ping')
    .description('let the bus post to a URL, unsigned')
    .argument('<url>', 'the URL of the receiver, or its port beside the bus: 9000/events')
    .option('--data <json>', 'the body')
    .action(
      run<[string], { data?: string }>(async ({ client }, [receiver], { data }) => {
        const callback_url = receiverUrl(receiver);
        const body = { callback_url, ...(data !== undefined && { data: jsonOrText(data) }) };
        const { data: answer } = await answerOf(client.api.POST('/api/v3/event/subscribe/ping', { body }));
        return { json: answer, lines: [`${answer.http_status}  ${short(answer.response_body, 200)}`.trimEnd()] };
      }),
    );

const dialects = ['cloudevents', 'etc'] as const;

export const testSubs = ({ run }: Runner): Command =>
  onSubscription<{ dialect?: (typeof dialects)[number] }>(
    'test',
    'send a signed sample event with all headers of a subscription to its receiver',
    run,
    async ({ client }, path, body) => {
      const { data } = await answerOf(
        client.api.POST('/api/v3/event/subscribe/{account}/{biz}/{id}/test', { params: { path }, body }),
      );
      return {
        json: data,
        lines: [`${data.http_status} in ${data.duration_ms} ms  ${short(data.response_body, 200)}`.trimEnd()],
      };
    },
  ).addOption(new Option('--dialect <dialect>', 'the format of the sample').choices(dialects));

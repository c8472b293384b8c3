import { sampleReceiverPath } from './sample-receiver.js';
import { etcSample, eventListSample } from './samples.js';

/**
 * Lines to paste into a shell, any number of times: create a subscription, publish both samples, read the statistics,
 * delete the subscription.
 */
export function curlLines(url: string): string[] {
  const subscriptions = `${url}/api/v3/event/subscribe`;
  const subscription = {
    subscription_name: 'try-it',
    callback_url: `${url}${sampleReceiverPath}`,
    confirm_mode: 'httpstatus',
    subscription_form: 'a.gs.cert.1,acs.oss.#',
  };
  return [
    `NEW=$(${post(`${subscriptions}/0/2`, subscription)}); echo "$NEW"`,
    post(`${url}/api/publish`, etcSample),
    post(`${url}/v1/event-bus/event/recv`, eventListSample),
    // A callback may come after the answer to its publish.
    'sleep 1',
    post(`${subscriptions}/search/0/2`, { fields: ['subscription_name', 'statistics'] }),
    `curl -s -X DELETE ${subscriptions}/0/2/$(echo "$NEW" | grep -o '[0-9]*}}' | tr -d '}')`,
  ];
}

function post(url: string, body: unknown): string {
  return `curl -s -w '\\n' ${url} -H 'Content-Type: application/json' -d '${JSON.stringify(body)}'`;
}

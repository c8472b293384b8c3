import { sampleReceiverPath } from './sample-receiver.js';
import { etcSample, eventListSample } from './samples.js';

export type Auth = 'none' | 'keys' | 'gateway';

/** The options of curl with which a caller of account `0` authenticates. */
const callerOptions: Readonly<Record<Auth, string>> = {
  none: '',
  keys: ` -H "Authorization: Bearer $KEY"`,
  gateway: ` -H "X-Gateway-Token: $GATEWAY_TOKEN" -H 'HTTP_BK_SUPPLIER_ACCOUNT: 0'`,
};

/**
 * Lines to paste into a shell, any number of times: create a subscription, publish both samples, read the statistics,
 * delete the subscription.
 */
export function curlLines(url: string, auth: Auth): string[] {
  const post = (to: string, body: unknown) =>
    `curl -s -w '\\n' ${to}${callerOptions[auth]} -H 'Content-Type: application/json' -d '${JSON.stringify(body)}'`;
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
    `curl -s -X DELETE${callerOptions[auth]} ${subscriptions}/0/2/$(echo "$NEW" | grep -o '[0-9]*}}' | tr -d '}')`,
  ];
}

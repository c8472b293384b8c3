import { sampleReceiverPath } from './sample-receiver.js';
import { etcSample, eventListSample } from './samples.js';

/** Lines to paste into a shell: subscribe, publish both samples, look at the statistics. */
export function curlLines(url: string): string[] {
  const subscription = {
    subscription_name: 'try-it',
    callback_url: `${url}${sampleReceiverPath}`,
    confirm_mode: 'httpstatus',
    subscription_form: 'a.gs.cert.1,acs.oss.#',
  };
  return [
    post(`${url}/api/v3/event/subscribe/0/2`, subscription),
    post(`${url}/api/publish`, etcSample),
    post(`${url}/v1/event-bus/event/recv`, eventListSample),
    // The callbacks come right after the answers, not before them.
    'sleep 1',
    post(`${url}/api/v3/event/subscribe/search/0/2`, { fields: ['subscription_name', 'statistics'] }),
  ];
}

function post(url: string, body: unknown): string {
  return `curl -s ${url} -H 'Content-Type: application/json' -d '${JSON.stringify(body)}'`;
}

import { isolate, type Place } from '@callbus/testing/isolate';
import { runProgram } from '@callbus/testing/processes/program';
import { busEnvironment, startService, type ServiceProcess } from '@callbus/testing/processes/service-process';
import { openReceiver, type Receiver } from '@callbus/testing/receivers/callback-receiver';
import { waitFor } from '@callbus/testing/wait-for';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import axios from 'axios';
import { Webhook } from 'standardwebhooks';

const old = {
  INTERNAL_TOKEN: 'the old token of the workers',
  GATEWAY_TOKEN: 'the old token of the gateway',
  SECRETS_KEY: 'the old key that seals the secrets',
};
const replaced = {
  INTERNAL_TOKEN: 'the new token of the workers',
  GATEWAY_TOKEN: 'the new token of the gateway',
  SECRETS_KEY: 'the new key that seals the secrets',
};
const both = {
  ...replaced,
  INTERNAL_TOKEN_PREVIOUS: old.INTERNAL_TOKEN,
  GATEWAY_TOKEN_PREVIOUS: old.GATEWAY_TOKEN,
  SECRETS_KEY_PREVIOUS: old.SECRETS_KEY,
};
const authorization = 'Bearer a value that only the receiver knows';

let place: Place;
let receiver: Receiver;
/** The environment of the processes that start next. */
let env: Record<string, string>;
let services: Record<'ingest' | 'subscription' | 'delivery', ServiceProcess>;

beforeAll(async () => {
  place = await isolate({ database: true });
  receiver = await openReceiver();
  env = { PORT: '0', ...busEnvironment(place), AUTH: 'gateway', ...old };
  const subscription = await startService({ name: 'subscription', env });
  env['SUBSCRIPTION_URL'] = subscription.url;
  const [ingest, delivery] = await Promise.all([
    startService({ name: 'ingest', env }),
    startService({ name: 'delivery', env }),
  ]);
  services = { ingest, subscription, delivery };
}, 60_000);
afterAll(async () => {
  await Promise.all(Object.values(services).map((service) => service.stop()));
  await receiver.close();
  await place.cleanUp();
});

const http = axios.create({ validateStatus: () => true });
const asGateway = (token: string) => ({ headers: { 'X-Gateway-Token': token, HTTP_BK_SUPPLIER_ACCOUNT: '0' } });

async function restart(name: keyof typeof services): Promise<void> {
  expect(await services[name].stop()).toBe(0);
  await services[name].start();
}

/** Replaces the keys in the environment. An empty variable counts as unset. */
function use(keys: Record<string, string>): void {
  for (const name of Object.keys(both)) env[name] = '';
  Object.assign(env, keys);
}

test('every key and token is replaced while the bus runs, and each callback has its signature and its header', async () => {
  const subscribed = await http.post<{ data: { secret: string } }>(
    `${services.subscription.url}/api/v3/event/subscribe/0/2`,
    {
      subscription_name: 'signed',
      callback_url: receiver.url,
      confirm_mode: 'httpstatus',
      subscription_form: '#',
      secret: 'generate',
      headers: { Authorization: authorization },
    },
    asGateway(old.GATEWAY_TOKEN),
  );
  const signed = new Webhook(subscribed.data.data.secret);
  let published = 0;

  async function publishAs(token: string): Promise<void> {
    const event = { specversion: '1.0', id: String(published), source: 's', type: 't' };
    const headers = { ...asGateway(token).headers, 'Content-Type': 'application/cloudevents+json' };
    expect((await http.post(`${services.ingest.url}/cloudevents`, event, { headers })).status).toBe(202);
    published += 1;
    await waitFor(() => receiver.requests.length === published, { what: 'the callback', timeoutMs: 20_000 });
    const { body, headers: received } = receiver.requests.at(-1)!;
    expect(received.authorization).toBe(authorization);
    expect(() => signed.verify(body, received as Record<string, string>)).not.toThrow();
  }
  await publishAs(old.GATEWAY_TOKEN);

  use(both);
  for (const name of ['delivery', 'subscription', 'ingest'] as const) {
    await restart(name);
    await publishAs(old.GATEWAY_TOKEN);
  }
  await publishAs(replaced.GATEWAY_TOKEN);

  const reseal = runProgram('subscription/dist/reseal.js', env);
  expect(await reseal.exited).toBe(0);
  expect(reseal.output()).toBe(
    '1 subscriptions have secrets; those of 1 were sealed anew. All are sealed with SECRETS_KEY: SECRETS_KEY_PREVIOUS may be removed.\n',
  );
  await publishAs(replaced.GATEWAY_TOKEN);

  use(replaced);
  for (const name of ['delivery', 'subscription', 'ingest'] as const) {
    await restart(name);
    await publishAs(replaced.GATEWAY_TOKEN);
  }
  const refused = await http.post(`${services.ingest.url}/cloudevents`, {}, asGateway(old.GATEWAY_TOKEN));
  expect(refused.status).toBe(401);
  const log = services.delivery.log.map(({ msg }) => msg);
  expect(log).not.toContain('callbacks wait: a sealed value cannot be opened');
  expect(log).not.toContain('waiting for the subscription service');
}, 120_000);

test('the command names settings that are missing, and exits with 2', async () => {
  const reseal = runProgram('subscription/dist/reseal.js', {});
  expect(await reseal.exited).toBe(2);
  expect(reseal.output()).toBe('DATABASE_URL is required\nSECRETS_KEY is required\n');
});

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { waitFor } from '@callbus/testing/wait-for';
import { openSystem, type System } from '../support/system.js';

let system: System;

beforeAll(async () => {
  system = await openSystem();
}, 60_000);
afterAll(() => system.close());

interface Rule {
  readonly account: string;
  readonly form: string;
  readonly bus?: string;
  readonly isDue: (event: Published) => boolean;
}

interface Published {
  readonly account: string;
  readonly name: string;
  readonly type: string;
  readonly bus: string;
}

const words = (event: Published) => event.name.split('.');
const named = (account: string, form: string): Rule => ({
  account,
  form,
  isDue: ({ name }) => form.split(',').includes(name),
});

/** Twenty subscriptions: exact names, `*`, `#`, types, two accounts, one bus. `isDue` states independently what each matches. */
const rules: Rule[] = [
  ...Array.from({ length: 6 }, (_, index) => named(index % 2 === 0 ? '0' : 'other', `s.t${index}.y.1`)),
  named('0', 's.t0.y.1,s.t1.y.1,s.t0.y.1'),
  named('other', 'src.com.example.k1'),
  { account: '0', form: 's.*.y.1', isDue: (event) => words(event).length === 4 && event.name.startsWith('s.') },
  { account: 'other', form: 's.*.y.*', isDue: (event) => words(event).length === 4 && event.name.startsWith('s.') },
  { account: '0', form: '*.*', isDue: () => false },
  { account: '0', form: '#', isDue: () => true },
  { account: 'other', form: '#', isDue: () => true },
  { account: '0', form: 'src.#', isDue: ({ name }) => name.startsWith('src.') },
  { account: '0', form: '#.k2', isDue: ({ name }) => name.endsWith('.k2') },
  { account: '0', form: '#.example.*,src.#', isDue: ({ name }) => name.startsWith('src.') },
  { account: '0', form: 'com.example.k3', isDue: ({ type }) => type === 'com.example.k3' },
  { account: 'other', form: 'y', isDue: ({ type }) => type === 'y' },
  { account: '0', form: '#', bus: 'red', isDue: ({ bus }) => bus === 'red' },
  { account: 'third', form: '#', isDue: () => false },
];

test('every subscription gets each matching event once and no other, and the counters agree', async () => {
  const { client, receiver } = system;
  expect(rules).toHaveLength(20);
  const ids = await Promise.all(
    rules.map((rule, index) =>
      client.subscribe(
        {
          subscription_name: `rule ${index}`,
          callback_url: `${receiver.url}/${index}`,
          subscription_form: rule.form,
          payload_format: 'cloudevents',
          // A Node server accepts one new connection in each turn of its event loop, and this one shares its process with the publisher.
          max_in_flight: 2,
          ...(rule.bus !== undefined && { event_bus_id: rule.bus }),
        },
        rule.account,
      ),
    ),
  );

  const published = new Map<string, Published>();
  const etc = async (index: number) => {
    const account = Math.floor(index / 6) % 3 === 0 ? 'other' : '0';
    const topic = `t${index % 6}`;
    const id = await client.publishEtc({ event_topic: topic }, account);
    published.set(id!, { account, name: `s.${topic}.y.1`, type: 'y', bus: '' });
  };
  const list = async (part: number) => {
    const events = Array.from({ length: 100 }, (_, index) => ({
      id: `list-${part}-${index}`,
      source: 'src',
      type: `com.example.k${index % 5}`,
      accountId: index % 4 === 0 ? 'other' : '0',
      data: { part, index },
    }));
    const eventBusId = part % 2 === 0 ? 'red' : 'blue';
    const { status } = await client.publishList(events, eventBusId);
    expect(status).toBe(200);
    for (const { id, accountId: account, type } of events) {
      published.set(id, { account, name: `src.${type}`, type, bus: eventBusId });
    }
  };
  for (let part = 0; part < 10; part += 1) {
    await Promise.all([list(part), ...Array.from({ length: 100 }, (_, index) => etc(100 * part + index))]);
  }
  expect(published.size).toBe(2_000);

  const due = rules.map((rule) =>
    [...published].filter(([, event]) => event.account === rule.account && rule.isDue(event)).map(([id]) => id),
  );
  const dueInAll = due.reduce((sum, events) => sum + events.length, 0);
  await waitFor(() => receiver.requests.length >= dueInAll, { what: `${dueInAll} callbacks`, timeoutMs: 150_000 });
  const totals = () => Promise.all(['0', 'other', 'third'].map((account) => client.statistics(account)));
  const sumOf = (maps: Awaited<ReturnType<typeof totals>>) =>
    maps.flatMap((map) => [...map.values()]).reduce((sum, figures) => sum + (figures?.total ?? 0), 0);
  await waitFor(async () => sumOf(await totals()) >= dueInAll, { what: 'the counters' });

  const received = rules.map((_, index) =>
    receiver.requests
      .filter(({ path }) => path === `/${index}`)
      .map(({ body }) => (JSON.parse(body.toString()) as { id: string }).id),
  );
  received.forEach((events, index) => expect(events.sort()).toEqual(due[index]!.sort()));
  expect(due.filter((events) => events.length > 0)).toHaveLength(18);

  const figures = new Map((await totals()).flatMap((map) => [...map]));
  expect(ids.map((id) => figures.get(id))).toEqual(received.map(({ length }) => ({ total: length, failure: 0 })));
}, 240_000);

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { waitFor } from '@callbus/testing/wait-for';
import { openSystem, type System } from '../support/system.js';

let system: System;

beforeAll(async () => {
  system = await openSystem();
}, 60_000);
afterAll(() => system.close());

const callsTo = (path: string) => system.receiver.requests.filter((request) => request.path === path).length;

describe('a change applies to every event that is published after its answer', () => {
  test('a subscription is called back right after its creation and not after its deletion, 200 times', async () => {
    for (let round = 0; round < 200; round += 1) {
      const name = `round.${round}`;
      const id = await system.client.subscribe({
        subscription_name: name,
        callback_url: `${system.receiver.url}/${name}`,
        subscription_form: name,
      });
      await system.client.publishEtc({ event_key: name });
      await waitFor(() => callsTo(`/${name}`) === 1, { what: `the callback of round ${round}` });
      expect((await system.client.unsubscribe(id)).status).toBe(200);
      await system.client.publishEtc({ event_key: name });
    }
    // A callback to a deleted subscription would have come before this one.
    await system.client.subscribe({
      subscription_name: 'last',
      callback_url: `${system.receiver.url}/last`,
      subscription_form: 'last',
    });
    await system.client.publishEtc({ event_key: 'last' });
    await waitFor(() => callsTo('/last') === 1, { what: 'the last callback' });
    expect(system.receiver.requests).toHaveLength(201);
  }, 120_000);

  test('the next event after an update goes to the new callback URL', async () => {
    const fields = (path: string, form: string) => ({
      subscription_name: 'moving',
      callback_url: `${system.receiver.url}${path}`,
      subscription_form: form,
    });
    const id = await system.client.subscribe(fields('/old', 'from.here'));
    for (let round = 0; round < 50; round += 1) {
      const path = `/moved/${round}`;
      expect((await system.client.update(id, fields(path, `to.there.${round}`))).status).toBe(200);
      await system.client.publishEtc({ event_key: `to.there.${round}` });
      await waitFor(() => callsTo(path) === 1, { what: `the callback to ${path}` });
    }
    await system.client.publishEtc({ event_key: 'from.here' });
    expect(callsTo('/old')).toBe(0);
  }, 60_000);
});

test('two systems under different prefixes share the servers but no event', async () => {
  const other = await openSystem();
  const fields = { subscription_name: 'shared', subscription_form: 'shared.event' };
  const ids = [
    await system.client.subscribe({ ...fields, callback_url: `${system.receiver.url}/first` }),
    await other.client.subscribe({ ...fields, callback_url: `${other.receiver.url}/second` }),
  ];
  await system.client.publishEtc({ event_key: 'shared.event' });
  await waitFor(() => callsTo('/first') === 1, { what: 'the first system’s callback' });
  await other.client.publishEtc({ event_key: 'shared.event' });
  await waitFor(() => other.receiver.requests.length === 1, { what: 'the second system’s callback' });
  await waitFor(async () => (await other.client.statistics()).get(ids[1]!)?.total === 1, {
    what: 'the counters of the second system',
  });
  expect((await system.client.statistics()).get(ids[0]!)).toEqual({ total: 1, failure: 0 });
  expect([callsTo('/first'), other.receiver.requests.length]).toEqual([1, 1]);
  await other.close();
}, 60_000);

import { expect, test } from '@jest/globals';
import { CallbusError } from '../src/callbus-error.js';
import { write, type CloudEvent, type Event, type WrittenEvent } from '../src/publishing/event.js';
import { createLists, type ListOptions } from '../src/publishing/lists.js';

const event = (id: string, more: Partial<CloudEvent> = {}): CloudEvent => ({ id, source: 's', type: 't', ...more });
const notification = { event_source: 'a', event_topic: 'b', event_type: 'c', event_status: '1', changes: [1] };

/** Lists whose requests end when the test says so. */
function openLists(more: Partial<ListOptions> = {}) {
  const sent: string[][] = [];
  const open: (() => void)[] = [];
  const publish = createLists({
    events: 100,
    bytes: 100_000,
    waitMs: 10_000,
    requests: 2,
    send: (list) => {
      sent.push(list.map(({ id, isEtc }) => (isEtc ? 'etc' : id)));
      return new Promise((resolve) => open.push(() => resolve(list.map(({ id }) => ({ id })))));
    },
    ...more,
  });
  return {
    sent,
    publish: (each: Event, hops = 0) => publish(write(each, hops)),
    answer: async () => {
      for (const end of open.splice(0)) end();
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

test('the first event is sent at once, and events that come meanwhile share the next list', async () => {
  const { sent, publish, answer } = openLists();
  const all = Promise.all(['1', '2', '3'].map((id) => publish(event(id))));
  expect(sent).toEqual([['1']]);
  await answer();
  expect(sent).toEqual([['1'], ['2', '3']]);
  await answer();
  expect(await all).toEqual([{ id: '1' }, { id: '2' }, { id: '3' }]);
});

test('a list that is full does not wait, as long as a request is free', async () => {
  const { sent, publish, answer } = openLists({ events: 2 });
  const all = ['1', '2', '3', '4', '5', '6'].map((id) => publish(event(id)));
  expect(sent).toEqual([['1'], ['2', '3']]);
  for (let round = 0; round < 3; round += 1) await answer();
  await Promise.all(all);
  expect(sent).toEqual([['1'], ['2', '3'], ['4', '5'], ['6']]);
});

test('an event waits no longer than it may', async () => {
  const { sent, publish, answer } = openLists({ waitMs: 5 });
  const all = [publish(event('1')), publish(event('2'))];
  expect(sent).toEqual([['1']]);
  await new Promise<void>((resolve) => {
    const look = () => (sent.length === 2 ? resolve() : void setTimeout(look, 1));
    look();
  });
  await answer();
  await Promise.all(all);
});

test('bytes, hops and ETC notifications end a list', async () => {
  const { sent, publish, answer } = openLists({ bytes: 600 });
  const large = event('large', { data: 'x'.repeat(400) });
  const all = [
    publish(event('0')),
    publish(event('1')),
    publish(large),
    publish(large),
    publish(event('2')),
    publish(event('3'), 1),
    publish(event('4'), 1),
    publish(notification),
    publish(notification),
  ];
  for (let round = 0; round < 10; round += 1) await answer();
  await Promise.all(all);
  expect(sent).toEqual([['0'], ['1', 'large'], ['large', '2'], ['3', '4'], ['etc'], ['etc']]);
});

test('halves are sent until the faulty events are alone', async () => {
  const isFaulty = ({ id }: WrittenEvent) => id.startsWith('bad');
  let requests = 0;
  const { publish } = openLists({
    requests: 1,
    send: (list) => {
      requests += 1;
      const fault = new CallbusError('no', { status: 400, code: 'INVALID_PARAMETER_VALUE' });
      return list.some(isFaulty) ? Promise.reject(fault) : Promise.resolve(list.map(({ id }) => ({ id })));
    },
  });
  const ids = ['0', '1', '2', 'bad-3', '4', '5', '6', '7', 'bad-8'];
  const ends = await Promise.allSettled(ids.map((id) => publish(event(id))));
  expect(ends.map((end) => (end.status === 'fulfilled' ? end.value.id : (end.reason as CallbusError).code))).toEqual(
    ids.map((id) => (id.startsWith('bad') ? 'INVALID_PARAMETER_VALUE' : id)),
  );
  // One for the first event, and 13 for a tree of eight whose two faulty leaves lie in different halves.
  expect(requests).toBeLessThanOrEqual(14);
});

test('an error that no single event has caused is the error of all', async () => {
  let requests = 0;
  const error = new CallbusError('no', { status: 401, code: 'AUTHENTICATION_ERROR' });
  const { publish } = openLists({ send: () => Promise.reject(error).finally(() => (requests += 1)) });
  const ends = await Promise.allSettled(['0', '1', '2'].map((id) => publish(event(id))));
  expect(ends).toEqual([0, 1, 2].map(() => ({ status: 'rejected', reason: error })));
  expect(requests).toBe(2);
});

import { expect, test } from '@jest/globals';
import { tapExchange } from '@callbus/testing/rabbitmq/tap-exchange';
import { waitFor } from '@callbus/testing/wait-for';
import { scrape } from '@callbus/testing/scrape';
import type { Load } from './support/load.js';
import { report } from './support/report.js';
import { stageOfFile } from './support/stage-of-file.js';

const listLength = 5;

const stage = stageOfFile({ subscriptions: 1 });

const startLoad = (name: string, limit?: () => number): Load =>
  stage().load({ name, eventsPerS: 100, listLength, ...(limit && { limit }) });

async function settle(load: Load, title: string, more: Readonly<Record<string, number | string>>): Promise<void> {
  await load.stop();
  const count = await stage().settle(load);
  report(title, count, { ...more, 'failed publishes': load.failed() });
  expect(count).toMatchObject({ duplicate: 0, lost: 0 });
  expect(load.failed()).toMatch(/^503: \d+$/);
}

const pauseS = (load: Load) => (load.pause.take() / 1_000).toFixed(1);

test('while `events` is deleted and a tap is bound, no event is accepted until the queue exists again', async () => {
  const { brokerPrefix, amqpUrl } = stage().servers.place;
  const tap = await tapExchange(amqpUrl, `${brokerPrefix}events`);
  let limit = 300;
  const load = startLoad('tapped', () => limit);
  // The deletion of a queue deletes its messages, so the queue has to be empty.
  const isDrained = () => load.accepted.size === limit && stage().ledger.has(stage().paths, load.accepted);
  await waitFor(isDrained, { what: 'an empty queue', timeoutMs: 30_000 });
  await stage().servers.rabbitmq.ctl('delete_queue', `${brokerPrefix}events`);
  load.pause.take();
  limit = Infinity;
  await waitFor(() => load.accepted.size >= 600, { what: 'events afterwards', timeoutMs: 60_000 });
  const found = { 'longest without publishing s': pauseS(load), 'messages tapped': tap.messages() };
  await settle(load, 'B14 the queue of events deleted, a tap bound', found);
  expect(tap.messages()).toBeGreaterThanOrEqual(load.accepted.size / listLength);
  await tap.close();
});

test('while `events` refuses every message, ingest reports it at once and stays ready', async () => {
  const { ingest, delivery } = stage().bus;
  const { rabbitmq } = stage().servers;
  const lines = (message: string) => ingest.log.filter(({ msg }) => msg === message).length;
  const publishing = async () => {
    const { status, data } = await stage().client.http.get<{ publishing: unknown }>(`${ingest.url}/readyz`);
    return status === 200 ? JSON.stringify(data.publishing) : status;
  };
  const load = startLoad('capped');
  await waitFor(() => load.accepted.size >= 200, { what: 'events', timeoutMs: 30_000 });
  const linesBefore = lines('publishing fails');
  await delivery.stop();
  await rabbitmq.ctl('set_policy', 'cap', '^callbus\\.events$', '{"max-length":1}', '--apply-to', 'queues');
  const cappedAt = performance.now();
  const hasReason = async () => (await publishing()) === '{"ok":false,"reason":"nacked"}';
  await waitFor(hasReason, { what: 'the reason', timeoutMs: 20_000 });
  const reportedAfterS = ((performance.now() - cappedAt) / 1_000).toFixed(1);
  await waitFor(() => lines('publishing fails') > linesBefore, { what: 'a line in the log' });
  const { names, series } = await scrape(ingest.url);
  expect(names.has('callbus_publishing')).toBe(true);
  expect(series.get('callbus_publishing{reason="none"}')).toBeUndefined();

  await rabbitmq.ctl('clear_policy', 'cap');
  const clearedAt = performance.now();
  await delivery.start();
  const before = load.accepted.size;
  await waitFor(() => load.accepted.size > before, { what: 'publishing to resume', timeoutMs: 60_000 });
  const resumedAfterS = ((performance.now() - clearedAt) / 1_000).toFixed(1);
  await waitFor(() => load.accepted.size >= before + 300, { what: 'events afterwards', timeoutMs: 60_000 });
  expect(await publishing()).toBe('{"ok":true}');
  await settle(load, 'C25 the queue of events refuses everything', {
    'reported after s': reportedAfterS,
    'resumed after s, the worker restarted': resumedAfterS,
    'lines in the log': lines('publishing fails') - linesBefore,
  });
});

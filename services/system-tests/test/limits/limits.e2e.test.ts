import { afterAll, beforeAll, expect, test } from '@jest/globals';
import axios from 'axios';
import { createLogger } from '@callbus/runtime/observability/logger';
import { connectRedis } from '@callbus/runtime/redis/redis';
import { runProgram } from '@callbus/testing/processes/program';
import { openReceiver } from '@callbus/testing/receivers/callback-receiver';
import { waitFor } from '@callbus/testing/wait-for';
import { openSystem, type System } from '../support/system.js';

const json = { 'content-type': 'application/json' };
const structured = { 'content-type': 'application/cloudevents+json' };
const http = axios.create({ validateStatus: () => true, proxy: false });

let system: System;
beforeAll(async () => {
  system = await openSystem();
}, 60_000);
afterAll(() => system.close());

/** @returns the HTTP status of a list of events */
const listOf = async (url: string, length: number) => {
  const eventList = Array.from({ length }, () => ({ source: 's', type: 't' }));
  return (await http.post(`${url}/v1/event-bus/event/recv`, { eventBusId: 'bus', eventList })).status;
};

/** @returns the HTTP status of an event of this size, at each door */
async function eventOf(url: string, bytes: number) {
  const filled = (text: string) => text.replace('""', `"${'x'.repeat(bytes - text.length)}"`);
  const etc = '{"event_source":"s","event_topic":"t","event_type":"y","event_status":"1","changes":[""]}';
  const ofBus = '{"source":"s","type":"t","eventBusId":"bus","data":{"x":""}}';
  const cloudEvent = `{"specversion":"1.0","id":"${bytes}","source":"s","type":"t","data":""}`;
  const answers = await Promise.all([
    http.post(`${url}/api/publish`, filled(etc), { headers: json }),
    http.post(`${url}/v1/event-bus/event/recv`, `{"eventList":[${filled(ofBus)}]}`, { headers: json }),
    http.post(`${url}/cloudevents`, filled(cloudEvent), { headers: structured }),
  ]);
  return answers.map(({ status }) => status);
}

test('by default a list has at most 100 events and an event at most 256 KiB; settings change both', async () => {
  expect([await listOf(system.bus.ingest.url, 100), await listOf(system.bus.ingest.url, 101)]).toEqual([200, 400]);
  expect(await eventOf(system.bus.ingest.url, 262_144)).toEqual([200, 200, 202]);
  expect(await eventOf(system.bus.ingest.url, 262_145)).toEqual([413, 413, 413]);

  const other = runProgram('ingest/dist/main.js', {
    ...system.bus.env,
    MAX_EVENTS_PER_REQUEST: '2',
    MAX_EVENT_BYTES: '1024',
  });
  const listening = () => /"url":"(http:[^"]+)"/.exec(other.output())?.[1];
  const url = await waitFor(() => listening() ?? '', { what: 'another ingest', timeoutMs: 20_000 });
  expect([await listOf(url, 2), await listOf(url, 3)]).toEqual([200, 400]);
  expect(await eventOf(url, 1_024)).toEqual([200, 200, 202]);
  expect(await eventOf(url, 1_025)).toEqual([413, 413, 413]);
  other.kill('SIGTERM');
  expect(await other.exited).toBe(0);
});

test('by default a repeated event is recognized for ten minutes', async () => {
  const redis = connectRedis({
    url: system.place.redisUrl,
    logger: createLogger({ service: 'test', level: 'silent' }),
  });
  await waitFor(() => redis.status === 'ready', { what: 'Redis' });
  const cloudEvent = { specversion: '1.0', id: 'recognized', source: 's', type: 't' };
  await http.post(`${system.bus.ingest.url}/cloudevents`, cloudEvent, { headers: structured });
  const seen = await redis.keys(`${system.place.redisPrefix}seen:*`);
  const secondsLeft = await Promise.all(seen.map((key) => redis.ttl(key)));
  expect(Math.max(...secondsLeft)).toBeLessThanOrEqual(600);
  expect(Math.max(...secondsLeft)).toBeGreaterThan(590);
  redis.disconnect();
});

test('a ping waits ten seconds for its answer', async () => {
  const silent = await openReceiver({ answer: () => undefined });
  const start = performance.now();
  const { status, data } = await http.post<unknown>(`${system.bus.subscription.url}/api/v3/event/subscribe/ping`, {
    callback_url: silent.url,
  });
  expect(performance.now() - start).toBeGreaterThanOrEqual(9_990);
  expect([status, data]).toEqual([
    400,
    { result: false, bk_error_code: 1103004, bk_error_msg: 'ping 失败：no answer within 10000 ms', data: null },
  ]);
  await silent.close();
});

import { createAuthenticate } from '@callbus/runtime/auth/auth';
import { createLogger } from '@callbus/runtime/observability/logger';
import { readConfig } from '@callbus/runtime/config/read-config';
import { settings } from '@callbus/runtime/config/settings';
import { openReceiver, type Receiver } from '@callbus/testing/receivers/callback-receiver';
import { isolate, type Place } from '@callbus/testing/isolate';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { standaloneSettings } from '@callbus/standalone/settings';
import { checks, type Door } from './limit-checks.js';
import { constantIn, readLimits } from './limits-document.js';
import { openApis, type OpenApis } from '../support/open-apis.js';

/** Numbers that bound nothing. */
const notBounds = ['PORT', 'MESSAGE_FORMAT'];

/** What holds when nothing is set. */
const defaults: Readonly<Record<string, unknown>> = readConfig(
  { ...standaloneSettings, DRAIN_TIMEOUT: settings.DRAIN_TIMEOUT },
  {},
);

const limits = await readLimits();

let place: Place;
let receiver: Receiver;
let apis: OpenApis;
let door: Door;
beforeAll(async () => {
  place = await isolate({ database: true });
  receiver = await openReceiver();
  apis = await openApis({
    databaseUrl: place.databaseUrl,
    authenticate: await createAuthenticate({ AUTH: 'none' }),
    logger: createLogger({ service: 'test', level: 'silent' }),
  });
  const subject = { account: '0', authorization: '', callbackUrl: receiver.url };
  door = { url: apis.url, ...(await apis.newSubject(subject)) };
});
afterAll(async () => {
  await apis.close();
  await receiver.close();
  await place.cleanUp();
});

test('every row has one check and every check a row', () => {
  expect(limits.map(({ name }) => name).sort()).toEqual(Object.keys(checks).sort());
});

test('every setting that is a number has a row', () => {
  const numbers = Object.keys(defaults).filter(
    (name) => typeof defaults[name] === 'number' && !notBounds.includes(name),
  );
  const named = limits.flatMap(({ setting }) => setting ?? []);
  expect(numbers.filter((name) => !named.includes(name))).toEqual([]);
});

describe('docs/limits.md is right about the', () => {
  test.each(limits)('$name', async (limit) => {
    const { constant, provoke } = checks[limit.name] ?? {};
    expect([constant, provoke, limit.setting].some((how) => how !== undefined)).toBe(true);
    if (limit.setting !== undefined) expect([limit.written, limit.bound]).toContain(defaults[limit.setting]);
    if (constant !== undefined) expect(await constantIn(...constant)).toBe(limit.bound);
    await provoke?.(limit, door);
  });
});

import { readConfig } from '@callbus/runtime/config/read-config';
import { settings } from '@callbus/runtime/config/settings';
import { openReceiver, type Receiver } from '@callbus/testing/receivers/callback-receiver';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { standaloneSettings } from '@callbus/standalone/settings';
import { checks, type Apis } from './limit-checks.js';
import { constantIn, readLimits } from './limits-document.js';
import { openApis, type OpenApis } from '../support/open-apis.js';

/** Settings that are numbers but no limits. */
const notBounds = ['PORT', 'MESSAGE_FORMAT'];

/** The defaults of all settings. */
const defaults: Readonly<Record<string, unknown>> = readConfig(
  { ...standaloneSettings, DRAIN_TIMEOUT: settings.DRAIN_TIMEOUT },
  {},
);

const limits = await readLimits();

let receiver: Receiver;
let apis: OpenApis;
let opened: Apis;
beforeAll(async () => {
  receiver = await openReceiver();
  apis = await openApis();
  const subject = { account: '0', authorization: '', callbackUrl: receiver.url };
  opened = { url: apis.url, ...(await apis.newSubject(subject)) };
});
afterAll(async () => {
  await apis.close();
  await receiver.close();
});

test('every row has a check and every check has a row', () => {
  expect(limits.map(({ name }) => name).sort()).toEqual(Object.keys(checks).sort());
});

test('every numeric setting has a row', () => {
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
    await provoke?.(limit, opened);
  });
});

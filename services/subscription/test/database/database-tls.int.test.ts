import { writeFile } from 'node:fs/promises';
import { createLogger } from '@callbus/runtime/observability/logger';
import { makeCertificates, type Certificates } from '@callbus/testing/network/certificates';
import { isolate, type Place } from '@callbus/testing/isolate';
import { openTlsProxy, type TlsProxy } from '@callbus/testing/network/tls-proxy';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createPool } from '../../src/database/pool.js';

const logger = createLogger({ service: 'test', level: 'silent' });

let place: Place;
/** Of a server that is called `localhost`, and of one that has another name. */
let known: Certificates;
let strange: Certificates;
let proxies: Record<'localhost' | 'elsewhere', TlsProxy>;
beforeAll(async () => {
  place = await isolate({ database: true });
  known = await makeCertificates('DNS:localhost');
  strange = await makeCertificates('DNS:elsewhere.test');
  const open = (certificates: Certificates) => openTlsProxy(place.databaseUrl, { ...certificates, isPostgres: true });
  proxies = { localhost: await open(known), elsewhere: await open(strange) };
});
afterAll(async () => {
  await Promise.all(Object.values(proxies).map((proxy) => proxy.close()));
  await Promise.all([known, strange].map((certificates) => certificates.remove()));
  await place.cleanUp();
});

/** @returns `TLS`, `plain`, or why there is no connection */
async function connect(server: keyof typeof proxies | 'without TLS', query: string, ca?: string): Promise<string> {
  const url = new URL(place.databaseUrl);
  url.hostname = 'localhost';
  if (server !== 'without TLS') url.port = String(proxies[server].port);
  url.search = query;
  const asked = Object.values(proxies).flatMap((proxy) => proxy.asked).length;
  const pool = createPool({ url: url.href, ca, logger });
  try {
    await Promise.all([pool.query('SELECT'), pool.query('SELECT')]);
    return Object.values(proxies).flatMap((proxy) => proxy.asked).length > asked ? 'TLS' : 'plain';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    await pool.end();
  }
}

describe('sslmode', () => {
  const away = 'The server does not support SSL connections';
  test.each([
    ['', 'plain'],
    ['sslmode=disable', 'plain'],
    ['sslmode=allow', 'plain'],
    ['sslmode=prefer', 'plain'],
    ['sslmode=require', away],
    ['sslmode=verify-ca', away],
    ['sslmode=verify-full', away],
  ])('on a server without TLS: %j', async (query, outcome) => {
    expect(await connect('without TLS', query)).toBe(outcome);
  });

  test.each([
    ['sslmode=prefer', 'TLS'],
    ['sslmode=require', 'TLS'],
    ['sslmode=no-verify', 'TLS'],
    ['sslmode=verify-ca', /unable to verify|self-signed/],
    ['sslmode=verify-full', /unable to verify|self-signed/],
  ])('on one whose certificate nobody knows: %j', async (query, outcome) => {
    expect(await connect('elsewhere', query)).toMatch(outcome);
  });

  test('the private CA of a setting is trusted, and no other', async () => {
    for (const query of ['', 'sslmode=require', 'sslmode=verify-ca', 'sslmode=verify-full'])
      expect([query, await connect('localhost', query, known.ca)]).toEqual([query, 'TLS']);
    for (const query of ['', 'sslmode=require', 'sslmode=verify-ca', 'sslmode=verify-full'])
      expect([query, await connect('localhost', query, strange.ca)]).not.toEqual([query, 'TLS']);
  });

  test('verify-ca takes any name, verify-full only that of the server', async () => {
    expect(await connect('elsewhere', 'sslmode=verify-ca', strange.ca)).toBe('TLS');
    expect(await connect('elsewhere', 'sslmode=verify-full', strange.ca)).toMatch(/altnames/);
  });

  test('sslrootcert names the CA in the address', async () => {
    const file = known.caFile.replace('ca.pem', 'with a blank.pem');
    await writeFile(file, known.ca);
    const query = `sslmode=verify-full&sslrootcert=${encodeURIComponent(file)}`;
    expect(await connect('localhost', query)).toBe('TLS');
  });
});

test('the server is told which name it is asked for', async () => {
  await connect('localhost', 'sslmode=require');
  expect(proxies.localhost.asked.at(-1)).toBe('localhost');
});

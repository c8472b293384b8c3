import { writeFile } from 'node:fs/promises';
import { makeCertificates, type Certificates } from '@callbus/testing/network/certificates';
import { isolate, type Place } from '@callbus/testing/isolate';
import { openTlsProxy, type TlsProxy } from '@callbus/testing/network/tls-proxy';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createPool } from '../../src/database/pool.js';
import { silent } from '../support/open-service.js';

let place: Place;
/** The certificates of a server with the name `localhost`, and of a server with another name. */
let localhost: Certificates;
let elsewhere: Certificates;
let proxies: Record<'localhost' | 'elsewhere', TlsProxy>;
beforeAll(async () => {
  place = await isolate({ database: true });
  localhost = await makeCertificates('DNS:localhost');
  elsewhere = await makeCertificates('DNS:elsewhere.test');
  const open = (certificates: Certificates) => openTlsProxy(place.databaseUrl, { ...certificates, isPostgres: true });
  proxies = { localhost: await open(localhost), elsewhere: await open(elsewhere) };
});
afterAll(async () => {
  await Promise.all(Object.values(proxies).map((proxy) => proxy.close()));
  await Promise.all([localhost, elsewhere].map((certificates) => certificates.remove()));
  await place.cleanUp();
});

/** @returns `TLS`, `plain`, or the error message */
async function connect(server: keyof typeof proxies | 'without TLS', query: string, ca?: string): Promise<string> {
  const url = new URL(place.databaseUrl);
  url.hostname = 'localhost';
  if (server !== 'without TLS') url.port = String(proxies[server].port);
  url.search = query;
  const asked = Object.values(proxies).flatMap((proxy) => proxy.asked).length;
  const pool = createPool({ url: url.href, ca, logger: silent });
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
  const refusal = 'The server does not support SSL connections';
  test.each([
    ['', 'plain'],
    ['sslmode=disable', 'plain'],
    ['sslmode=allow', 'plain'],
    ['sslmode=prefer', 'plain'],
    ['sslmode=require', refusal],
    ['sslmode=verify-ca', refusal],
    ['sslmode=verify-full', refusal],
  ])('on a server without TLS: %j', async (query, outcome) => {
    expect(await connect('without TLS', query)).toBe(outcome);
  });

  test.each([
    ['sslmode=prefer', 'TLS'],
    ['sslmode=require', 'TLS'],
    ['sslmode=no-verify', 'TLS'],
    ['sslmode=verify-ca', /unable to verify|self-signed/],
    ['sslmode=verify-full', /unable to verify|self-signed/],
  ])('on a server with an unknown certificate: %j', async (query, outcome) => {
    expect(await connect('elsewhere', query)).toMatch(outcome);
  });

  test('the private CA of the setting is trusted, and no other CA', async () => {
    for (const query of ['', 'sslmode=require', 'sslmode=verify-ca', 'sslmode=verify-full'])
      expect([query, await connect('localhost', query, localhost.ca)]).toEqual([query, 'TLS']);
    for (const query of ['', 'sslmode=require', 'sslmode=verify-ca', 'sslmode=verify-full'])
      expect([query, await connect('localhost', query, elsewhere.ca)]).not.toEqual([query, 'TLS']);
  });

  test('verify-ca accepts any name in the certificate, verify-full only the name of the server', async () => {
    expect(await connect('elsewhere', 'sslmode=verify-ca', elsewhere.ca)).toBe('TLS');
    expect(await connect('elsewhere', 'sslmode=verify-full', elsewhere.ca)).toMatch(/altnames/);
  });

  test('sslrootcert in the address names the file of the CA', async () => {
    const file = localhost.caFile.replace('ca.pem', 'with a blank.pem');
    await writeFile(file, localhost.ca);
    const query = `sslmode=verify-full&sslrootcert=${encodeURIComponent(file)}`;
    expect(await connect('localhost', query)).toBe('TLS');
  });
});

test('the connection names the server (SNI)', async () => {
  await connect('localhost', 'sslmode=require');
  expect(proxies.localhost.asked.at(-1)).toBe('localhost');
});

import { describe, expect, test } from '@jest/globals';
import { createRefuseCrossSite } from '../src/http/refuse-cross-site.js';

const refuse = createRefuseCrossSite(['bus.example', 'Front.Example']);

describe('accepted', () => {
  test.each([
    ...['localhost', 'localhost:8080', 'LOCALHOST:1', 'localhost.:8080', 'bus.localhost:8080', '127.0.0.1:8080'],
    ...['127.1.2.3', '[::1]:8080', '10.0.0.7:8080', '8.8.8.8', '[fd00::7]:8080'],
    ...[
      'host.docker.internal:8080',
      'host.containers.internal:8080',
      'bus.example',
      'BUS.example:8080',
      'front.example.',
    ],
  ])('is the host %s', (host) => expect(refuse({ headers: { host } })).toBeUndefined());

  test('is a request without a host, which no browser sends', () => {
    expect(refuse({ headers: {} })).toBeUndefined();
  });

  test.each([
    ['localhost:8080', 'http://localhost:8080'],
    ['127.0.0.1:8080', 'http://127.0.0.1:8080'],
    ['[::1]:8080', 'http://[::1]:8080'],
    ['bus.example', 'https://bus.example'],
    ['127.0.0.1:8080', 'https://front.example'],
    ['localhost:8080', 'http://front.example:3000'],
  ])('is on %s a page of %s', (host, origin) => expect(refuse({ headers: { host, origin } })).toBeUndefined());
});

describe('refused', () => {
  test.each([
    ...['evil.example', 'evil.example:8080', 'localhost.evil.example', 'evillocalhost', '127.0.0.1.evil.example:8080'],
    ...['bus.example.evil.example', 'docker.internal', 'evil.example#localhost', '', 'a b', '[::1'],
  ])('is the host %j', (host) =>
    expect(refuse({ headers: { host } })).toBe(`the host ${host} is none of ALLOWED_HOSTS`),
  );

  test.each([
    ...['https://evil.example', 'http://localhost:3000', 'http://localhost', 'http://127.0.0.1:8080', 'null', ''],
    ...['http://localhost:80801', 'http://localhost:8080.evil.example', 'ftp://localhost:8080', 'https://6.6.6.6'],
  ])('is a page of %j', (origin) =>
    expect(refuse({ headers: { host: 'localhost:8080', origin } })).toBe(
      `pages of ${origin} may not call: its host is none of ALLOWED_HOSTS`,
    ),
  );
});

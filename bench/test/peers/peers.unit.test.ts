import { describe, expect, test } from '@jest/globals';
import { createStamp, readMark } from '../../src/load/event-bytes.js';
import { requestHead } from '../../src/load/http-requests.js';
import { readCommandLine } from '../../src/peers/command-line.js';
import { openPeer, peers } from '../../src/peers/peers.js';
import type { LoadTarget } from '../../src/programs/load.js';

const settings = { token: 'secret', project: 'p1', endpoint: 'e1' };

function opened(name: string) {
  const system = openPeer(name, settings);
  if (typeof system === 'string') throw new Error(system);
  return system;
}

/** The request of one event, as the load sends it. */
function requestOf({ url, template, names }: LoadTarget, sequence: number, timeUs: number): string {
  const { headers, body } = template!;
  return createStamp(requestHead(new URL(url), body.length, headers) + body)(sequence, timeUs, names).toString();
}

describe('the request of a peer', () => {
  test.each(Object.keys(peers))('of %s carries the sequence and the time of the event in 350 bytes of data', (name) => {
    const request = requestOf(opened(name).target('fan-out-1'), 7, 1_234);
    expect(readMark(Buffer.from(request))).toEqual({ sequence: 7, timeUs: 1_234 });
    expect(/\{"mark":"[^"]*","pad":"x*"\}/.exec(request)?.[0]).toHaveLength(350);
  });

  test('has the id of the event for Knative in a header', () => {
    const request = requestOf(opened('knative').target('fan-out-1'), 7, 1_234);
    expect(request).toContain('\r\nce-id: #0000000007@\r\n');
  });

  test('names the audience and bears the token', () => {
    const { url, template } = opened('svix').target('one-hangs');
    expect(url).toBe('http://127.0.0.1:8071/api/v1/app/one-hangs/msg/');
    expect(template?.headers).toEqual({ Authorization: 'Bearer secret' });
  });

  test('goes to the given origin', () => {
    const system = openPeer('outpost', { ...settings, url: 'http://127.0.0.1:4444' });
    expect(system).toMatchObject({ target: expect.any(Function) });
    if (typeof system !== 'string') {
      expect(system.target('fan-out-1').url).toBe('http://127.0.0.1:4444/api/v1/publish');
    }
  });
});

describe('a peer that is not described well enough', () => {
  test('is refused with the options that are missing', () => {
    expect(openPeer('convoy', { token: 'secret' })).toBe('convoy needs --project, --endpoint');
  });

  test('is refused with the names that there are', () => {
    expect(openPeer('hermes', {})).toBe('no system hermes; there are callbus, knative, outpost, svix, convoy');
  });
});

describe('the command line', () => {
  test('names one system and its settings', () => {
    expect(readCommandLine(['outpost', '--token', 'secret', '--quick'])).toEqual({
      system: 'outpost',
      isQuick: true,
      settings: { token: 'secret' },
    });
  });

  test.each([[[]], [['svix', 'outpost']]])('is refused with no system or several: %j', (args) => {
    expect(readCommandLine(args)).toBe('name one system');
  });

  test('is refused with an unknown option', () => {
    expect(readCommandLine(['svix', '--fast'])).toContain('--fast');
  });
});

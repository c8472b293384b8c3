import { describe, expect, test } from '@jest/globals';
import { retryTiers, routingKeyOf, tierFor } from '@callbus/contracts/messages/topology';
import fc from 'fast-check';

describe('tierFor', () => {
  test.each([
    [-1, '1s'],
    [0, '1s'],
    [1_000, '1s'],
    [1_001, '5s'],
    [60_000, '1m'],
    [61_000, '5m'],
    [86_400_000, '24h'],
    [Number.MAX_SAFE_INTEGER, '24h'],
  ])('%i ms wait in %s', (delayMs, name) => {
    expect(tierFor(delayMs).name).toBe(name);
  });

  test('waits at least the given delay, up to a day, in the shortest such tier', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 86_400_000 }), (delayMs) => {
        const tier = tierFor(delayMs);
        const shorter = retryTiers.filter((other) => other.delayMs < tier.delayMs);
        expect(tier.delayMs).toBeGreaterThanOrEqual(delayMs);
        expect(shorter.every((other) => other.delayMs < delayMs)).toBe(true);
      }),
    );
  });
});

describe('routingKeyOf', () => {
  test('consists of account, bus and name, with - for no bus', () => {
    expect(routingKeyOf({ account: '0', bus: 'b', name: 'a.gs.cert.1' })).toBe('0.b.a.gs.cert.1');
    expect(routingKeyOf({ account: '0', bus: '', name: 'n' })).toBe('0.-.n');
  });

  test('fits into an AMQP short string, and is cut between characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 200, maxLength: 400 }), (name) => {
        const key = routingKeyOf({ account: 'a', bus: 'b', name });
        expect(Buffer.byteLength(key)).toBeLessThanOrEqual(255);
        expect(`a.b.${name}`.startsWith(key)).toBe(true);
        expect(Buffer.byteLength(key)).toBeGreaterThan(Math.min(255, Buffer.byteLength(`a.b.${name}`)) - 4);
      }),
    );
  });
});

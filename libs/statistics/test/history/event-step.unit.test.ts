import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createByteReader, createByteWriter } from '../../src/history/bytes.js';
import { readSteps, writeSteps } from '../../src/history/event-step.js';
import type { EventStep } from '../../src/statistics.js';
import { storyOf } from '../contract.js';

const event = { account: '0', eventId: 'e1' };

function encode(steps: readonly EventStep[]): Buffer {
  const writer = createByteWriter();
  writeSteps(writer, steps);
  return Buffer.from(writer.written());
}
const decode = (bytes: Buffer) => readSteps(createByteReader(bytes), event);

describe('the steps of an event', () => {
  it('are read as they were written', () => {
    const steps = storyOf('0', 'e1');
    expect(decode(encode(steps))).toEqual(steps);
    const backwards = steps.toReversed();
    expect(decode(encode(backwards))).toEqual(backwards);
  });

  it('have their times to the millisecond, and subscriptions up to 2^53 - 1', () => {
    const time = fc.integer({ min: 0, max: 2 ** 43 });
    const id = fc.integer({ min: 1, max: 2 ** 53 - 1 });
    fc.assert(
      fc.property(time, time, fc.array(id), (at, until, subscriptions) => {
        const step: EventStep = { ...event, kind: 'waiting', at, subscriptions, until, because: 'parked' };
        expect(decode(encode([step, step]))).toEqual([step, step]);
      }),
    );
  });

  it('are kept without most of a long name', () => {
    const [matched] = storyOf('0', 'e1');
    const encoded = encode([{ ...matched!, name: 'x'.repeat(300_000) } as typeof matched & object]);
    expect(decode(encoded)).toMatchObject([{ name: 'x'.repeat(256) }]);
  });

  it('are read up to the first one that is malformed', () => {
    fc.assert(fc.property(fc.uint8Array(), (bytes) => Array.isArray(decode(Buffer.from(bytes)))));
    const steps = storyOf('0', 'e1');
    for (let count = 1; count <= steps.length; count += 1) {
      const whole = encode(steps.slice(0, count));
      expect(decode(whole.subarray(0, -1))).toEqual(steps.slice(0, count - 1));
      expect(decode(Buffer.concat([whole, Buffer.from([9])]))).toEqual(steps.slice(0, count));
    }
  });
});

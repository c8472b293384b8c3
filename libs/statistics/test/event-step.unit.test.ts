import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decodeStep, encodeStep } from '../src/event-step.js';
import { storyOf } from './contract.js';

const whose = { account: '0', eventId: 'e1' };

describe('a step', () => {
  it('is read as it was written', () => {
    for (const step of storyOf('0', 'e1')) expect(decodeStep(encodeStep(step), whose)).toEqual(step);
  });

  it('is kept without most of a long name', () => {
    const [matched] = storyOf('0', 'e1');
    const encoded = encodeStep({ ...matched!, name: 'x'.repeat(300_000) } as typeof matched & object);
    expect(decodeStep(encoded, whose)).toMatchObject({ name: 'x'.repeat(256) });
  });

  it('is not made of anything else', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(decodeStep(text, whose)).toBeUndefined();
      }),
    );
    for (const step of storyOf('0', 'e1')) {
      const fields = JSON.parse(encodeStep(step)) as unknown[];
      const required = step.kind === 'ended' ? 4 : fields.length;
      for (let place = 0; place < required; place += 1) {
        const torn = JSON.stringify(fields.with(place, { torn: true }));
        expect(decodeStep(torn, whose)).toBeUndefined();
      }
    }
  });
});

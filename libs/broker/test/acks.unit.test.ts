import { describe, expect, it } from '@jest/globals';
import type { ConsumeMessage } from 'amqplib';
import fc from 'fast-check';
import { createAcks } from '../src/rabbitmq/consuming/acks.js';
import type { Verdict } from '../src/consuming/work.js';

const turn = () => new Promise((resolve) => setImmediate(resolve));
const messageOf = (deliveryTag: number) => ({ fields: { deliveryTag } }) as ConsumeMessage;

/** Records acks and rejects as a broker does. A delivery tag that is not open is an error, as it would close the channel. */
function openBook() {
  const open = new Set<number>();
  const verdicts = new Map<number, Verdict>();
  let frames = 0;
  const close = (tag: number, verdict: Verdict) => {
    if (!open.delete(tag)) throw new Error(`unknown delivery tag ${tag}`);
    verdicts.set(tag, verdict);
  };
  const tagsUpTo = (tag: number, allUpTo = false) => (allUpTo ? [...open].filter((each) => each <= tag) : [tag]);
  const told =
    (verdict: Verdict) =>
    ({ fields: { deliveryTag } }: { fields: { deliveryTag: number } }, allUpTo?: boolean) => {
      frames += 1;
      if (!open.has(deliveryTag)) throw new Error(`unknown delivery tag ${deliveryTag}`);
      for (const tag of tagsUpTo(deliveryTag, allUpTo)) close(tag, verdict);
    };
  const channel: Parameters<typeof createAcks>[0] = {
    ack: told('ack'),
    nack: told('release'),
    reject: (message) => told('fail')(message),
  };
  return { open, verdicts, frames: () => frames, channel };
}

describe('the acks of a channel', () => {
  it('settle every message as its handler did, in any order', async () => {
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.record({ what: fc.constant('take' as const) }) },
      {
        weight: 4,
        arbitrary: fc.record({
          what: fc.constant('settle' as const),
          which: fc.nat(),
          verdict: fc.constantFrom<Verdict>('ack', 'ack', 'ack', 'fail', 'release'),
        }),
      },
      // The tag of another consumer of the channel, which need not ack.
      { weight: 1, arbitrary: fc.record({ what: fc.constant('skip' as const) }) },
      { weight: 1, arbitrary: fc.record({ what: fc.constant('turn' as const) }) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const book = openBook();
        const acks = createAcks(book.channel);
        const expected = new Map<number, Verdict>();
        const held: number[] = [];
        let tag = 0;
        for (const each of steps) {
          if (each.what === 'turn') {
            await turn();
            expect(book.verdicts).toEqual(expected);
          } else if (each.what !== 'settle') {
            tag += 1;
            if (each.what === 'skip') continue;
            book.open.add(tag);
            held.push(tag);
            acks.taken(messageOf(tag));
          } else if (held.length > 0) {
            const [settled = 0] = held.splice(each.which % held.length, 1);
            expected.set(settled, each.verdict);
            acks.settle(messageOf(settled), each.verdict);
          }
        }
        await turn();
        expect(book.verdicts).toEqual(expected);
        expect([...book.open].sort()).toEqual([...held].sort());
      }),
    );
  });

  it('are sent in one frame up to the first unsettled message, and one by one after it', async () => {
    const book = openBook();
    const acks = createAcks(book.channel);
    for (let tag = 1; tag <= 10; tag += 1) {
      book.open.add(tag);
      acks.taken(messageOf(tag));
    }
    for (const tag of [3, 1, 2, 5, 4, 8, 10]) acks.settle(messageOf(tag), 'ack');
    await turn();
    expect([...book.open]).toEqual([6, 7, 9]);
    expect(book.frames()).toBe(3);
  });
});

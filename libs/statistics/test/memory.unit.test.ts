import { expect, it } from '@jest/globals';
import { createMemoryStatistics } from '../src/memory.js';
import { attemptOf, describeStatistics, stepAt, storyOf } from './contract.js';

describeStatistics('statistics in memory', (options) => Promise.resolve(createMemoryStatistics(options)));

it('in memory a trace is kept for four days after its last step', async () => {
  const days = 86_400_000;
  let now = 0;
  const statistics = createMemoryStatistics({ now: () => now });
  const [first, second] = storyOf('0', 'e1');
  statistics.recordStep(first!);
  now = 3.9 * days;
  statistics.recordStep(second!);
  now = 7.9 * days - 1;
  await expect(statistics.trace('0', 'e1')).resolves.toEqual({ steps: [first, second], since: 0 });
  now = 7.9 * days;
  await expect(statistics.trace('0', 'e1')).resolves.toEqual({ steps: [], since: 3.9 * days + 1 });
});

it('in memory attempts and traces stay within 32 MiB by default', async () => {
  const statistics = createMemoryStatistics();
  for (let n = 0; n < 200_000; n += 1) {
    statistics.recordStep(stepAt('0', `e${n}`, n));
    statistics.recordAttempt(attemptOf(n, { answer: 'x'.repeat(256) }));
  }
  await expect(statistics.trace('0', 'e0')).resolves.toMatchObject({ steps: [] });
  await expect(statistics.attempts(0, { limit: 1 })).resolves.toEqual([]);
  await expect(statistics.trace('0', 'e199999')).resolves.toMatchObject({ steps: [{ eventId: 'e199999' }] });
});

import { expect, it } from '@jest/globals';
import { createMemoryStatistics } from '../src/memory.js';
import { describeStatistics, storyOf } from './contract.js';

describeStatistics('statistics in memory', () => Promise.resolve(createMemoryStatistics()));

it('in memory a trace is kept until the window after its last step is over, or not at all', async () => {
  let now = 0;
  const statistics = createMemoryStatistics({ traceWindowS: 60, now: () => now });
  const [first, second] = storyOf('0', 'e1');
  statistics.recordStep(first!);
  now = 59_999;
  statistics.recordStep(second!);
  now = 119_998;
  await expect(statistics.trace('0', 'e1')).resolves.toEqual([first, second]);
  now = 119_999;
  await expect(statistics.trace('0', 'e1')).resolves.toEqual([]);

  const silent = createMemoryStatistics({ traceWindowS: 0 });
  silent.recordStep(first!);
  await expect(silent.trace('0', 'e1')).resolves.toEqual([]);
});

it('in memory the 10,000 traces to which something happened last are kept', async () => {
  const statistics = createMemoryStatistics();
  for (let n = 0; n <= 10_000; n += 1) {
    statistics.recordStep(storyOf('0', `e${n}`)[0]!);
    statistics.recordStep(storyOf('0', 'first')[0]!);
  }
  await expect(statistics.trace('0', 'first')).resolves.toHaveLength(5_000);
  await expect(statistics.trace('0', 'e1')).resolves.toEqual([]);
  await expect(statistics.trace('0', 'e2')).resolves.toHaveLength(1);
});

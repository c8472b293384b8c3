import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Report } from '@callbus/testing/receivers/receivers-program';

export type Counts = Extract<Report, { kind: 'counts' }>;

const program = fileURLToPath(
  new URL('../../../../../libs/testing/dist/receivers/receivers-program.js', import.meta.url),
);

/** Opens a hundred receivers in a process of their own. With `bad` the first thirty misbehave. */
export async function openReceivers(mode: 'good' | 'bad') {
  const child = fork(program, [mode], { execArgv: [] });
  const nextReport = async () => ((await once(child, 'message')) as [Report])[0];
  const first = await nextReport();
  if (first.kind !== 'listening') throw new Error('the receivers did not start');

  return {
    /** The URLs by path. */
    urls: first.urls,
    async counts(): Promise<Counts> {
      child.send('count');
      const counts = await nextReport();
      if (counts.kind !== 'counts') throw new Error('the receivers did not report their counts');
      return counts;
    },
    async close(): Promise<void> {
      child.disconnect();
      await once(child, 'exit');
    },
  };
}

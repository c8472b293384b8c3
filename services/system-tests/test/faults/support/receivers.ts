import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Said } from '@callbus/testing/receivers/receivers-program';

export type Counts = Extract<Said, { kind: 'counts' }>;

const program = fileURLToPath(
  new URL('../../../../../libs/testing/dist/receivers/receivers-program.js', import.meta.url),
);

/** A hundred receivers in a process of their own. With `bad` the first thirty misbehave. */
export async function openReceivers(mode: 'good' | 'bad') {
  const child = fork(program, [mode], { execArgv: [] });
  const hear = async () => ((await once(child, 'message')) as [Said])[0];
  const said = await hear();
  if (said.kind !== 'listening') throw new Error('the receivers do not listen');

  return {
    /** By path. */
    urls: said.urls,
    async counts(): Promise<Counts> {
      child.send('count');
      const counts = await hear();
      if (counts.kind !== 'counts') throw new Error('the receivers do not count');
      return counts;
    },
    async close(): Promise<void> {
      child.disconnect();
      await once(child, 'exit');
    },
  };
}

import { expect, test } from '@jest/globals';
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runProgram } from '@callbus/testing/processes/program';

const limitMs = 60_000;

test(
  'the demo tells the whole story, exits 0 and leaves nothing behind',
  async () => {
    const directory = await mkdtemp(join(tmpdir(), 'callbus-demo-test-'));
    // PostgreSQL has to get there, also when root runs the tests.
    await chmod(directory, 0o755);
    const demo = runProgram('standalone/dist/demo.js', { TMPDIR: directory });
    expect([await demo.exited, demo.output()]).toEqual([0, expect.any(String)]);

    // "  1.2 s  accepted    an ETC notification, a.gs.cert.1"
    const story = Array.from(demo.output().matchAll(/^ *\d+\.\d s {2}(\w+) +(.*)$/gm), ([, step, what]) => [
      step,
      what,
    ]);
    const told = (step: string) => story.filter(([name]) => name === step).map(([, what]) => what);
    expect(told('accepted')).toEqual([
      'an ETC notification, a.gs.cert.1',
      'a list of one CloudEvent, acs.oss.oss.ObjectCreated.PutObject',
    ]);
    expect(told('matched')).toEqual([
      'a.gs.cert.1: 3 subscriptions',
      'acs.oss.oss.ObjectCreated.PutObject: 3 subscriptions',
    ]);
    // Two events: one call each to the first two receivers, three to the third, the last of which is confirmed.
    expect(told('called')).toHaveLength(10);
    expect(told('called').filter((what) => what?.includes('it answers 503 busy'))).toHaveLength(4);
    expect(told('confirmed')).toHaveLength(6);
    expect(told('retried')).toHaveLength(4);
    expect(told('statistics').sort()).toEqual([
      'by-regular-expression: total 2, failure 0',
      'by-status: total 2, failure 0',
      'fails-twice: total 6, failure 4',
    ]);
    expect(story.at(-1)).toEqual(['finished', 'every event came to everyone who subscribed']);
    expect(told('warning')).toEqual([]);

    expect(await readdir(directory)).toEqual([]);
    await rm(directory, { recursive: true });
  },
  limitMs,
);

import { expect, test } from '@jest/globals';
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runProgram } from '@callbus/testing/processes/program';

const limitMs = 60_000;

test(
  'the demo shows every step, exits with 0 and leaves nothing behind',
  async () => {
    const directory = await mkdtemp(join(tmpdir(), 'callbus-demo-test-'));
    // PostgreSQL must be able to enter this folder, also when root runs the tests.
    await chmod(directory, 0o755);
    const demo = runProgram('standalone/dist/demo.js', { TMPDIR: directory });
    expect([await demo.exited, demo.output()]).toEqual([0, expect.any(String)]);

    // "  1.2 s  accepted    an ETC notification, a.gs.cert.1"
    const story = Array.from(demo.output().matchAll(/^ *\d+\.\d s {2}(\w+) +(.*)$/gm), ([, step, what]) => [
      step,
      what,
    ]);
    const shown = (step: string) => story.filter(([name]) => name === step).map(([, what]) => what);
    expect(shown('accepted')).toEqual([
      'an ETC notification, a.gs.cert.1',
      'a list of one CloudEvent, acs.oss.oss.ObjectCreated.PutObject',
    ]);
    expect(shown('matched')).toEqual([
      'a.gs.cert.1: 3 subscriptions',
      'acs.oss.oss.ObjectCreated.PutObject: 3 subscriptions',
    ]);
    // Two events: the first two receivers get one callback per event, the third one three, of which it confirms the last.
    expect(shown('called')).toHaveLength(10);
    expect(shown('called').filter((what) => what?.includes('it answers 503 busy'))).toHaveLength(4);
    expect(shown('confirmed')).toHaveLength(6);
    expect(shown('retried')).toHaveLength(4);
    expect(shown('statistics').sort()).toEqual([
      'by-regular-expression: total 2, failure 0',
      'by-status: total 2, failure 0',
      'fails-twice: total 6, failure 4',
    ]);
    expect(story.at(-1)).toEqual(['finished', 'every subscriber got every event']);
    expect(shown('warning')).toEqual([]);

    expect(await readdir(directory)).toEqual([]);
    await rm(directory, { recursive: true });
  },
  limitMs,
);

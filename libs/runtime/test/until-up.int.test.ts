import { expect, test } from '@jest/globals';
import { Writable } from 'node:stream';
import { pino } from 'pino';
import { untilUp } from '@callbus/runtime/lifecycle/until-up';

function createLog() {
  const lines: Record<string, unknown>[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(JSON.parse(chunk.toString()) as Record<string, unknown>);
      done();
    },
  });
  return { lines, logger: pino({}, stream) };
}

test('tries again with growing pauses, and logs each failure', async () => {
  const { lines, logger } = createLog();
  let tries = 0;
  const connect = () => {
    tries += 1;
    return tries < 3 ? Promise.reject(new Error(`try ${tries}`)) : Promise.resolve('up');
  };
  expect(await untilUp('postgres', connect, { logger, signal: new AbortController().signal })).toBe('up');
  expect(lines).toMatchObject([
    { msg: 'waiting for postgres', error: 'try 1', retryInMs: 250 },
    { msg: 'waiting for postgres', error: 'try 2', retryInMs: 500 },
  ]);
});

test('stops trying when the signal is aborted', async () => {
  const stopping = new AbortController();
  const connect = () => {
    stopping.abort();
    return Promise.reject(new Error('away'));
  };
  await expect(untilUp('postgres', connect, { logger: createLog().logger, signal: stopping.signal })).rejects.toThrow(
    'aborted',
  );
});

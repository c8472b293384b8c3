import { expect, test } from '@jest/globals';
import { unsentBecause } from '@callbus/callback/unsent';

const errorOf = (code: string) => Object.assign(new Error(code), { code });

test.each([
  ['a refused connection', errorOf('ECONNREFUSED'), undefined],
  ['a worker without file descriptors', errorOf('EMFILE'), 'worker'],
  ['a machine without file descriptors', errorOf('ENFILE'), 'worker'],
  ['no file descriptors for any address', new AggregateError([errorOf('EMFILE'), errorOf('EMFILE')]), 'worker'],
  ['no file descriptors, as the cause of another error', new Error('connect', { cause: errorOf('EMFILE') }), 'worker'],
  ['a value that is not an error', 'EMFILE', undefined],
])('%s: %s', (_case, error, because) => {
  expect(unsentBecause(error)).toBe(because);
});

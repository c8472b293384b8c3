import { expect, test } from '@jest/globals';
import { unsentBecause } from '@callbus/callback/unsent';

const errorOf = (code: string) => Object.assign(new Error(code), { code });

test.each([
  ['a connection that is refused', errorOf('ECONNREFUSED'), undefined],
  ['a worker without file descriptors', errorOf('EMFILE'), 'worker'],
  ['a machine without file descriptors', errorOf('ENFILE'), 'worker'],
  ['one on all addresses', new AggregateError([errorOf('EMFILE'), errorOf('EMFILE')]), 'worker'],
  ['one below another error', new Error('connect', { cause: errorOf('EMFILE') }), 'worker'],
  ['no error at all', 'EMFILE', undefined],
])('%s', (_case, error, because) => {
  expect(unsentBecause(error)).toBe(because);
});

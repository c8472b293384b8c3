import { expect, test } from '@jest/globals';
import type { Attempt } from '../src/callbacks/attempt.js';
import { noLesson } from '../src/callbacks/attempt.js';
import { maskAnswer } from '../src/callbacks/mask-answer.js';

const answered = (body: string): Attempt => ({
  kind: 'made',
  result: { kind: 'answer', status: 401, body: Buffer.from(body), durationMs: 1 },
  outcome: 'refused',
  lesson: noLesson,
});

test.each([
  ['a whole value', ['Bearer abc'], 'no: Bearer abc, sorry Bearer abc', 'no: ********, sorry ********'],
  ['a word of a value', ['Bearer abcdefgh'], 'unknown token abcdefgh', 'unknown token ********'],
  ['no short word', ['Bearer abc'], 'Bearer what?', 'Bearer what?'],
  ['the JSON form of a value', ['a"b\\c'], '{"x-key":"a\\"b\\\\c"}', '{"x-key":"********"}'],
  ['each of several values', ['one', 'two'], 'one two three', '******** ******** three'],
  ['nothing for an empty value', [''], 'as it is', 'as it is'],
])('in an answer, %s is masked', (_what, values, told, kept) => {
  expect(maskAnswer(answered(told), values)).toEqual(answered(kept));
});

test('a value is masked although it extends beyond the kept part of the answer', () => {
  const value = 'v'.repeat(2_048);
  const masked = maskAnswer(answered(`${'x'.repeat(250)}${value}`), [value]);
  expect(masked).toEqual(answered(`${'x'.repeat(250)}********`));
});

test('an answer without secret values and an attempt without an answer stay unchanged', () => {
  const attempt = answered('ok');
  expect(maskAnswer(attempt, ['secret'])).toBe(attempt);
  const unsent: Attempt = { kind: 'unsent', because: 'request', reason: 'secret', lesson: noLesson };
  expect(maskAnswer(unsent, ['secret'])).toBe(unsent);
});

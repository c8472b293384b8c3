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
  ['the value', ['Bearer abc'], 'no: Bearer abc, sorry Bearer abc', 'no: ********, sorry ********'],
  ['one of its words', ['Bearer abcdefgh'], 'unknown token abcdefgh', 'unknown token ********'],
  ['no word that is short', ['Bearer abc'], 'Bearer what?', 'Bearer what?'],
  ['the value as JSON writes it', ['a"b\\c'], '{"x-key":"a\\"b\\\\c"}', '{"x-key":"********"}'],
  ['each of several', ['one', 'two'], 'one two three', '******** ******** three'],
  ['nothing for an empty value', [''], 'as it is', 'as it is'],
])('of an answer is masked %s', (_what, values, told, kept) => {
  expect(maskAnswer(answered(told), values)).toEqual(answered(kept));
});

test('what is kept is masked, also where the end of a value is cut off by the bound of what is kept', () => {
  const value = 'v'.repeat(2_048);
  const masked = maskAnswer(answered(`${'x'.repeat(250)}${value}`), [value]);
  expect(masked).toEqual(answered(`${'x'.repeat(250)}********`));
});

test('an answer that tells nothing stays the same, and so does what is no answer', () => {
  const attempt = answered('ok');
  expect(maskAnswer(attempt, ['secret'])).toBe(attempt);
  const unsent: Attempt = { kind: 'unsent', because: 'request', reason: 'secret', lesson: noLesson };
  expect(maskAnswer(unsent, ['secret'])).toBe(unsent);
});

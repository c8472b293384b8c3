import { describe, expect, test } from '@jest/globals';
import { parseConfirmRule, type ConfirmMode } from '@callbus/callback/confirm';

const confirms = (mode: ConfirmMode, pattern: string, status: number, body = '') =>
  parseConfirmRule(mode, pattern)?.({ status, body: Buffer.from(body) });

describe('httpstatus looks only at the status', () => {
  test.each([
    ['', 200, true],
    ['', 201, false],
    ['200', 200, true],
    ['200', 500, false],
    ['200,202', 202, true],
    ['200, 202', 202, true],
    ['200,202', 201, false],
    ['2xx', 299, true],
    ['2XX', 204, true],
    ['2xx', 300, false],
    ['2xx,404', 404, true],
  ])('%j on %i: %s', (pattern, status, expected) => {
    expect(confirms('httpstatus', pattern, status, 'anything')).toBe(expected);
  });

  test.each(['ok', '20', '2000', '600', '000', '2x', '200;202', '200,', '-200'])('%j is not valid', (pattern) => {
    expect(parseConfirmRule('httpstatus', pattern)).toBeUndefined();
  });
});

describe('regular looks only at the body', () => {
  test.each([
    ['ok', 500, 'it is ok now', true],
    ['^ok$', 200, 'it is ok now', false],
    ['"code":\\s*0', 404, '{"code": 0}', true],
    ['成功', 200, '{"msg":"成功"}', true],
    ['^$', 200, '', true],
  ])('%j on %i %j: %s', (pattern, status, body, expected) => {
    expect(confirms('regular', pattern, status, body)).toBe(expected);
  });

  test.each(['', '(', 'a{1001}', '(?=a)', '\\1', '(a?){1000}'])('%j is not valid', (pattern) => {
    expect(parseConfirmRule('regular', pattern)).toBeUndefined();
  });

  test('an expression that ruins a backtracking engine is judged in linear steps', () => {
    const body = 'a'.repeat(64 * 1024) + '!';
    expect(confirms('regular', '(a+)+$', 200, body)).toBe(false);
    expect(confirms('regular', '^(([a-z])+.)+[A-Z]([a-z])+$', 200, body)).toBe(false);
  });

  test('an expression that ruins an automaton is given up, and judges again afterwards', () => {
    const rule = parseConfirmRule('regular', '([ab]*a[ab]{90})c')!;
    const letters = Array.from({ length: 64 * 1024 }, () => (Math.random() < 0.5 ? 'a' : 'b')).join('');
    const start = performance.now();
    expect(rule({ status: 200, body: Buffer.from(`c${letters}`) })).toBe(false);
    expect(performance.now() - start).toBeLessThan(1_000);
    expect(rule({ status: 200, body: Buffer.from(`${'a'.repeat(91)}c`) })).toBe(true);
  });
});

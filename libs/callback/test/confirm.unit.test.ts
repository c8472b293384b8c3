import { describe, expect, test } from '@jest/globals';
import { compileConfirmPattern, isConfirmPattern, readStatusRule } from '@callbus/callback/confirmation/confirm';

describe('an httpstatus rule checks only the status', () => {
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
    expect(readStatusRule(pattern)?.(status)).toBe(expected);
    expect(isConfirmPattern('httpstatus', pattern)).toBe(true);
  });

  test.each(['ok', '20', '2000', '600', '000', '2x', '200;202', '200,', '-200'])('%j is not valid', (pattern) => {
    expect(isConfirmPattern('httpstatus', pattern)).toBe(false);
  });
});

describe('a regular rule checks only the body', () => {
  test.each([
    ['ok', 'it is ok now', true],
    ['^ok$', 'it is ok now', false],
    ['"code":\\s*0', '{"code": 0}', true],
    ['成功', '{"msg":"成功"}', true],
    ['^$', '', true],
  ])('%j on %j: %s', (pattern, body, expected) => {
    expect(isConfirmPattern('regular', pattern)).toBe(true);
    expect(compileConfirmPattern(pattern)?.test(body)).toBe(expected);
  });

  test.each(['', '(', 'a{1001}', '(?=a)', '\\1', '(a?){1000}'])('%j is not valid', (pattern) => {
    expect(isConfirmPattern('regular', pattern)).toBe(false);
  });

  test.each([
    ['a{1000}', 290],
    ['((a{9}){9}){9}', 140],
    ['(?:\\(a{999}\\))', 100],
    ['[^\\]]{999}', 180],
  ])('many repetitions of %j are refused before they are compiled', (part, times) => {
    const before = process.cpuUsage();
    expect(isConfirmPattern('regular', part.repeat(times))).toBe(false);
    // Compiling takes between half a second and one second of CPU.
    expect(process.cpuUsage(before).user / 1_000).toBeLessThan(200);
  });

  test.each([
    '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}',
    '(?:abc){100}',
    '(?:(?:a{6}){6}){6}',
    '\\{1000\\}[{1000}]',
    '(?i:ok){0,100}',
  ])('%j is valid', (pattern) => {
    expect(isConfirmPattern('regular', pattern)).toBe(true);
  });
});

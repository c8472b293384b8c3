import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';

const run = promisify(execFile);
const redis = fileURLToPath(new URL('../dist/redis/redis.js', import.meta.url));

/** @param modules loaded in this order */
async function areFastAfter(modules: readonly string[]): Promise<string> {
  const imports = modules.map((module) => `await import(${JSON.stringify(module)});`).join('');
  const program = `${imports}console.log(%HasFastProperties(String.prototype))`;
  const args = ['--allow-natives-syntax', '--input-type=module', '--eval', program];
  return (await run(process.execPath, args, { cwd: fileURLToPath(new URL('..', import.meta.url)) })).stdout.trim();
}

test('string methods are fast in a process that uses Redis', async () => {
  expect(await areFastAfter([redis])).toBe('true');
});

test('ioredis alone makes string methods slow', async () => {
  expect(await areFastAfter(['ioredis'])).toBe('false');
});

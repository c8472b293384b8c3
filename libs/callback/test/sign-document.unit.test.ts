import { readFile } from 'node:fs/promises';
import { expect, test } from '@jest/globals';
import ts from 'typescript';
import { formatSecret, signatureOf } from '../src/signing/sign.js';

test('the code of docs/verifying.md accepts our signatures and no others', async () => {
  const document = await readFile(new URL('../../../docs/verifying.md', import.meta.url), 'utf8');
  const source = /```ts\n(import \{ createHmac.*?)```/s.exec(document)?.[1] ?? '';
  const compilerOptions = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 };
  const { outputText } = ts.transpileModule(source, { compilerOptions });
  const { isFromCallbus } = (await import(`data:text/javascript,${encodeURIComponent(outputText)}`)) as {
    isFromCallbus: (secret: string, headers: object, body: Buffer) => boolean;
  };

  const [secret, other] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
  const body = Buffer.from('{"a":"ä"}');
  const signedAt = (seconds: number) => {
    const [id, timestamp] = ['evt_1', String(Math.floor(seconds))];
    const signature = signatureOf({ id, timestamp, body, secrets: [other, secret] });
    return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature };
  };
  const now = Date.now() / 1_000;
  expect(isFromCallbus(formatSecret(secret), signedAt(now), body)).toBe(true);
  expect(isFromCallbus(formatSecret(secret), signedAt(now - 1_000), body)).toBe(false);
  expect(isFromCallbus(formatSecret(secret), signedAt(now), Buffer.from('{}'))).toBe(false);
  expect(isFromCallbus(formatSecret(Buffer.alloc(32, 3)), signedAt(now), body)).toBe(false);
  expect(isFromCallbus(formatSecret(secret), {}, body)).toBe(false);
});

import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { Failure } from '../program/failure.js';

/**
 * Reads a secret from standard input: without showing it in a terminal, else the whole input.
 *
 * @param otherWay a further way to give the secret, for the message
 * @throws Failure when nothing is given
 */
export async function readSecret(question: string, otherWay = ''): Promise<string> {
  const secret = (process.stdin.isTTY ? await ask(question) : await text(process.stdin)).trim();
  if (secret === '') throw new Failure(`nothing was given: type it, or pass it on standard input${otherWay}`);
  return secret;
}

async function ask(question: string): Promise<string> {
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: silent, terminal: true });
  lines.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  // Only now, because until then the terminal shows what is typed.
  process.stderr.write(question);
  // Ctrl-D closes it without a line.
  const closed = once(lines, 'close').then(() => ['']);
  const [line] = (await Promise.race([once(lines, 'line'), closed])) as [string];
  lines.close();
  process.stderr.write('\n');
  return line;
}

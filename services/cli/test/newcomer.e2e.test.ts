import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findFreePort } from '@callbus/testing/servers/server-process';
import { waitFor } from '@callbus/testing/wait-for';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { ctrlC, linesIn, openTerminal, type Terminal } from './support/terminal.js';

jest.setTimeout(300_000);

const root = join(import.meta.dirname, '../../..');
let directory: string;
let env: Readonly<Record<string, string>>;
const terminals: Terminal[] = [];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'callbus-newcomer-'));
  // PostgreSQL must be able to enter this folder, also when root runs the tests.
  await chmod(directory, 0o755);
  const program = join(directory, 'callbus');
  await writeFile(program, `#!/bin/sh\nexec '${process.execPath}' '${join(root, 'services/cli/dist/main.js')}' "$@"\n`);
  await chmod(program, 0o755);
  const port = String(await findFreePort());
  env = {
    PATH: `${directory}:${process.env['PATH'] ?? ''}`,
    HOME: directory,
    TERM: 'xterm',
    NO_COLOR: '1',
    PORT: port,
    CALLBUS_URL: `http://127.0.0.1:${port}`,
    CALLBUS_DATA_DIR: directory,
  };
});
afterAll(async () => {
  for (const terminal of terminals) await terminal.close();
  await rm(directory, { recursive: true, force: true });
});

/** Types a command in a terminal that stays open. @returns when the terminal shows a text */
async function open(command: string, text: string): Promise<void> {
  const terminal = openTerminal(`exec ${command}`, env);
  terminals.push(terminal);
  await terminal.shows(text);
}

/** Types a command in a terminal. @returns what the terminal shows, without the progress bar that was drawn over */
async function type(command: string): Promise<string> {
  const terminal = openTerminal(command, env);
  await terminal.exited;
  const lines = linesIn(terminal.output()).filter((line) => !line.includes('replaying '));
  return lines.join('\n');
}

/** What differs from run to run. */
const settled = (text: string) =>
  text
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
    .replaceAll(/\d+ ms/g, 'N ms')
    .replaceAll(/listen [\da-f]{12}/g, 'listen ID')
    .replaceAll(/ +/g, ' ');

/** The steps of the session in the README: a command and what it shows. */
async function readSteps(): Promise<string[]> {
  const readme = await readFile(join(root, 'README.md'), 'utf8');
  const [, session = ''] = /```console\n(.*?)```/s.exec(readme) ?? [];
  return session.split(/^\$ /m).slice(1);
}

/** What is typed of a line of the session. */
const commandIn = (line: string) => line.split('\n')[0]?.split(/ +#/)[0] ?? '';

/**
 * 40 words of five characters per minute, with blanks, quotes and the return key. Of average users, Karat et al. measured 33 words in 1999 (Patterns
 * of Entry and Correction in Large Vocabulary Continuous Speech Recognition Systems, CHI 99), and Dhakal et al. 52 in 2018 (Observations on Typing
 * from 136 Million Keystrokes, CHI 18).
 */
const charactersPerSecond = (40 * 5) / 60;

test('an ordinary person types the session of the README in less than a minute', async () => {
  const commands = (await readSteps()).map(commandIn);
  const begins = ['dev', 'listen', 'subs create', 'publish', 'trace', 'subs edit', 'undelivered replay'];
  expect(commands).toEqual(begins.map((words) => expect.stringMatching(`^callbus ${words}\\b`)));
  const characters = commands.reduce((sum, command) => sum + command.length + 1, 0);
  const seconds = characters / charactersPerSecond;
  process.stdout.write(`the session of the README: ${characters} characters, ${seconds.toFixed(1)} s of typing\n`);
  expect(seconds).toBeLessThan(60);
});

test('the session of the README, typed in a real terminal', async () => {
  const steps = await readSteps();
  const port = env['PORT'] ?? '';
  for (const step of steps) {
    const [line = '', ...answer] = step.trimEnd().split('\n');
    const command = commandIn(line);
    if (command.startsWith('callbus dev')) await open(command, 'Try it');
    else if (command.startsWith('callbus listen')) await open(command, 'listening to');
    else {
      const expected = settled(answer.join('\n'));
      const typed = command.replaceAll('8080', port);
      // A callback may come after the answer to its publish.
      let shown = '';
      if (command.startsWith('callbus trace'))
        await waitFor(async () => settled((shown = await type(typed))) === expected, {
          what: `${expected}\nin ${shown}`,
          timeoutMs: 30_000,
        });
      else expect(settled(await type(typed))).toBe(expected);
    }
  }
  const [bus, listener] = terminals;
  expect(listener?.output()).toMatch(/cli\.paid {2}attempt 1 {2}signature verified/);
  listener?.type(ctrlC);
  await listener?.exited;
  expect(listener?.output()).toContain('deleted subscription 1');
  bus?.type(ctrlC);
  await bus?.exited;
  expect(bus?.output()).toContain('Stopping: waits up to');
});

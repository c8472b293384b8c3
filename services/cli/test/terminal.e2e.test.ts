import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openReceiver, type Receiver } from '@callbus/testing/receivers/callback-receiver';
import { ensurePackage } from '@callbus/testing/servers/debian-package';
import { waitFor } from '@callbus/testing/wait-for';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openBusAndFolder } from './support/bus-and-folder.js';
import { callbus, main } from './support/callbus.js';
import { ctrlC, linesIn, openTerminal, type Terminal } from './support/terminal.js';

const bus = openBusAndFolder();
let receiver: Receiver;
const terminals: Terminal[] = [];

beforeAll(async () => {
  receiver = await openReceiver({ answer: () => ({ body: 'mine' }) });
});
afterAll(async () => {
  for (const terminal of terminals) await terminal.close();
  await receiver.close();
});

const environment = () => ({
  PATH: process.env['PATH'] ?? '',
  HOME: bus.directory,
  TERM: 'xterm',
  PS1: 'ready> ',
  CALLBUS_URL: bus.url,
});
const on = (...args: string[]) => callbus(args, { CALLBUS_URL: bus.url });

function open(command: string): Terminal {
  const terminal = openTerminal(command, environment());
  terminals.push(terminal);
  return terminal;
}
const openCallbus = (args: string) => open(`exec '${process.execPath}' '${main}' ${args}`);

test('r hands the last callback of listen on again', async () => {
  const callbacks = () => receiver.requests.filter(({ path }) => path === '/again');
  const terminal = openCallbus(`listen ${receiver.url}/again --names 'again.#'`);
  await terminal.shows('listening to again.#');
  terminal.type('r');
  await terminal.shows('nothing has come yet');

  await on('publish', '--source', 'again', '--type', 'x', '--data', '{"n":1}');
  await waitFor(() => callbacks().length === 1, { what: 'the callback' });
  terminal.type('rr');
  await waitFor(() => callbacks().length === 3, { what: 'the callback again' });
  const [first, ...others] = callbacks();
  for (const { body, headers } of others) {
    expect(body).toEqual(first?.body);
    expect(headers['webhook-id']).toBe(first?.headers['webhook-id']);
  }
  const verified = () => linesIn(terminal.output()).filter((line) => line.includes('again.x  attempt 1'));
  await waitFor(() => verified().length === 3, { what: 'three lines' });
  terminal.type('q');
  expect(await terminal.exited).toBe(0);
  expect(JSON.parse((await on('--json', 'subs', 'list')).out)).toEqual([]);
});

test('queues --watch shows the queues again and again, until Ctrl-C', async () => {
  const terminal = openCallbus('queues --watch');
  const screens = () => terminal.output().split('\u001b[2J\u001b[H').slice(1);
  await waitFor(() => screens().length >= 3, { what: 'three screens', timeoutMs: 60_000 });
  for (const screen of screens().slice(0, 2))
    expect(linesIn(screen).map((line) => line.split(' ')[0])).toEqual(['QUEUE', 'events', 'deliveries', 'undelivered']);
  terminal.type(ctrlC);
  expect(await terminal.exited).toBe(0);
  // The terminal itself shows the key.
  expect(linesIn(terminal.output()).at(-1)).toMatch(/^(undelivered .*|\^C)$/);
});

describe('secrets rotate --given', () => {
  const secret = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;

  test('takes the secret that is typed, and shows it nowhere', async () => {
    await on('subs', 'create', '--name', 'signed', '--to', `${receiver.url}/signed`, '--secret', 'generate');
    const terminal = openCallbus('secrets rotate signed --given');
    await terminal.shows('new secret (whsec_…): ');
    terminal.type(`${secret}\r`);
    expect(await terminal.exited).toBe(0);
    expect(linesIn(terminal.output())).toEqual([
      'new secret (whsec_…): ',
      expect.stringMatching(/^rotated the secret of \d+$/),
    ]);
    await on('subs', 'test', 'signed');
    const { headers = {}, body = Buffer.of() } = receiver.requests.find(({ path }) => path === '/signed') ?? {};
    const file = join(bus.directory, 'callback.json');
    await writeFile(file, JSON.stringify({ headers, body: body.toString() }));
    const verified = await callbus(['verify', file], { CALLBUS_SECRET: secret });
    expect(verified).toEqual({ code: 0, out: expect.stringMatching(/^verified /), err: '' });
  });

  test('takes standard input', async () => {
    await on('subs', 'create', '--name', 'piped', '--to', `${receiver.url}/piped`, '--secret', 'generate');
    const rotated = await callbus(
      ['--json', 'secrets', 'rotate', 'piped', '--given'],
      { CALLBUS_URL: bus.url },
      `${secret}\n`,
    );
    expect(JSON.parse(rotated.out)).toEqual({ subscription_id: expect.any(Number) });
  });

  test.each([
    ['Ctrl-C', ctrlC, 130],
    ['Ctrl-D', '\u0004', 2],
  ])('%s ends it, and the secret stays', async (_key, key, code) => {
    const terminal = openCallbus('secrets rotate signed --given');
    await terminal.shows('new secret');
    terminal.type(key);
    expect(await terminal.exited).toBe(code);
    expect(terminal.output()).not.toMatch(/rotated|^ +at /m);
  });
});

const hasZsh = await ensurePackage('zsh', '/usr/bin/zsh').catch(() => false);
if (!hasZsh) process.stdout.write('zsh is neither installed nor can be: its completion is not tested\n');
const shells = [
  ['bash', 'bash --norc -i'],
  ['zsh', 'zsh -f -i'],
] as const;

describe.each(shells.filter(([shell]) => shell === 'bash' || hasZsh))('%s', (shell, command) => {
  test('completes a command, a subcommand, an option and its choices', async () => {
    const terminal = open(`exec ${command}`);
    const { out } = await callbus(['completion', shell]);
    const file = join(bus.directory, `completion.${shell}`);
    // A stand-in shows what it was called with.
    await writeFile(file, `${out}\ncallbus() { echo "called with: $*"; }\necho 'has loaded'\n`);
    await terminal.shows('ready> ');
    terminal.type(`source ${file}\r`);
    await terminal.shows('has loaded');
    for (const [typed, completed] of [
      ['undel\tli\t--rea\the\t', 'undelivered list --reason held'],
      ['--url x subs pa\t', '--url x subs pause'],
      ['compl\tz\t', 'completion zsh'],
      [`subs apply -f ${file.slice(0, -2)}\t`, `subs apply -f ${file}`],
    ] as const) {
      terminal.type(`callbus ${typed}\r`);
      await terminal.shows(`called with: ${completed}`);
    }
    terminal.type('exit\r');
    await terminal.exited;
  });
});

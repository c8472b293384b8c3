import pc from 'picocolors';
import type { Environment } from '../settings/environment.js';

/** The result of a command: for programs and for people. */
export interface Shown {
  readonly json: unknown;
  readonly lines: readonly string[];
  /** Default: success. */
  readonly exitCode?: number;
}

type Colors = ReturnType<typeof pc.createColors>;

/** Everything that is printed. */
export interface Output {
  readonly isJson: boolean;
  readonly colors: Colors;
  show(result: Shown): void;
  /** Prints one of many things at once: with `--json` as one line of JSON. */
  item(json: unknown, line: string): void;
  /** Clears a terminal. */
  clear(): void;
  /** Prints a line for people, beside the result. */
  note(line: string): void;
  fail(message: string, exitCode: number): void;
}

const clearScreen = '\u001b[2J\u001b[H';
/** All but tabs, line ends and the escapes of colours. */
const controls = /(?![\t\n])(?!\u001b\[[\d;]*m)\p{Cc}/gu;

/** Replaces the control characters of events and answers, with which their senders could take over a terminal. */
const printable = (text: string) => text.replaceAll(controls, '\ufffd');

export function createOutput(options: { isJson: boolean; hasColor: boolean; env: Environment }): Output {
  const { isJson, hasColor, env } = options;
  const isColored = hasColor && !isJson && process.stdout.isTTY && !env['NO_COLOR'] && env['TERM'] !== 'dumb';
  const print = (text: string) => process.stdout.write(`${isJson ? text : printable(text)}\n`);

  return {
    isJson,
    colors: pc.createColors(isColored),
    show({ json, lines }) {
      if (isJson) print(JSON.stringify(json, undefined, 2));
      else if (lines.length > 0) print(lines.join('\n'));
    },
    item: (json, line) => void print(isJson ? JSON.stringify(json) : line),
    clear() {
      if (process.stdout.isTTY && !isJson) process.stdout.write(clearScreen);
    },
    note: (line) => void process.stderr.write(`${printable(line)}\n`),
    fail(message, exitCode) {
      const line = isJson ? JSON.stringify({ error: message, exitCode }) : `callbus: ${printable(message)}`;
      process.stderr.write(`${line}\n`);
    },
  };
}

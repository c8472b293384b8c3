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
  /** Prints a line for people, beside the result. */
  note(line: string): void;
  fail(message: string, exitCode: number): void;
}

export function createOutput(options: { isJson: boolean; hasColor: boolean; env: Environment }): Output {
  const { isJson, hasColor, env } = options;
  const isColored = hasColor && !isJson && process.stdout.isTTY && !env['NO_COLOR'] && env['TERM'] !== 'dumb';
  const print = (text: string) => process.stdout.write(`${text}\n`);

  return {
    isJson,
    colors: pc.createColors(isColored),
    show({ json, lines }) {
      if (isJson) print(JSON.stringify(json, undefined, 2));
      else if (lines.length > 0) print(lines.join('\n'));
    },
    item: (json, line) => void print(isJson ? JSON.stringify(json) : line),
    note: (line) => void process.stderr.write(`${line}\n`),
    fail(message, exitCode) {
      process.stderr.write(isJson ? `${JSON.stringify({ error: message, exitCode })}\n` : `callbus: ${message}\n`);
    },
  };
}

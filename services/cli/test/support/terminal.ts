import { spawn } from 'node:child_process';
import { endWithThisProcess } from '@callbus/testing/processes/end-with-this-process';
import { waitFor } from '@callbus/testing/wait-for';

/** Runs a command in a terminal of its own. It is a part of util-linux. */
const script = '/usr/bin/script';

export const ctrlC = '\u0003';

export interface Terminal {
  /** Everything that the terminal has shown. */
  output(): string;
  /** Resolves when the terminal shows a text. */
  shows(text: string): Promise<void>;
  type(keys: string): void;
  /** The exit code of the command. */
  readonly exited: Promise<number | null>;
  close(): Promise<void>;
}

/** Opens a terminal that runs a command of the shell. */
export function openTerminal(command: string, env: Readonly<Record<string, string>>): Terminal {
  const child = spawn(script, ['-qfec', command, '/dev/null'], { env, stdio: ['pipe', 'pipe', 'pipe'] });
  endWithThisProcess(child);
  let output = '';
  let hasEnded = false;
  child.stdout.on('data', (chunk) => (output += String(chunk)));
  child.stdin.on('error', () => undefined);
  const exited = new Promise<number | null>((resolve) => child.on('close', resolve));
  void exited.then(() => (hasEnded = true));
  return {
    output: () => output,
    async shows(text) {
      const what = `${command} to show ${text}`;
      await waitFor(() => output.includes(text) || hasEnded, { what, timeoutMs: 150_000 });
      if (!output.includes(text)) throw new Error(`${command} ended: ${output}`);
    },
    type: (keys) => child.stdin.write(keys),
    exited,
    async close() {
      child.kill();
      await exited;
    },
  };
}

const escapes = new RegExp(`${String.fromCharCode(27)}\\[[\\d;?]*[A-Za-z]`, 'g');

/** The lines that a terminal has shown, without empty ones. */
export function linesIn(output: string): string[] {
  const lines = output.replaceAll(escapes, '').replaceAll('\r', '\n').split('\n');
  return lines.filter((line) => line.trim() !== '');
}

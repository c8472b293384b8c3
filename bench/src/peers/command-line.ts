import { parseArgs } from 'node:util';
import type { PeerSettings } from './peers.js';

export interface CommandLine {
  readonly system: string;
  /** A short run that only shows whether the system is set up. Its figures mean nothing and are not stored. */
  readonly isQuick: boolean;
  readonly settings: PeerSettings;
}

/** @returns one line that says what is wrong, if anything is */
export function readCommandLine(args: string[]): CommandLine | string {
  try {
    const { positionals, values } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        quick: { type: 'boolean', default: false },
        url: { type: 'string' },
        token: { type: 'string' },
        project: { type: 'string' },
        endpoint: { type: 'string' },
      },
    });
    const [system, ...others] = positionals;
    if (system === undefined || others.length > 0) return 'name one system';
    const { quick, ...settings } = values;
    return { system, isQuick: quick, settings };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

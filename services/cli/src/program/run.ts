import type { Command } from 'commander';
import { createClient, type Client } from '@callbus/client';
import { createOutput, type Output, type Shown } from '../output/output.js';
import type { Environment } from '../settings/environment.js';
import { resolveSettings, type GlobalOptions, type Settings } from '../settings/settings.js';
import { exitCodes } from './exit-codes.js';
import { failureOf } from './failure.js';

/** What a command works with. */
export interface Context {
  readonly settings: Settings;
  readonly env: Environment;
  /** Connects only when it is used. */
  readonly client: Client;
  readonly account: string;
  readonly output: Output;
  /** Aborted by Ctrl-C or SIGTERM. */
  readonly stopping: AbortSignal;
}

/** @param args the arguments of the command, in their order */
type Handler<Args extends readonly unknown[], Options> = (
  context: Context,
  args: Args,
  options: Options,
) => Promise<Shown | undefined>;

export interface Runner {
  /** Makes the action of a command. What the handler returns is printed here and nowhere else. */
  readonly run: <Args extends readonly unknown[], Options = object>(
    handler: Handler<Args, Options>,
  ) => (...given: unknown[]) => Promise<void>;
  exitCode(): number;
}

export function createRunner(env: Environment): Runner {
  let exitCode: number = exitCodes.success;

  const run: Runner['run'] =
    (handler) =>
    async (...given) => {
      const command = given.at(-1) as Command;
      const options = given.at(-2);
      const globals = command.optsWithGlobals<GlobalOptions>();
      const output = createOutput({ isJson: globals.json === true, hasColor: globals.color !== false, env });
      const stop = new AbortController();
      const interrupt = () => {
        if (stop.signal.aborted) process.exit(exitCodes.interrupted);
        stop.abort();
      };
      process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
      let url = '';
      try {
        const settings = await resolveSettings(globals, env);
        ({ url } = settings);
        const { key, account } = settings;
        const client = createClient({ url, account, ...(key !== undefined && { key }) });
        const context: Context = { settings, env, client, account, output, stopping: stop.signal };
        const shown = await handler(context, given.slice(0, -2) as never, options as never);
        if (shown !== undefined) output.show(shown);
        exitCode = shown?.exitCode ?? exitCodes.success;
      } catch (error) {
        const failure = failureOf(error, url);
        if (failure === undefined) throw error;
        output.fail(failure.message, failure.exitCode);
        exitCode = failure.exitCode;
      } finally {
        process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
      }
    };

  return { run, exitCode: () => exitCode };
}

import type { Command } from 'commander';
import type { Client } from '@callbus/client';
import { createOutput, type Output, type Shown } from '../output/output.js';
import type { Environment } from '../settings/environment.js';
import { resolveSettings, type GlobalOptions, type Settings } from '../settings/settings.js';
import { busClient } from './bus-client.js';
import { exitCodes } from './exit-codes.js';
import { Failure, failureOf } from './failure.js';
import { watchSignals } from './stopping.js';

/** What a command works with. Whoever takes settings, client or account gets a Failure when the settings are faulty. */
export interface Context {
  readonly settings: Settings;
  readonly env: Environment;
  /** Connects only when it is used. */
  readonly client: Client;
  readonly account: string;
  readonly output: Output;
  /** Aborted by Ctrl-C, SIGTERM, the end of the terminal or of the reader of the output, if the command ends itself. */
  readonly stopping: AbortSignal;
}

/** @param args the arguments of the command, in their order */
type Handler<Args extends readonly unknown[], Options> = (
  context: Context,
  args: Args,
  options: Options,
) => Promise<Shown | undefined>;

export type MakeAction = <Args extends readonly unknown[], Options = object>(
  handler: Handler<Args, Options>,
) => (...given: unknown[]) => Promise<void>;

export interface Runner {
  /** Makes the action of a command, which Ctrl-C ends at once. What the handler returns is printed here and nowhere else. */
  readonly run: MakeAction;
  /** Makes the action of a command that ends itself when `stopping` is aborted, because it has to tidy up or to say how far it has come. */
  readonly runToEnd: MakeAction;
  exitCode(): number;
}

export function createRunner(env: Environment): Runner {
  let exitCode: number = exitCodes.success;

  const actionOf =
    (endsItself: boolean): MakeAction =>
    (handler) =>
    async (...given) => {
      const command = given.at(-1) as Command;
      const options = given.at(-2);
      const globals = command.optsWithGlobals<GlobalOptions>();
      const output = createOutput({ isJson: globals.json === true, hasColor: globals.color !== false, env });
      const stopping = watchSignals(endsItself, () => output.note('ending; Ctrl-C again ends at once'));
      const settings = await resolveSettings(globals, env).catch(expectFailure);
      try {
        const context = contextOf(settings, { env, output, stopping: stopping.signal });
        const shown = await handler(context, given.slice(0, -2) as never, options as never);
        if (shown !== undefined) output.show(shown);
        exitCode = shown?.exitCode ?? exitCodes.success;
      } catch (error) {
        const failure = failureOf(error, settings instanceof Failure ? '' : settings.url);
        if (failure === undefined) throw error;
        output.fail(failure.message, failure.exitCode);
        exitCode = failure.exitCode;
      } finally {
        stopping.end();
      }
    };

  return { run: actionOf(false), runToEnd: actionOf(true), exitCode: () => exitCode };
}

/** Commands that do not call the bus run with faulty settings too, so that profiles can be mended. */
function contextOf(settings: Settings | Failure, others: Pick<Context, 'env' | 'output' | 'stopping'>): Context {
  if (settings instanceof Failure) {
    const fail = () => {
      throw settings;
    };
    return Object.defineProperties({ ...others } as Context, {
      settings: { get: fail },
      client: { get: fail },
      account: { get: fail },
    });
  }
  if (settings.warning !== undefined) others.output.note(settings.warning);
  return { ...others, settings, client: busClient(settings), account: settings.account };
}

function expectFailure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  throw error;
}

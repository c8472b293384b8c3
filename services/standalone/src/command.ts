import { version } from '@callbus/runtime/config/version';
import { Command, InvalidArgumentError } from 'commander';
import type { Environment, RunOptions } from './run-standalone.js';

const mostPort = 65_535;

/** The command that runs the bus in this process: `npm start` and `callbus dev`. @param env its settings */
export function standaloneCommand(name: string, env: Environment): Command {
  return new Command(name)
    .description('Run the whole bus in this process. Servers that are not configured are embedded.')
    .version(version)
    .option('-p, --port <number>', 'the port of the bus (default: PORT, else 8080)', readPort)
    .option('-q, --quiet', 'do not print a line per event and callback')
    .option('--open', 'open the documentation in a browser')
    .addHelpText('after', '\nSettings are environment variables: docs/operations/configuration.md.\nCtrl-C stops it.')
    .action(async (options: RunOptions) => {
      // Loading the services takes a second, and neither --help nor a mistake in the arguments should wait for it.
      const { runStandalone } = await import('./run-standalone.js');
      await runStandalone(options, env);
    });
}

function readPort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > mostPort) throw new InvalidArgumentError(`It is not a port from 0 to ${mostPort}.`);
  return port;
}

/** Runs a command. A mistake in the arguments is one line and exit code 2. */
export async function runCommand(command: Command): Promise<void> {
  command.exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2)).showSuggestionAfterError();
  await command.parseAsync();
}

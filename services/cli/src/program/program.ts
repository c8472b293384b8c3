import { version } from '@callbus/runtime/config/version';
import { Command, CommanderError } from 'commander';
import { attemptsCommand } from '../deliveries/attempts.js';
import { traceCommand } from '../deliveries/trace.js';
import { completionCommand } from '../completion/completion.js';
import { keysCommand } from '../keys/keys.js';
import { doctorCommand } from '../doctor/doctor.js';
import { listenCommand } from '../listen/listen.js';
import { devCommand } from '../operation/dev.js';
import { queuesCommand } from '../operation/queues.js';
import { publishCommand } from '../publish/publish.js';
import { profilesCommand } from '../settings/profiles-command.js';
import type { Environment } from '../settings/environment.js';
import { secretsCommand } from '../subscriptions/secrets.js';
import { subsCommand } from '../subscriptions/subs.js';
import { undeliveredCommand } from '../undelivered/undelivered.js';
import { verifyCommand } from '../verify/verify.js';
import { exitCodes } from './exit-codes.js';
import { createRunner, type Runner } from './run.js';

/** The whole command line. */
function createProgram(runner: Runner, env: Environment): Command {
  const program = new Command('callbus')
    .description('Publish events, subscribe to them, and see what became of each.')
    .version(version)
    .option('--url <url>', 'the bus (default: CALLBUS_URL, the profile, else http://127.0.0.1:8080)')
    .option('--account <account>', 'the account (default: CALLBUS_ACCOUNT, the profile, else 0)')
    .option('--profile <name>', 'a profile of the config file (default: CALLBUS_PROFILE, else the current one)')
    .option('--json', 'print JSON')
    .option('--no-color', 'print without colours')
    .helpCommand(false)
    .addHelpText(
      'after',
      '\nThe key is read from CALLBUS_KEY or the profile (callbus profiles set NAME --key), never from an option.\n' +
        'Exit codes: 0 done, 1 the answer is no, 2 wrong arguments, 3 refused by the bus, 4 no bus.',
    );
  const commands = [
    devCommand(env),
    publishCommand(runner),
    subsCommand(runner),
    listenCommand(runner),
    attemptsCommand(runner),
    traceCommand(runner),
    undeliveredCommand(runner),
    secretsCommand(runner),
    queuesCommand(runner),
    verifyCommand(runner),
    doctorCommand(runner),
    keysCommand(runner),
    profilesCommand(runner),
    completionCommand(runner, program),
    helpCommand(program),
  ];
  for (const command of commands) program.addCommand(command);
  return program;
}

/** The help of commander knows no subcommands: `help subs apply` showed the help of `subs`. */
const helpCommand = (program: Command): Command =>
  new Command('help')
    .description('Show the help of a command')
    .argument('[command...]', 'such as subs apply')
    .action((names: string[]) => {
      let command = program;
      for (const name of names) {
        const found = command.commands.find((each) => each.name() === name);
        if (found === undefined) program.error(`error: unknown command '${names.join(' ')}'`);
        command = found;
      }
      command.help();
    });

/** Runs one command. @returns the exit code */
export async function runProgram(args: readonly string[], env: Environment): Promise<number> {
  const runner = createRunner(env);
  const program = createProgram(runner, env);
  for (const command of [program, ...descendantsOf(program)]) command.exitOverride().showSuggestionAfterError();
  try {
    await program.parseAsync(args, { from: 'user' });
    return runner.exitCode();
  } catch (error) {
    // The message is printed already.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.success : exitCodes.usage;
    throw error;
  }
}

function descendantsOf(command: Command): Command[] {
  return command.commands.flatMap((each) => [each, ...descendantsOf(each)]);
}

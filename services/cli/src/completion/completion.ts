import { Argument, Command } from 'commander';
import type { Runner } from '../program/run.js';
import { bashCompletion, zshCompletion } from './scripts.js';

const scripts = { bash: bashCompletion, zsh: zshCompletion };
type Shell = keyof typeof scripts;

/** @param program the whole command line, which is complete when the command runs */
export const completionCommand = ({ run }: Runner, program: Command): Command =>
  new Command('completion')
    .description('Print the completion for a shell: source <(callbus completion bash)')
    .addArgument(new Argument('<shell>', 'bash or zsh').choices(Object.keys(scripts)))
    .action(
      run<[Shell]>((_context, [shell]) => {
        const script = scripts[shell](program);
        return Promise.resolve({ json: { script }, lines: [script] });
      }),
    );

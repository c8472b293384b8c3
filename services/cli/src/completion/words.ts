import type { Command, Option } from 'commander';

/** What may follow a command. */
export interface CommandWords {
  /** Such as `callbus subs list`. */
  readonly path: string;
  readonly words: readonly string[];
  /** The options of the command that take a value, which its subcommands take too. */
  readonly valued: readonly ValuedOption[];
}

interface ValuedOption {
  readonly flags: readonly string[];
  /** None where any value will do. */
  readonly choices: readonly string[];
}

/** The words of a command and of all commands below it. */
export function wordsOf(command: Command, above = '', inherited: readonly string[] = []): readonly CommandWords[] {
  const path = `${above} ${command.name()}`.trim();
  const own = command.options.filter(({ hidden }) => !hidden);
  const options = [...own.flatMap(({ long }) => long ?? []), ...inherited];
  const choices = command.registeredArguments.flatMap(({ argChoices = [] }) => argChoices);
  const words = [...command.commands.map((each) => each.name()), ...choices, ...options, '--help'];
  const below = command.commands.flatMap((each) => wordsOf(each, path, options));
  const valued = own.filter((option) => option.required || option.optional).map(valuedOption);
  return [{ path, words: [...new Set(words)], valued }, ...below];
}

const valuedOption = ({ short, long, argChoices = [] }: Option): ValuedOption => ({
  flags: [short, long].filter((flag) => flag !== undefined),
  choices: argChoices,
});

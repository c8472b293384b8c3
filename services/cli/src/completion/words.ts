import type { Command } from 'commander';

/** The words that may follow each command, by its path such as `callbus subs list`. */
export function wordsOf(
  command: Command,
  above = '',
  inherited: readonly string[] = [],
): Map<string, readonly string[]> {
  const path = `${above} ${command.name()}`.trim();
  const flags = command.options.filter(({ hidden }) => !hidden).flatMap(({ long }) => long ?? []);
  const options = [...flags, ...inherited];
  const words = [...command.commands.map((each) => each.name()), ...options, '--help'];
  const below = command.commands.flatMap((each) => [...wordsOf(each, path, options)]);
  return new Map([[path, [...new Set(words)]], ...below]);
}

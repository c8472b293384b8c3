import type { Command } from 'commander';
import { wordsOf } from './words.js';

const quoted = (words: readonly string[]) => `'${words.join(' ')}'`;

/** A script that completes commands, options and their choices, and else the names of files. */
export function bashCompletion(program: Command): string {
  const commands = wordsOf(program);
  const paths = commands.map(({ path }) => `'${path}'`).join('|');
  const values = commands.flatMap(({ path, valued }) =>
    valued.map(({ flags, choices }) => {
      const patterns = flags.map((flag) => `'${path}'*' ${flag}'`);
      return `    ${patterns.join('|')}) candidates=${quoted(choices)} ;;`;
    }),
  );
  const words = commands.map((each) => `    '${each.path}') candidates=${quoted(each.words)} ;;`);
  return `_callbus() {
  local command=callbus next candidates at
  for ((at = 1; at < COMP_CWORD; at++)); do
    next="$command \${COMP_WORDS[at]}"
    case "$next" in
      ${paths}) command="$next" ;;
    esac
  done
  case "$command" in
${words.join('\n')}
  esac
  case "$command \${COMP_WORDS[COMP_CWORD-1]}" in
${values.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$candidates" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _callbus callbus`;
}

/** zsh runs the completion of bash. */
export const zshCompletion = (program: Command): string =>
  `(( \${+functions[compdef]} )) || { autoload -U +X compinit && compinit; }
autoload -U +X bashcompinit && bashcompinit
${bashCompletion(program)}`;

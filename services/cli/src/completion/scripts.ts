import type { Command } from 'commander';
import { wordsOf } from './words.js';

/** A script that completes commands and options, and else the names of files. */
export function bashCompletion(program: Command): string {
  const words = wordsOf(program);
  const cases = [...words].map(([path, each]) => `    '${path}') words='${each.join(' ')}' ;;`);
  return `_callbus() {
  local path=callbus word words i
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="$path \${COMP_WORDS[i]}"
    case "$word" in
      ${[...words.keys()].map((path) => `'${path}'`).join('|')}) path="$word" ;;
    esac
  done
  case "$path" in
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _callbus callbus`;
}

/** zsh runs the completion of bash. */
export const zshCompletion = (program: Command): string =>
  `autoload -U +X compinit && compinit\nautoload -U +X bashcompinit && bashcompinit\n${bashCompletion(program)}`;

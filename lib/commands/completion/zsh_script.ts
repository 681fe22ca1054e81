/** Completion in zsh, with what each word does beside it. Names come over zsh's own sockets: nothing is started for a key. */

import type { CompletionPlan, PlannedCommand } from "./completion_plan.ts";
import { madeBy } from "./shells.ts";
import { FOLDER_OF_SOCKETS, NO_NAME } from "./socket_client.ts";

/** The script: a file of `fpath`, or lines that `.zshrc` reads. `OWN_` begins the names of its functions. */
export function zshScript({ program, prefix, commands }: CompletionPlan): string {
  return `#compdef ${program}
# zsh completion of ${program}
${madeBy(program, "zsh")}

# Sets what follows the words $1; fails where they are no command.
OWN_after() {
  case $1 in
${commands.map(arm).join("\n")}
  (*) return 1 ;;
  esac
}
${ENGINE.trimEnd()}

# Read from fpath at the first key, this file is the function itself.
if [[ $funcstack[1] = _${program} ]]; then
  OWN_complete "$@"
elif (( $+functions[compdef] )); then
  compdef OWN_complete ${program}
fi
`.replaceAll("OWN_", prefix);
}

function arm({ spellings, words, values, takesRest, options }: PlannedCommand): string {
  const quote = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;
  const list = (items: readonly string[]) => `(${items.map(quote).join(" ")})`;
  return `  (${spellings.map(quote).join("|")})
    subwords=${list(words.flatMap(({ word, summary }) => [word, summary]))}
    takes=${list(values)} rest=${takesRest ? 1 : ""}
    flags=${list(options.flatMap(({ word, value, summary }) => [word, value, summary]))} ;;`;
}

const ENGINE = `
OWN_complete() {
  local -a subwords takes flags everywhere listed
  local rest word kind text command value flag ended help profile=default
  integer i at=1
  OWN_after ''
  everywhere=("\${flags[@]}")
  for ((i = 2; i < CURRENT; i++)); do
    word=\${(Q)words[i]}
    if [[ -n $value ]]; then
      [[ $flag != --profile ]] || profile=$word
      value=
    elif [[ -z $ended && $word = -- ]]; then
      ended=1
    elif [[ -z $ended && $word = -?* ]]; then
      OWN_value "\${word%%=*}"
      case $word in
      (--profile=*) profile=\${word#*=} value= ;;
      (*=*) value= ;;
      esac
    elif [[ -z $command$help && $word = help ]]; then
      help=1
    elif ((at == 1)) && OWN_after "\${command:+$command }$word"; then
      command=\${command:+$command }$word
    elif [[ -z $command ]]; then
      return 1
    else
      ((at += 1))
    fi
  done
  if [[ -n $value ]]; then
    OWN_offer "$value"
  elif [[ -z $ended && $PREFIX = --*=* ]]; then
    OWN_value "\${PREFIX%%=*}"
    compset -P '*='
    OWN_offer "$value"
  elif [[ -z $ended && $PREFIX = -* ]]; then
    [[ -n $command ]] || flags=()
    for flag kind text in "\${flags[@]}" "\${everywhere[@]}"; do listed+=("$flag:$text"); done
    _describe -o option listed
  else
    for word text in "\${subwords[@]}"; do listed+=("$word:$text"); done
    if ((at == 1 && $#listed)); then
      _describe command listed
    fi
    [[ -z $rest ]] || ((at <= $#takes)) || at=$#takes
    [[ -z $help ]] || takes=()
    OWN_offer "\${takes[at]}"
  fi
}

# Sets value to what the option $1 takes.
OWN_value() {
  local name kind text
  flag=$1 value=
  for name kind text in "\${flags[@]}" "\${everywhere[@]}"; do
    [[ $name != $flag ]] || value=$kind
  done
}

# Adds what $1 names: a kind, or choices.
OWN_offer() {
  local -a names
  case $1 in
  (''|@free) return 1 ;;
  (@file) _files ;;
  (@folder) _files -/ ;;
  (@*) OWN_names "\${1#@}"; compadd -- "\${names[@]}" ;;
  (*) compadd -- \${=1} ;;
  esac
}

# Sets names to those of the kind $1 that the client that runs has; none where none does. compadd quotes them.
OWN_names() {
  local folder socket line REPLY pattern=$profile
  integer fd
  zmodload zsh/net/socket 2>/dev/null || return 0
${FOLDER_OF_SOCKETS}
  [[ $profile != *[^A-Za-z0-9_-]* ]] || return 0
  [[ $1 != profile ]] || pattern='*'
  for socket in $folder/completion/\${~pattern}.*.sock(N=); do
    zsocket $socket 2>/dev/null || continue
    fd=$REPLY
    print -r -u $fd -- "$1 \${(Q)PREFIX}"
    while IFS= read -r -t 1 -u $fd line; do
      # Foreign text. What a shell reads as more than a name is not offered, whoever answers.
      case $line in
      (${NO_NAME}) ;;
      (*) names+=("$line") ;;
      esac
    done
    exec {fd}>&-
    return 0
  done
}
`;

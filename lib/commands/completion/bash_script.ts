/**
 * Completion in bash, from 3.2 on, without the package bash-completion. The shell answers by itself: a start of the program costs
 * more than a key may.
 */

import type { CompletionPlan, PlannedCommand } from "./completion_plan.ts";
import { FOLDER_OF_SOCKETS, NO_NAME, SOCKET_CLIENT } from "./socket_client.ts";
import { madeBy } from "./shells.ts";

/** The script. `OWN_` begins the names of its functions. */
export function bashScript({ program, prefix, commands }: CompletionPlan): string {
  return `# bash completion of ${program}
${madeBy(program, "bash")}

# Sets what follows the words $1; fails where they are no command.
OWN_after() {
  case $1 in
${commands.map(arm).join("\n")}
  *) return 1 ;;
  esac
}
${ENGINE.trimEnd()}

complete -o default -F OWN_complete ${program}
`.replaceAll("OWN_", prefix);
}

function arm({ spellings, words, values, takesRest, options }: PlannedCommand): string {
  const list = (items: readonly string[]) => `(${items.map((item) => `'${item}'`).join(" ")})`;
  return `  ${spellings.map((spelling) => `'${spelling}'`).join("|")})
    subwords=${list(words.map(({ word }) => word))}
    takes=${list(values)} rest=${takesRest ? 1 : ""}
    flags=${list(options.flatMap(({ word, value }) => [word, value]))} ;;`;
}

const ENGINE = `
OWN_complete() {
  local IFS=$' \\t\\n'
  local subwords takes rest flags everywhere typed i word piece line glued
  local command= at=0 value= flag= ended= help= profile=default cur head= before= quoted=
  COMPREPLY=()
  # bash splits words at : and = too. What no blank parts belongs together.
  typed=() line=\${COMP_LINE:0:COMP_POINT}
  for ((i = 0; i <= COMP_CWORD; i++)); do
    piece=\${COMP_WORDS[i]} glued=1
    case $line in [[:space:]]*) glued= line=\${line#"\${line%%[![:space:]]*}"} ;; esac
    [ \${#piece} -le \${#line} ] || piece=$line
    line=\${line:\${#piece}}
    if [ -n "$glued" ] && [ $i -gt 0 ]; then
      typed[\${#typed[@]}-1]=\${typed[\${#typed[@]}-1]}$piece
    else
      typed[\${#typed[@]}]=$piece
    fi
  done
  cur=\${typed[\${#typed[@]}-1]}
  OWN_after ''
  everywhere=("\${flags[@]}")
  for ((i = 1; i < \${#typed[@]} - 1; i++)); do
    word=\${typed[i]}
    if [ -n "$value" ]; then
      [ "$flag" != --profile ] || profile=$word
      value=
    elif [ -z "$ended" ] && [ "$word" = -- ]; then
      ended=1
    elif [ -z "$ended" ] && [[ $word == -?* ]]; then
      OWN_value "\${word%%=*}"
      case $word in
      --profile=*) profile=\${word#*=} value= ;;
      *=*) value= ;;
      esac
    elif [ -z "$command$help" ] && [ "$word" = help ]; then
      help=1
    elif [ $at -eq 0 ] && OWN_after "\${command:+$command }$word"; then
      command=\${command:+$command }$word
    elif [ -z "$command" ]; then
      compopt +o default 2>/dev/null
      return 0
    else
      at=$((at + 1))
    fi
  done
  case $cur in
  [\\"\\']*) cur=\${cur:1} quoted=1 ;;
  *) cur=\${cur//\\\\/} ;;
  esac
  if [ -n "$value" ]; then
    OWN_offer "$value"
  elif [ -z "$ended" ] && [[ $cur == --*=* ]]; then
    OWN_value "\${cur%%=*}"
    case $COMP_WORDBREAKS in *=*) ;; *) before=\${cur%%=*}= ;; esac
    cur=\${cur#*=}
    OWN_offer "$value"
  elif [ -z "$ended" ] && [[ $cur == -* ]]; then
    [ -n "$command" ] || flags=()
    set -- "\${flags[@]}" "\${everywhere[@]}"
    while [ $# -gt 1 ]; do
      OWN_add "$1"
      shift 2
    done
    compopt +o default 2>/dev/null
  else
    if [ $at -eq 0 ]; then
      for word in "\${subwords[@]}"; do OWN_add "$word"; done
    fi
    [ -z "$rest" ] || [ $at -lt \${#takes[@]} ] || at=$((\${#takes[@]} - 1))
    [ -z "$help" ] || takes=()
    OWN_offer "\${takes[at]-}"
  fi
  return 0
}

# Sets value to what the option $1 takes.
OWN_value() {
  flag=$1 value=
  set -- "\${flags[@]}" "\${everywhere[@]}"
  while [ $# -gt 1 ]; do
    [ "$1" != "$flag" ] || value=$2
    shift 2
  done
}

# Adds what $1 names: a kind, or choices. bash itself completes files, as there is nothing else then.
OWN_offer() {
  local word
  [ "$1" != @file ] || return 0
  compopt +o default 2>/dev/null
  case $1 in
  '' | @free) ;;
  @folder) compopt -o dirnames 2>/dev/null ;;
  @*)
    while IFS= read -r word; do
      # Foreign text. What a shell reads as more than a name is not offered, whoever answers.
      case $word in
      ${NO_NAME}) ;;
      *) OWN_add "$word" ;;
      esac
    done <<<"$(OWN_names "\${1#@}" "$cur")"
    ;;
  *) for word in $1; do OWN_add "$word"; done ;;
  esac
}

# Adds a word that begins with what is typed.
OWN_add() {
  local text=$1 head=
  case $text in "$cur"*) ;; *) return 0 ;; esac
  [ -n "$text" ] || return 0
  text=$before$text
  if [ -z "$quoted" ]; then
    case $COMP_WORDBREAKS in *:*) case $cur in *:*) head=\${cur%"\${cur##*:}"} ;; esac ;; esac
    text=\${text#"$head"}
    text=\${text// /\\\\ }
    case $text in '#'*) text=\\\\$text ;; esac
  fi
  COMPREPLY[\${#COMPREPLY[@]}]=$text
}

# Names of the kind $1 that begin with $2, of the client that runs; none where none does.
OWN_names() {
  local folder pattern=$profile socket sockets=()
${FOLDER_OF_SOCKETS}
  case $profile in *[!A-Za-z0-9_-]*) return 0 ;; esac
  [ "$1" != profile ] || pattern='*'
  while IFS= read -r socket; do
    [ ! -S "$socket" ] || sockets[\${#sockets[@]}]=$socket
  done <<<"$(compgen -G "$folder/completion/$pattern.*.sock" 2>/dev/null)"
  [ \${#sockets[@]} -gt 0 ] || return 0
${SOCKET_CLIENT}
}
`;

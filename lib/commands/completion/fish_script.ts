/** Completion in fish, with what each word does beside it. */

import type { CompletionPlan, PlannedCommand } from "./completion_plan.ts";
import { madeBy } from "./shells.ts";
import { PERL_CLIENT } from "./socket_client.ts";

/** The script. `OWN_` begins the names of its functions. */
export function fishScript({ program, prefix, commands }: CompletionPlan): string {
  return `# fish completion of ${program}
${madeBy(program, "fish")}

# Prints what follows the words $argv; fails where they are no command.
function OWN_after
    switch "$argv"
${commands.map(arm).join("\n")}
        case '*'
            return 1
    end
end
${ENGINE.trimEnd().replaceAll("PROGRAM", program)}

complete -c ${program} -f -a '(OWN_complete)'
`.replaceAll("OWN_", prefix);
}

/** Lines that begin with what they are: `w` a second word, `t` an argument, `r` the rest, `o` an option. */
function arm({ spellings, words, values, takesRest, options }: PlannedCommand): string {
  const quote = (text: string) => `'${text.replaceAll(/['\\]/g, "\\$&")}'`;
  const lines = [
    ...words.flatMap(({ word, summary }) => ["w", word, "", summary]),
    ...values.flatMap((value) => ["t", "", value, ""]),
    ...(takesRest ? ["r", "", "", ""] : []),
    ...options.flatMap(({ word, value, summary }) => ["o", word, value, summary]),
  ];
  const print = lines.length === 0
    ? "true"
    : `printf '%s\\t%s\\t%s\\t%s\\n' ${lines.map(quote).join(" ")}`;
  return `        case ${spellings.map(quote).join(" ")}
            ${print}`;
}

const ENGINE = `
function OWN_complete
    set -l typed (commandline -opc)
    set -l cur (commandline -ct)
    # What stands before the program, such as a variable.
    while set -q typed[1]; and not string match -qr '(^|/)PROGRAM$' -- $typed[1]
        set -e typed[1]
    end
    set -e typed[1]
    set -l after (OWN_after '')
    set -l everywhere (string match -r '^o\\t.*' -- $after)
    set -l command
    set -l at 1
    set -l flag
    set -l value
    set -l ended
    set -l help
    set -l next
    set -l profile default
    for word in $typed
        if test -n "$value"
            test "$flag" = --profile; and set profile $word
            set value
        else if test -z "$ended" -a "$word" = --
            set ended 1
        else if test -z "$ended"; and string match -q -- '-?*' $word
            set flag (string replace -r '=.*' '' -- $word)
            set value (OWN_value $flag $after $everywhere)
            if string match -q -- '*=*' $word
                set value
                test "$flag" = --profile; and set profile (string replace -r '^[^=]*=' '' -- $word)
            end
        else if test -z "$command$help" -a "$word" = help
            set help 1
        else if test $at -eq 1; and set next (OWN_after $command $word)
            set after $next
            set -a command $word
        else if test -z "$command"
            return
        else
            set at (math $at + 1)
        end
    end
    if test -n "$value"
        OWN_offer $value $cur '' $profile
    else if test -z "$ended"; and string match -q -- '--*=*' $cur
        set flag (string replace -r '=.*' '' -- $cur)
        set value (OWN_value $flag $after $everywhere)
        OWN_offer "$value" (string replace -r '^[^=]*=' '' -- $cur) $flag= $profile
    else if test -z "$ended"; and string match -q -- '-*' $cur
        test -n "$command"; or set after
        string match -r '^o\\t.*' -- $after $everywhere | string replace -r '^o\\t([^\\t]*)\\t[^\\t]*' '$1'
    else
        if test $at -eq 1
            string match -r '^w\\t.*' -- $after | string replace -r '^w\\t([^\\t]*)\\t' '$1'
        end
        set -l takes (string match -r '^t\\t.*' -- $after | string replace -r '^t\\t\\t([^\\t]*)\\t' '$1')
        if string match -qr '^r\\t' -- $after; and test $at -gt (count $takes)
            set at (count $takes)
        end
        test -z "$help"; and set -q takes[$at]; and OWN_offer $takes[$at] $cur '' $profile
    end
end

# Prints what the option $argv[1] takes, by the lines behind it.
function OWN_value
    string match -r '^o\\t'(string escape --style=regex -- $argv[1])'\\t.*' -- $argv[2..-1] | string split -f 3 \\t | head -n 1
end

# Prints what $argv[1] names, a kind or choices, that goes on from $argv[2], with $argv[3] before it.
function OWN_offer
    set -l found
    switch "$argv[1]"
        case '' @free
        case @file
            set found (__fish_complete_path $argv[2] '')
        case @folder
            set found (__fish_complete_directories $argv[2] '')
        case '@*'
            set found (OWN_names (string sub -s 2 -- $argv[1]) $argv[2] $argv[4])
        case '*'
            set found (string split ' ' -- $argv[1])
    end
    for one in $found
        echo -- $argv[3]$one
    end
end

# Prints names of the kind $argv[1] that begin with $argv[2], of the client of the profile $argv[3] that runs; none where none
# does. fish quotes them.
function OWN_names
    set -l folder $HOME/.local/state/heliograph/run
    test (uname) = Darwin; and set folder "$HOME/Library/Application Support/heliograph/runtime"
    string match -q -- '/*' "$XDG_RUNTIME_DIR"; and set folder $XDG_RUNTIME_DIR/heliograph
    test -n "$HELIOGRAPH_HOME"; and set folder $HELIOGRAPH_HOME/heliograph/runtime
    string match -qr '^[A-Za-z0-9_-]+$' -- $argv[3]; or return
    set -l sockets $folder/completion/$argv[3].*.sock
    test $argv[1] = profile; and set sockets $folder/completion/*.sock
    set -q sockets[1]; or return
    set -l answer
    if command -sq perl
        set answer (perl -e '${
  PERL_CLIENT.replaceAll("\\", "\\\\")
}' "$argv[1] $argv[2]" $sockets 2>/dev/null)
    else if command -sq nc
        for socket in $sockets
            set answer (echo -- $argv[1] $argv[2] | nc -w 1 -U $socket 2>/dev/null); and break
        end
    end
    # Foreign text. What a shell reads as more than a name is not offered, whoever answers.
    string match -rv '[[:cntrl:]\\\\\\'"\`$&;|<>(){}\\[\\]*?!~^=%,]|^-' -- $answer
end
`;

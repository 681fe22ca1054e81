/** How a script asks a client that runs for names, and which answers it takes. */

/** Sets folder: the client's folder for what runs, as `programFolders` finds it. */
export const FOLDER_OF_SOCKETS: string = `
  if [ -n "\${HELIOGRAPH_HOME-}" ]; then
    folder=$HELIOGRAPH_HOME/heliograph/runtime
  else
    case \${XDG_RUNTIME_DIR-} in
    /*) folder=$XDG_RUNTIME_DIR/heliograph ;;
    *)
      case $OSTYPE in
      darwin*) folder="$HOME/Library/Application Support/heliograph/runtime" ;;
      *) folder=$HOME/.local/state/heliograph/run ;;
      esac
      ;;
    esac
  fi`.slice(1);

/**
 * Asks the first of the sockets that answers. A shell cannot open one itself: perl is on nearly every system, else `nc -U`.
 * A client that was stopped keeps nobody waiting for more than a second. Without the module Socket, which costs as much CPU as
 * perl itself: 1 is AF_UNIX and SOCK_STREAM on all our systems, and those from BSD have a byte of length before the family.
 */
export const PERL_CLIENT: string =
  `$SIG{ALRM} = sub { exit }; alarm 1; my $ask = shift; for (@ARGV) { ` +
  `socket(S, 1, 1, 0) && connect(S, pack($^O =~ /darwin|bsd/ ? "xCZ104" : "SZ108", 1, $_)) || next; ` +
  `syswrite(S, "$ask\\n"); my $left = 65536; ` +
  `while ($left > 0 && sysread(S, my $part, $left)) { $left -= length $part; print $part } exit }`;

/** The end of `names` in bash. */
export const SOCKET_CLIENT: string = `
  if type -P perl >/dev/null; then
    perl -e '${PERL_CLIENT}' "$1 $2" "\${sockets[@]}" 2>/dev/null
  elif type -P nc >/dev/null; then
    for socket in "\${sockets[@]}"; do
      printf '%s %s\\n' "$1" "$2" | nc -w 1 -U "$socket" 2>/dev/null && return 0
    done
  fi`.slice(1);

/** Matches foreign text that bash or zsh may read as more than a name, whoever answered. */
export const NO_NAME: string = String
  .raw`*[[:cntrl:]]* | *[\\\'\"\`\$\&\;\|\<\>\(\)\{\}\[\]\*\?\!~^=%,]* | -*`;

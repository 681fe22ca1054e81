#!/bin/sh
# Installs Heliograph for one person, without root: both programs, manual pages and completions.
#
#   sh install.sh                 installs, or brings an installation to this version
#   sh install.sh --uninstall     removes it; accounts, messages and settings stay
#   sh install.sh --prefix DIR    puts it into DIR instead of ~/.local (or set PREFIX)
#   sh install.sh --from URL      fetches archive and SHA256SUMS from there
#
# What is there is replaced only after the sum of the archive was right and the new program has said its version.
set -eu

# `deno task generate` writes these.
version=0.1.0
download=https://github.com/heliograph/heliograph/releases/download/v0.1.0
oldest_glibc=2.27

prefix=${PREFIX:-}
staging=
hidden=

fail() {
  echo "install.sh: $*" >&2
  exit 1
}

# Whatever ends this script, nothing half-done stays.
clean_up() {
  if [ -n "$hidden" ] && [ ! -e "$lib" ]; then mv "$hidden" "$lib"; fi
  if [ -n "$staging" ]; then rm -rf "$staging"; fi
}

choose_target() {
  system=$(uname -s)
  machine=$(uname -m)
  case $system in
    Linux)
      if is_musl; then
        fail "this system has musl as its C library, and there is no runtime for it: use the container image, or a system with glibc"
      fi
      glibc=$(getconf GNU_LIBC_VERSION 2>/dev/null | sed 's/^glibc //') || glibc=
      if [ -n "$glibc" ] && ! is_at_least "$glibc" "$oldest_glibc"; then
        fail "glibc $glibc is too old: $oldest_glibc or newer is needed"
      fi
      case $machine in
        x86_64 | amd64) target=x86_64-unknown-linux-gnu ;;
        aarch64 | arm64) target=aarch64-unknown-linux-gnu ;;
        *) fail "there is no release for Linux on $machine, only for x86_64 and aarch64" ;;
      esac
      ;;
    Darwin)
      # A shell that runs translated says x86_64 on an Apple processor.
      if [ "$(sysctl -n sysctl.proc_translated 2>/dev/null || echo 0)" = 1 ]; then machine=arm64; fi
      case $machine in
        x86_64) target=x86_64-apple-darwin ;;
        arm64) target=aarch64-apple-darwin ;;
        *) fail "there is no release for macOS on $machine" ;;
      esac
      ;;
    MINGW* | MSYS* | CYGWIN*) fail "on Windows use install.ps1" ;;
    *) fail "there is no release for $system, only for Linux, macOS and Windows" ;;
  esac
}

is_musl() {
  for loader in /lib/ld-musl-*; do
    # A glibc system may have musl beside it.
    if [ -e "$loader" ] && ! getconf GNU_LIBC_VERSION >/dev/null 2>&1; then return 0; fi
  done
  return 1
}

# Whether version $1, as 2.36, is at least $2.
is_at_least() {
  major=${1%%.*}
  minor=${1#*.}
  [ "$major" -gt "${2%%.*}" ] || { [ "$major" -eq "${2%%.*}" ] && [ "${minor%%.*}" -ge "${2#*.}" ]; }
}

fetch() {
  if command -v curl >/dev/null 2>&1; then
    curl -fsSL --retry 2 -o "$2" "$1" || fail "cannot fetch $1, or there is no room in $staging; what was installed is untouched"
  elif command -v wget >/dev/null 2>&1; then
    wget -q -O "$2" "$1" || fail "cannot fetch $1, or there is no room in $staging; what was installed is untouched"
  else
    fail "curl or wget is needed"
  fi
}

sum_of() {
  if command -v sha256sum >/dev/null 2>&1; then
    sha256sum <"$1" | cut -d ' ' -f 1
  elif command -v shasum >/dev/null 2>&1; then
    shasum -a 256 <"$1" | cut -d ' ' -f 1
  else
    fail "sha256sum or shasum is needed"
  fi
}

# The links of this installation, a line "path target" each; both are without blanks.
links() {
  for program in heliograph heliograph-server; do
    echo "bin/$program ../lib/heliograph/$program"
    echo "share/bash-completion/completions/$program ../../../lib/heliograph/completions/bash/$program"
    echo "share/zsh/site-functions/_$program ../../../lib/heliograph/completions/zsh/_$program"
    echo "share/fish/vendor_completions.d/$program.fish ../../../lib/heliograph/completions/fish/$program.fish"
  done
  for page in "$1"/man/*.1; do
    if [ -e "$page" ]; then
      echo "share/man/man1/${page##*/} ../../../lib/heliograph/man/${page##*/}"
    fi
  done
}

# Whether something is at $1 that this script did not put there.
is_foreign() {
  if [ ! -e "$1" ] && [ ! -L "$1" ]; then return 1; fi
  case $(readlink "$1" || true) in
    */lib/heliograph/*) return 1 ;;
    *) return 0 ;;
  esac
}

refuse_foreign() {
  links "$1" | while read -r path _; do
    if is_foreign "$prefix/$path"; then
      fail "$prefix/$path is there, and not from this script: remove it, or choose another folder by --prefix"
    fi
  done
  if [ -e "$lib" ] && [ ! -e "$lib/.installed-by-install.sh" ]; then
    fail "$lib is there, and not from this script: remove it, or choose another folder by --prefix"
  fi
}

# macOS and the BSDs have a tar that reads it by itself.
need_xz() {
  if command -v xz >/dev/null 2>&1; then return 0; fi
  case $(tar --version 2>/dev/null) in
    *bsdtar* | *busybox*) ;;
    *) fail "xz is needed to unpack the archive: install the package xz-utils or xz" ;;
  esac
}

unpack() {
  archive=heliograph-$version-$target.tar.xz
  fetch "$from/SHA256SUMS" "$staging/SHA256SUMS"
  wanted=$(sed -n "s/^\([0-9a-f]\{64\}\)  $archive\$/\1/p" "$staging/SHA256SUMS")
  if [ -z "$wanted" ]; then fail "SHA256SUMS of $from names no $archive"; fi
  fetch "$from/$archive" "$staging/$archive"
  got=$(sum_of "$staging/$archive")
  if [ "$got" != "$wanted" ]; then
    fail "$archive is not what SHA256SUMS says (it has $got, not $wanted): nothing was installed, and what was there is untouched"
  fi
  # A full disk is said once, not for each file.
  why=$(tar -xf "$staging/$archive" -C "$staging" 2>&1) ||
    fail "cannot unpack $archive: is there room in $staging? What was installed is untouched. $(echo "$why" | head -n 1)"
  new=$staging/heliograph-$version-$target
  : >"$new/.installed-by-install.sh"
  for program in heliograph heliograph-server; do
    said=$("$new/$program" --version 2>&1) ||
      fail "the new $program does not start here, so what was installed is untouched. It said: $said"
    case $said in
      *"$version"*) ;;
      *) fail "the new $program says it is ${said##* }, not $version: what was installed is untouched" ;;
    esac
  done
}

put_in_place() {
  if [ -e "$lib" ]; then
    hidden=$staging/old
    mv "$lib" "$hidden"
  fi
  mv "$new" "$lib" || fail "cannot write $lib"
  hidden=
  links "$lib" | while read -r path to; do
    folder=$prefix/${path%/*}
    if [ ! -d "$folder" ]; then mkdir -p "$folder"; fi
    # A rename, so that there is a program at every moment.
    ln -s "$to" "$prefix/$path.new$$"
    mv -f "$prefix/$path.new$$" "$prefix/$path"
  done
}

install() {
  choose_target
  need_xz
  mkdir -p "$prefix/lib" || fail "cannot write to $prefix"
  staging=$(mktemp -d "$prefix/lib/.heliograph.XXXXXX") || fail "cannot write to $prefix/lib"
  trap clean_up EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP
  unpack
  refuse_foreign "$new"
  before=
  if [ -x "$lib/heliograph" ]; then before=$("$lib/heliograph" --version 2>/dev/null || true); fi
  put_in_place
  echo "Installed Heliograph $version in $prefix${before:+ (it was ${before##* })}"
  if is_running; then
    echo "heliograph-server still runs the version before, and nobody was disconnected."
    echo "Start the new one when it suits people: heliograph-server console restart 10m"
  fi
  case :${PATH:-}: in
    *":$prefix/bin:"*) ;;
    *) echo "Put it on your PATH: export PATH=\"$prefix/bin:\$PATH\"" ;;
  esac
  if ! command -v ffmpeg >/dev/null 2>&1; then
    echo "There is no ffmpeg here: everything works but videos. Your package manager has it."
  fi
}

is_running() {
  [ -n "$before" ] && command -v pgrep >/dev/null 2>&1 &&
    pgrep -u "$(id -u)" -f "^([^ ]*/)?heliograph-server " >/dev/null 2>&1
}

uninstall() {
  if [ ! -e "$lib/.installed-by-install.sh" ]; then
    fail "there is nothing from this script in $prefix"
  fi
  links "$lib" | while read -r path _; do
    if ! is_foreign "$prefix/$path"; then rm -f "$prefix/$path"; fi
  done
  rm -rf "$lib"
  echo "Removed Heliograph from $prefix. Accounts, messages and settings are where they were:"
  echo "${XDG_DATA_HOME:-$HOME/.local/share}/heliograph, ${XDG_DATA_HOME:-$HOME/.local/share}/heliograph-server, ${XDG_CONFIG_HOME:-$HOME/.config}/heliograph"
}

action=install
from=$download
while [ $# -gt 0 ]; do
  case $1 in
    --uninstall) action=uninstall ;;
    --prefix | --from)
      if [ $# -lt 2 ]; then fail "$1 needs a value"; fi
      if [ "$1" = --prefix ]; then prefix=$2; else from=$2; fi
      shift
      ;;
    -h | --help)
      sed -n 's/^# \{0,1\}//p' "$0" | sed -n '2,9p'
      exit 0
      ;;
    *) fail "what is $1? It knows --uninstall, --prefix DIR, --from URL" ;;
  esac
  shift
done
if [ -z "$prefix" ]; then
  if [ -z "${HOME:-}" ]; then fail "HOME is not set: name a folder by --prefix"; fi
  prefix=$HOME/.local
fi
case $prefix in
  /*) ;;
  *) prefix=$PWD/$prefix ;;
esac
lib=$prefix/lib/heliograph

"$action"

/**
 * The wall that hides the disk (SR-72): a root of its own, in which a child finds the system's programs and libraries, read-only,
 * and of everything else only what its limits name. Made by programs of util-linux in a namespace of the child's; a script puts
 * it together, since nothing that is in every system makes one in a single call.
 */

/** Where programs and libraries lie: on most systems, on Debian's by way of alternatives, on NixOS and Guix. */
const SYSTEM_PLACES = [
  ...["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"],
  ...["/etc/alternatives", "/etc/ld.so.cache", "/nix/store", "/gnu/store"],
];

/** What C libraries and ffmpeg ask for. */
const DEVICES = ["/dev/null", "/dev/urandom"];

/**
 * Constant: every path comes as an argument, and nothing of them is read by the shell. `/sys` is only the place where the new
 * root is put together: it is a folder everywhere, and holds nothing that is shown. `-c`: paths are taken as they are. Within
 * a user namespace the options of a mount may only grow, so those that the one below may have are named too. `umount` asks
 * /proc. In the end all rights within the namespace are dropped: with them a child could undo the walls. Each program takes
 * about 1.5 ms, so there are few.
 */
const SCRIPT = `
set -eu
PATH=/usr/sbin:/usr/bin:/sbin:/bin
root=/sys
mount -n -t tmpfs -o mode=0755,size=1m,nosuid,nodev none $root
show() {
  if [ -e "$root$1" ] || ! [ -e "$1" ]; then return 0; fi
  if ! [ -d "$root\${1%/*}" ]; then mkdir -p "$root\${1%/*}"; fi
  if [ -d "$1" ]; then mkdir "$root$1"; else : > "$root$1"; fi
  mount -n -c -o "$2" "$1" "$root$1"
}
links=
for place in ${SYSTEM_PLACES.join(" ")}; do
  if [ -L "$place" ]; then links="$links $place"; else show "$place" rbind,ro,nosuid,nodev; fi
done
if [ -n "$links" ]; then cp -P $links $root; fi
for place in ${DEVICES.join(" ")}; do show "$place" bind,ro,nosuid,noexec; done
show "$1" bind,ro,nosuid,nodev
count=$2
shift 2
while [ "$count" -gt 0 ]; do
  show "$1" bind,ro,nosuid,noexec
  shift
  count=$((count - 1))
done
mkdir $root/.old $root/.empty
cd $root
ln -s .old/proc proc
pivot_root . .old
umount -n -c -l /.old
rm -d /proc /.old
mount -n -o remount,ro /
cd /.empty
exec setpriv --bounding-set=-all --inh-caps=-all -- "$@"
`;

/**
 * The options of `unshare`, which makes the namespace to do this in; the walls inside this one come next. `program` is the
 * innermost one, which may lie outside the system's folders.
 */
export function mountWallOptions(
  { reads }: { readonly reads: readonly string[] },
  { program }: { readonly program: string },
): readonly string[] {
  // A name of the environment, such as XAUTHORITY, may be anything.
  const shown = reads.filter((path) => path.startsWith("/"));
  return [
    ...["--map-root-user", "--mount", "--", "/bin/sh", "-c", SCRIPT, "sh"],
    ...[program, String(shown.length), ...shown],
  ];
}

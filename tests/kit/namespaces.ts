/** Whether this machine lets a program have a disk and a network of its own. */

/** What the walls around ffmpeg need: namespaces of users, networks and mounts, and a mount in one. */
export function canHideDisk(): boolean {
  if (Deno.build.os !== "linux") return false;
  try {
    const args = ["--map-root-user", "--net", "--mount", "mount", "-t", "tmpfs", "none", "/sys"];
    return new Deno.Command("/usr/bin/unshare", { args, stderr: "null" }).outputSync().success;
  } catch {
    // No such program, or no right to run one.
    return false;
  }
}

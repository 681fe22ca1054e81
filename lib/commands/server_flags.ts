/** The permissions with which the server runs from its source (docs/architecture.md, "Permissions"). */

/** What stands between `deno run` and `server.ts`. */
export const SERVER_FLAGS: readonly string[] = [
  "--quiet",
  "--no-prompt",
  "--allow-net",
  "--allow-read",
  "--allow-write",
  "--allow-env",
  "--allow-sys",
  "--allow-run",
  "--allow-ffi",
  "--unstable-net",
];

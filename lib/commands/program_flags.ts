/** The permissions with which the programs run from their source (docs/architecture.md, "Permissions"). */

/** What stands between `deno run` and `client.ts`. */
export const CLIENT_FLAGS: readonly string[] = [
  "--quiet",
  "--no-prompt",
  "--allow-net",
  "--allow-read",
  "--allow-write",
  "--allow-env",
  "--allow-sys",
  "--allow-run",
  "--unstable-net",
];

/** What stands between `deno run` and `server.ts`, which sets TCP_NODELAY by native code. */
export const SERVER_FLAGS: readonly string[] = [...CLIENT_FLAGS, "--allow-ffi"];

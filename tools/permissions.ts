/**
 * What the two programs may do: the same in `deno task`, in the compiled binaries and in the tests that start them.
 * A list that cannot be narrowed (a configured ffmpeg, a person's own files) is not narrowed for show.
 */

const COMMON: readonly string[] = [
  "--no-prompt",
  "--allow-net",
  "--allow-read",
  "--allow-write",
  "--allow-env",
  "--allow-sys",
  "--allow-run",
];

/** Direct connections need QUIC, which Deno still calls unstable. */
const UNSTABLE = "--unstable-net";

/** The server also sets TCP_NODELAY by FFI, once, and then gives the permission up. */
export const SERVER_PERMISSIONS: readonly string[] = [...COMMON, "--allow-ffi", UNSTABLE];

export const CLIENT_PERMISSIONS: readonly string[] = [...COMMON, UNSTABLE];

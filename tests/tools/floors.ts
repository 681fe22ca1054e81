/**
 * The rooms of `lib/` and their floors: the one table that the linter, the graph tests and the gate share.
 * A file may import its own room and rooms on lower floors; never up, never sideways.
 */

import { fileURLToPath } from "node:url";

/** Room to floor. A folder of `lib/` that is not here is an error: decide its floor first. */
export const FLOORS: Readonly<Record<string, number>> = {
  base: 0,
  protocol: 1,
  commands: 1,
  crypto: 2,
  net: 2,
  media: 2,
  terminal: 2,
  storage: 2,
  server: 3,
  client: 3,
  screen: 3,
  tui: 4,
  cli: 4,
  admin: 4,
};

/** Entry files: they only assemble, so the import limit does not bind them; everything else does. */
export const ENTRIES: readonly string[] = ["server.ts", "client.ts"];

/** What the module graph of an entry must never reach. */
export const CLOSED_ROOMS: Readonly<Record<string, readonly string[]>> = {
  "server.ts": ["client", "tui", "cli", "screen"],
  "client.ts": ["server", "admin"],
};

/** The two unions of the wire, the only files that may re-export others. */
export const UNIONS: readonly string[] = ["lib/protocol/hop/mod.ts", "lib/protocol/peer/mod.ts"];

/** Tables with a row for each family of messages, and nothing else: they import every family. */
export const FAMILY_TABLES: readonly string[] = [...UNIONS, "lib/server/routes/mod.ts"];

/** Walls of craft guide §3. */
export const WALLS = { fileLines: 400, functionLines: 80, parameters: 4, ownImports: 12 } as const;

/** Absolute path of the project, without a slash at its end. */
export const PROJECT_ROOT = fileURLToPath(new URL("../..", import.meta.url)).replaceAll("\\", "/")
  .replace(/\/$/, "");

/** Path below `root` with forward slashes, or undefined when `path` lies outside. */
export function pathBelow(root: string, path: string): string | undefined {
  const plain = path.replaceAll("\\", "/");
  return plain.startsWith(`${root}/`) ? plain.slice(root.length + 1) : undefined;
}

/** The room of a path below the project: `lib/net/outbox.ts` is in `net`. A file in `lib/` itself is in the room "". */
export function roomOf(path: string | undefined): string | undefined {
  const match = path?.match(/^lib\/(?:([^/]+)\/)?/);
  return match ? match[1] ?? "" : undefined;
}

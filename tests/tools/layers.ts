/**
 * The modules of `lib/` and their layers: the one table that the linter, the graph tests and the gate share.
 * A file may import its own module and modules on lower layers; never up, never sideways.
 */

import { fileURLToPath } from "node:url";

/** Module to layer. A folder of `lib/` that is not here is an error: decide its layer first. */
export const LAYERS: Readonly<Record<string, number>> = {
  base: 0,
  protocol: 1,
  commands: 1,
  crypto: 2,
  net: 2,
  media: 2,
  terminal: 2,
  storage: 2,
  relay: 2,
  server: 3,
  client: 3,
  screen: 3,
  app: 4,
  tui: 5,
  cli: 5,
  classic: 5,
  admin: 5,
};

/**
 * The submodules of big modules, in their order: a submodule imports itself and earlier ones only, types included. The
 * module's own files lie above all of them and join them.
 */
export const SUBMODULES: Readonly<Record<string, readonly string[]>> = {
  server: [
    "config",
    "keys",
    "store",
    "counters",
    "sessions",
    "bus",
    "presence",
    "auth",
    "delivery",
    "rooms",
    "moderation",
    "spool",
    "media",
    "moving",
    "backup",
    "serving",
    "health",
    "routes",
  ],
  client: [
    "link",
    "profile",
    "account",
    "store",
    "groups",
    "sending",
    "talk",
    "contacts",
    "attention",
    "receiving",
    "direct",
    "transfers",
    "video",
    "activities",
    "streams",
    "party",
    "rooms",
    "recovery",
    "devices",
    "account_data",
    "announcements",
    "sync",
    "p2p",
  ],
  tui: [
    "theme",
    "keys",
    "settings",
    "drawing",
    "timeline",
    "panes",
    "painting",
    "conversations",
    "questions",
    "panels",
    "actions",
  ],
  media: [
    "picture",
    "ffmpeg",
    "stills",
    "library",
    "segments",
    "sound",
    "frames",
    "playback",
    "live",
  ],
  terminal: ["cells", "input", "output", "tty", "lines", "capability", "graphics", "programs"],
  net: ["addresses", "streams", "connections", "listening", "dialling", "quic"],
  crypto: ["keys", "sealing", "statements", "certificates", "mls", "room"],
};

/** Entry files: they only assemble, so the import limit does not bind them; everything else does. */
export const ENTRIES: readonly string[] = ["server.ts", "client.ts"];

/** What the module graph of an entry must never reach. */
export const CLOSED_ROOMS: Readonly<Record<string, readonly string[]>> = {
  "server.ts": ["client", "app", "tui", "cli", "screen"],
  "client.ts": ["server", "admin"],
};

/** The union of what the server reads, the only file that may re-export others. */
export const UNIONS: readonly string[] = ["lib/protocol/hop/mod.ts"];

/** Tables with a row for each family of messages, table of a database or group of commands, and nothing else: they import every one. */
export const FAMILY_TABLES: readonly string[] = [
  ...UNIONS,
  "lib/server/routes/mod.ts",
  "lib/server/store/postgres/calls.ts",
  "lib/server/store/sqlite/tables.ts",
  "lib/app/commands/every.ts",
];

/** Walls of craft guide §3. `ownImports` counts files that a file needs to run: types are free. */
export const BOUNDARIES = {
  fileLines: 400,
  functionLines: 80,
  parameters: 4,
  ownImports: 20,
} as const;

/** Absolute path of the project, without a slash at its end. */
export const PROJECT_ROOT = fileURLToPath(new URL("../..", import.meta.url)).replaceAll("\\", "/")
  .replace(/\/$/, "");

/** Path below `root` with forward slashes, or undefined when `path` lies outside. */
export function pathBelow(root: string, path: string): string | undefined {
  const plain = path.replaceAll("\\", "/");
  return plain.startsWith(`${root}/`) ? plain.slice(root.length + 1) : undefined;
}

/** The submodule of a path below the project: `lib/server/auth/entry.ts` is in `auth`. Undefined for the module's own files. */
export function submoduleOf(path: string): string | undefined {
  return path.match(/^lib\/[^/]+\/([^/]+)\//)?.[1];
}

/** The module of a path below the project: `lib/net/connections/outbox.ts` is in `net`. A file in `lib/` itself is in the module "". */
export function moduleOf(path: string | undefined): string | undefined {
  const match = path?.match(/^lib\/(?:([^/]+)\/)?/);
  return match ? match[1] ?? "" : undefined;
}

/**
 * What each module of `lib/` knows nothing of, beside what lies above it: the column of `docs/architecture.md`, as imports and
 * names of the runtime that may not occur.
 */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { GraphFile } from "./graph.ts";
import { moduleOf } from "./layers.ts";

/** One thing that a module knows nothing of. */
export interface Ignorance {
  readonly module: string;
  /** The word for it. */
  readonly of: string;
  /** Paths below `lib/` that may not be imported, types included: a file, or a folder with its slash. */
  readonly paths?: readonly string[];
  /** What may not stand in the code. */
  readonly names?: RegExp;
}

const ANY_RUNTIME = /\bDeno\.(?!errors\b)\w+|from "node:/;
const SOCKETS =
  /\bDeno\.(?:connect|listen|startTls|createHttpClient|serve|upgrade|UnixConn)\w*|\bfetch\("|\bWebSocket\b/;
const FILES =
  /\bDeno\.(?:open|create\b|createSync|read|write|remove|rename|mkdir|make|copyFile|l?stat|link|symlink|chmod|truncate)\w*|from "node:fs/;
const PROCESSES = /\bnew Deno\.Command\b|from "node:child_process"/;
const SQL = /from "node:sqlite"/;

/** The table. */
export const KNOWS_NOTHING_OF: readonly Ignorance[] = [
  { module: "base", of: "files, sockets, processes", names: ANY_RUNTIME },
  { module: "protocol", of: "files, sockets, processes", names: ANY_RUNTIME },
  { module: "commands", of: "files, sockets, processes", names: ANY_RUNTIME },
  { module: "commands", of: "packets", paths: ["protocol/"] },

  {
    module: "crypto",
    of: "files, sockets, processes",
    names: /\bDeno\.\w+|from "node:(?!crypto"|buffer")/,
  },
  { module: "crypto", of: "packets", paths: ["protocol/packet.ts"] },
  { module: "net", of: "accounts, chat", paths: ["protocol/hop/", "protocol/peer/"] },
  { module: "net", of: "files", names: FILES },
  { module: "net", of: "processes", names: PROCESSES },
  { module: "media", of: "who is watching", paths: ["protocol/packet.ts", "protocol/peer/"] },
  { module: "media", of: "sockets", names: SOCKETS },
  { module: "terminal", of: "chat, video", paths: ["protocol/"] },
  { module: "terminal", of: "sockets", names: SOCKETS },
  { module: "storage", of: "what the bytes mean", paths: ["protocol/"] },
  { module: "storage", of: "sockets", names: SOCKETS },
  { module: "relay", of: "files, sockets, processes", names: ANY_RUNTIME },
  { module: "relay", of: "what the ends read", paths: ["protocol/peer/"] },

  {
    module: "server",
    of: "plaintext",
    paths: ["protocol/peer/", "crypto/mls/open.ts", "crypto/mls/seal.ts"],
  },
  { module: "server", of: "terminals", paths: ["terminal/"] },
  { module: "client", of: "terminals", paths: ["terminal/"] },
  { module: "client", of: "sockets", names: SOCKETS },
  { module: "client", of: "SQL engines", names: SQL },
  { module: "screen", of: "chat", paths: ["protocol/"] },
  { module: "screen", of: "sockets", paths: ["net/"], names: SOCKETS },
  { module: "screen", of: "files, processes", names: ANY_RUNTIME },

  { module: "app", of: "terminals", paths: ["terminal/", "screen/"] },
  { module: "app", of: "sockets", paths: ["net/"] },
  { module: "app", of: "files, processes", names: ANY_RUNTIME },
  { module: "app", of: "packets", paths: ["protocol/packet.ts", "protocol/schema.ts"] },

  { module: "tui", of: "sockets", paths: ["net/"], names: SOCKETS },
  { module: "tui", of: "processes", names: PROCESSES },
  { module: "tui", of: "packets", paths: ["protocol/"] },
  { module: "tui", of: "keys", paths: ["crypto/"] },
  {
    module: "tui",
    of: "files",
    paths: ["storage/"],
    names: FILES,
  },
  {
    module: "cli",
    of: "packets",
    paths: ["protocol/"],
  },
  {
    module: "cli",
    of: "keys",
    paths: ["crypto/"],
  },
  {
    module: "cli",
    of: "cells",
    paths: ["terminal/cells/cell_grid.ts", "terminal/cells/cell_screen.ts"],
  },
  { module: "classic", of: "packets", paths: ["protocol/"] },
  { module: "classic", of: "keys", paths: ["crypto/"] },
  {
    module: "classic",
    of: "terminals, files, sockets",
    paths: ["terminal/", "storage/", "net/"],
    names: ANY_RUNTIME,
  },
  { module: "admin", of: "how sessions work", paths: ["server/sessions/", "server/routes/"] },
  {
    module: "admin",
    of: "cells",
    paths: ["terminal/cells/cell_grid.ts", "terminal/cells/cell_screen.ts"],
  },
];

/** What breaks the table, one sentence each. */
export function judgeIgnorance(
  root: string,
  graph: ReadonlyMap<string, GraphFile>,
  table: readonly Ignorance[] = KNOWS_NOTHING_OF,
): string[] {
  return table.flatMap((row) =>
    [...graph.values()].filter(({ path }) => moduleOf(path) === row.module)
      .flatMap((file) => knownBy(root, file, row).map((what) => ({ path: file.path, what })))
      .map(({ path, what }) =>
        `${path}: ${row.module} knows nothing of ${row.of}, and this has ${what}`
      )
  );
}

function knownBy(root: string, { path, imports }: GraphFile, { paths = [], names }: Ignorance) {
  const imported = imports.filter((target) =>
    paths.some((known) =>
      target === `lib/${known}` || known.endsWith("/") && target.startsWith(`lib/${known}`)
    )
  );
  if (names === undefined) return imported;
  const code = readFileSync(join(root, path), "utf8")
    .replace(/\/\*[^]*?\*\//g, "").replace(/(^|[^:"'`])\/\/.*$/gm, "$1");
  return [...imported, ...new Set(code.match(new RegExp(names, "g")) ?? [])];
}

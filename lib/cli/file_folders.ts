/** Where files come from and where they go: table `[files]` of `config.toml` (row S0.03). */

import { isAbsolute } from "node:path";
import { badConfig, readConfigTable } from "../storage/config_table.ts";
import { expandHome } from "./dialogue/path_completion.ts";

/** What the person chose; absolute. */
export interface FileFolders {
  /** Where files go that are taken. */
  readonly inbox: string | undefined;
  /** Whose files are listed, and sent by number or name. */
  readonly outbox: string | undefined;
}

/**
 * What the text of the file says of it; `~/` is `home`. A relative path would be another folder wherever the program is started. Pure.
 * Throws UsageError `bad-config`.
 */
export function parseFileFolders(text: string, home: string | undefined): FileFolders {
  const { inbox, outbox } = readConfigTable(text, "files", ["inbox", "outbox"]);
  const folder = (name: string, value: unknown): string | undefined => {
    if (value === undefined) return undefined;
    const path = typeof value === "string" ? expandHome(value, home) : "";
    if (isAbsolute(path)) return path;
    throw badConfig(`${name} is a folder like "/srv/files" or "~/files"`);
  };
  return { inbox: folder("inbox", inbox), outbox: folder("outbox", outbox) };
}

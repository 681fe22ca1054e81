/** What of `config.toml` would stop a start: every table is read by who it is for. Pure. */

import { parseVideoSettings } from "../app/video_settings.ts";
import { isNoToml, lineOf } from "../base/config_lines.ts";
import { UsageError } from "../base/errors.ts";
import { parseDirectConfig } from "../client/direct/direct_config.ts";
import { chosenShell } from "./classic/classic_verb.ts";
import { parseAliases } from "./dialogue/aliases.ts";
import { parseHooks } from "./dialogue/hook_settings.ts";
import { SLASH_TABLE } from "./dialogue/slash_table.ts";
import { parseFileFolders } from "./open_context.ts";
import { deletesOnExit } from "./p2p/ephemeral.ts";
import { parse, TomlError } from "smol-toml";

/** What `~` is in the file. */
export function homeFolder(env: (name: string) => string | undefined): string | undefined {
  return env(Deno.build.os === "windows" ? "USERPROFILE" : "HOME");
}

/** What reads each table beside the screen's own. */
const READERS: Readonly<Record<string, (text: string, home: string | undefined) => unknown>> = {
  video: parseVideoSettings,
  files: parseFileFolders,
  aliases: (text) => parseAliases(text, SLASH_TABLE),
  hooks: parseHooks,
  p2p: parseDirectConfig,
  classic: chosenShell,
  privacy: deletesOnExit,
};

const TABLES: readonly string[] = ["screen", "colours", "keys", ...Object.keys(READERS)];

/** Said of a table behind what is wrong there: what it means until that is fixed. */
const MEANWHILE: Readonly<Record<string, string>> = {
  p2p: ". Direct connections are off until then",
  hooks: ". No hook runs until then",
};

/**
 * What is wrong with the text beside the screen's own tables, the first of each: `config.toml, line 3: …`, a sentence each. `home`: what
 * `~` is.
 */
export function configProblems(text: string, home: string | undefined): readonly string[] {
  const problems = Object.entries(READERS).flatMap(([table, read]) => {
    try {
      read(text, home);
      return [];
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      const words = error.message.replace(/^Cannot use /, "");
      return [isNoToml(words) ? words : `${words}${MEANWHILE[table] ?? ""}`];
    }
  });
  // What is no TOML is so for every reader.
  return [...new Set([...unknownTables(text), ...problems])];
}

function unknownTables(text: string): readonly string[] {
  try {
    return Object.keys(parse(text)).filter((name) => !TABLES.includes(name)).map((name) =>
      `config.toml, line ${lineOf(text, name, "")}: no table [${name}]; try ${TABLES.join(", ")}`
    );
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    return [];
  }
}

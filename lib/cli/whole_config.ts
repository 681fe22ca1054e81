/** What of `config.toml` would stop a start: every table is read by who it is for. Pure. */

import { parseVideoSettings } from "../app/video_settings.ts";
import { UsageError } from "../base/errors.ts";
import { parseDirectConfig } from "../client/direct/direct_config.ts";
import { chosenShell } from "./classic/classic_verb.ts";
import { parseAliases } from "./dialogue/aliases.ts";
import { parseHooks } from "./dialogue/hook_settings.ts";
import { SLASH_TABLE } from "./dialogue/slash_table.ts";
import { parseFileFolders } from "./open_context.ts";
import { deletesOnExit } from "./p2p/ephemeral.ts";

/** What `~` is in the file. */
export function homeFolder(env: (name: string) => string | undefined): string | undefined {
  return env(Deno.build.os === "windows" ? "USERPROFILE" : "HOME");
}

/** The first thing that is wrong with the text, in a sentence; undefined when all of it can be read. `home`: what `~` is. */
export function configProblem(text: string, home: string | undefined): string | undefined {
  try {
    parseVideoSettings(text);
    parseFileFolders(text, home);
    parseAliases(text, SLASH_TABLE);
    parseHooks(text, home);
    parseDirectConfig(text);
    chosenShell(text);
    deletesOnExit(text);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return error.message;
  }
  return undefined;
}

/** The person's file of settings, for whoever changes it by name. */

import { readConfig, writeConfig } from "./config_file.ts";
import type { SettingsFile } from "./dialogue/line_settings.ts";
import { configProblem, homeFolder } from "./whole_config.ts";

/** The one in this folder of settings. */
export function settingsFile(folder: string): SettingsFile {
  return {
    read: () => readConfig(folder),
    write: (text) => writeConfig(folder, text),
    problemIn: (text) => configProblem(text, homeFolder((name) => Deno.env.get(name))),
  };
}

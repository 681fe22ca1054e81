/** Whether a shell leaves nothing behind: by its option, or by the configuration. */

import type { CommandValues } from "../../commands/command_values.ts";
import { badConfig, readConfigTable } from "../../storage/config_table.ts";
import { readConfig } from "../config_file.ts";
import type { Context } from "../context.ts";

/** Whether keys and database are destroyed at the end. Throws UsageError `bad-config`, StorageError. */
export async function isEphemeral(values: CommandValues, context: Context): Promise<boolean> {
  return values.has("--ephemeral") ||
    deletesOnExit(await readConfig(context.options.folders.config));
}

/** What the text of the file says of it. Pure. Throws UsageError `bad-config`. */
export function deletesOnExit(text: string): boolean {
  const { delete_on_exit: deletes = false } = readConfigTable(text, "privacy", ["delete_on_exit"]);
  if (typeof deletes !== "boolean") {
    const at = { text, table: "privacy", key: "delete_on_exit" };
    throw badConfig("delete_on_exit in [privacy] is true or false", at);
  }
  return deletes;
}

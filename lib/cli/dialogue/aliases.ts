/** Commands of the person's own: table `[aliases]` of `config.toml`. Pure. */

import type { CommandSpec, CommandTable } from "../../commands/command_table.ts";
import { badConfig, readWholeConfigTable } from "../../storage/config_table.ts";

/** What each stands for, by its name without the slash. */
export type Aliases = ReadonlyMap<string, string>;

const NAME = /^[\p{L}\p{N}][\p{L}\p{N}_-]{0,31}$/u;
const MAX_ALIASES = 200;
const MAX_CHARACTERS = 1_000;

/** What the text of the file says. Throws UsageError `bad-config`, also for a name that a command has. */
export function parseAliases(
  text: string,
  table: Pick<CommandTable<CommandSpec>, "get">,
): Aliases {
  const entries = Object.entries(readWholeConfigTable(text, "aliases"));
  if (entries.length > MAX_ALIASES) {
    const words = `there are ${entries.length} aliases: at most ${MAX_ALIASES} are allowed`;
    throw badConfig(words, { text, table: "aliases", key: "" });
  }
  return new Map(entries.map(([key, value]): [string, string] => {
    const at = { text, table: "aliases", key };
    const name = key.replace(/^\//, "").toLowerCase();
    if (!NAME.test(name)) {
      throw badConfig(`an alias is a word of letters and digits: ${key} is not`, at);
    }
    if (table.get(name) !== undefined) {
      throw badConfig(`/${name} is a command and cannot be an alias`, at);
    }
    const isLine = typeof value === "string" && value.trim() !== "" && !/[\r\n]/.test(value) &&
      value.length <= MAX_CHARACTERS;
    if (!isLine) {
      const words = `${name} is a line of 1 to ${MAX_CHARACTERS} characters, like "/msg bob hi"`;
      throw badConfig(words, at);
    }
    return [name, value.trim()];
  }));
}

/**
 * A line as if it had been typed in full: `/gm all` with `gm = "/msg bob good morning"` is `/msg bob good morning all`. What stands for
 * something is not looked up again, so that none goes round in circles.
 */
export function expandAlias(line: string, aliases: Aliases): string {
  if (aliases.size === 0) return line;
  const match = /^(\s*(?:[^\s:/\\][^:]{0,89}:\s*)?)\/([\p{L}\p{N}_-]+)(?=\s|$)/u.exec(line);
  const [whole, before, name] = match ?? [];
  const stands = name === undefined ? undefined : aliases.get(name.toLowerCase());
  if (whole === undefined || stands === undefined) return line;
  return `${before}${stands}${line.slice(whole.length)}`;
}

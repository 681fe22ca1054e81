/** The verbs over the server's data, out of their rows. */

import { EXIT } from "../../commands/exit_code.ts";
import { type AdminCommand, DATA_OPTION, JSON_OPTION, jsonLine } from "../admin_command.ts";
import { dataFolder } from "../admin_io.ts";
import { openDataStore } from "../data_store.ts";
import { Moderation } from "../../server/moderation/moderation.ts";
import type { DataRow } from "./data_row.ts";
import { MODERATION_ACTION_ROWS } from "./moderation_rows.ts";
import { LIST_ROWS } from "./list_rows.ts";

function verbOf(row: DataRow): AdminCommand {
  const { name, verb, verbAliases, examples, options = [], run: _run, ...spec } = row;
  return {
    ...spec,
    name: verb,
    aliases: verbAliases,
    options: [...options, DATA_OPTION, JSON_OPTION],
    examples: examples.map(({ line, summary }) => ({
      line: verb + line.slice(name.length),
      summary,
    })),
    async run(io, values) {
      await using store = await openDataStore(dataFolder(io, values.option("--data")));
      const { clock } = io;
      const moderation = new Moderation({ clock, store });
      const typed = (other: DataRow, rest: string) => `heliograph-server ${other.verb} ${rest}`;
      const outcome = await row.run({ store, clock, moderation, values, typed });
      const { facts, lines, notes = [], exit = EXIT.done } = outcome;
      const isJson = values.has("--json");
      const out = isJson ? facts.map(({ type, fields }) => jsonLine(type, fields)) : lines;
      for (const line of out) await io.out(line);
      for (const note of notes) await io.note(note);
      return exit;
    },
  };
}

/** Accounts, roles, kicks, mutes, the record. */
export const DATA_VERBS: readonly AdminCommand[] = [...LIST_ROWS, ...MODERATION_ACTION_ROWS].map(
  verbOf,
);

/** The verbs over the server's data, out of their rows: done by the server that runs on it, by this process without one. */

import type { CommandValues } from "../../commands/command_values.ts";
import { Moderation } from "../../server/moderation/moderation.ts";
import { type AdminCommand, DATA_OPTION, JSON_OPTION } from "../admin_command.ts";
import { type AdminIo, dataFolder } from "../admin_io.ts";
import { findRunning } from "../control_client.ts";
import { openDataStore } from "../data_store.ts";
import { type DataOutcome, runDataRow } from "./data_outcome.ts";
import type { DataRow } from "./data_row.ts";
import { DATA_ROWS } from "./data_rows.ts";

/** Throws what the row throws. */
async function runVerb(row: DataRow, io: AdminIo, values: CommandValues): Promise<DataOutcome> {
  const { clock } = io;
  const folder = dataFolder(io, values.option(DATA_OPTION.flag));
  const isJson = values.has(JSON_OPTION.flag);
  using server = await findRunning(folder, clock);
  if (server !== undefined) {
    const given = values.toJSON();
    return await server.runData({ command: "data", verb: row.verb, given, json: isJson });
  }
  await using store = await openDataStore(folder);
  const moderation = new Moderation({ clock, store });
  return await runDataRow(row, { store, clock, moderation }, { values, isJson });
}

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
      const { out, notes, exit } = await runVerb(row, io, values);
      for (const line of out) await io.out(line);
      for (const note of notes) await io.note(note);
      return exit;
    },
  };
}

/** Accounts, roles, kicks, mutes, the record. */
export const DATA_VERBS: readonly AdminCommand[] = DATA_ROWS.map(verbOf);

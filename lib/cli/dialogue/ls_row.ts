/** The slash command ls: the files that can be sent by their number (row S0.29). */

import { jsonLine } from "../../base/json_line.ts";
import { outboxLine } from "./outbox.ts";
import { outbox } from "./named_files.ts";
import type { SlashRow } from "./slash_row.ts";

/** `/ls`. */
export const LS_ROW: SlashRow = {
  name: "ls",
  group: "Files",
  summary: "list the files that /send takes by number",
  details:
    "Those in the folder that outbox in config.toml names; else in the folder from, if there is one where the program was started, else in that folder.",
  options: [{ flag: "--json", summary: 'as {"0": "name"}' }],
  examples: [{ line: "ls", summary: "number, name, size, type, time of change" }],
  async run(chat, { values }) {
    const files = await outbox(chat);
    if (values.has("--json")) {
      const names = Object.fromEntries(files.map(({ number, name }) => [String(number), name]));
      const lines = chat.voice?.files(names) ?? [jsonLine(names)];
      return await chat.printAll(lines);
    }
    if (files.length === 0) await chat.print("* there are no files here");
    // One after the other: there may be more than may be open at once.
    await chat.printAll(await Array.fromAsync(files, outboxLine));
  },
};

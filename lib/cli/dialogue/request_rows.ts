/** Slash commands about message requests and blocking; `/accept` stands with the people. */

import { type RequestDeed, rowOfDeed } from "../requests/request_deed.ts";
import { REQUEST_DEEDS } from "../requests/request_deeds.ts";
import { shortTime } from "./chat_lines.ts";
import type { SlashRow } from "./slash_row.ts";

function rowOf(deed: RequestDeed): SlashRow {
  return {
    ...rowOfDeed(deed),
    aliases: [],
    exitCodes: [],
    async run(chat, { values }) {
      const { client } = chat;
      const { facts, notes } = await deed.run({
        client,
        values,
        find: (name) => chat.findContact(name),
        time: (atMs) => shortTime(atMs, client.clock.nowMs()),
      });
      const lines = [...facts.flatMap(({ line }) => line.split("\n")), ...notes];
      await chat.printAll(lines.map((line) => `* ${line}`));
    },
  };
}

/** `/requests`, `/decline`, `/block`, … */
export const REQUEST_ROWS: readonly SlashRow[] = REQUEST_DEEDS.filter(({ hasSlash }) => hasSlash)
  .map(rowOf);

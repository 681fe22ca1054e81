/** Slash commands about being there: who, busy, free. */

import { attendanceLine, busyOf, roster } from "../attendance.ts";
import { busyTermsOf } from "../busy_terms.ts";
import { quietLine } from "./chat_lines.ts";
import { showName } from "./names.ts";
import type { SlashRow } from "./slash_row.ts";

/** People that `/who` lists; more are counted. */
const MAX_LISTED = 200;

const whoRow: SlashRow = {
  name: "who",
  aliases: ["viewusers", "atu", "active", "users"],
  group: "People",
  summary: "list who else is there, since when, and who is busy",
  details: "Owners of the server see addresses too.",
  arguments: [],
  options: [{ flag: "--all", summary: "those who are away too" }],
  examples: [{ line: "who --all", summary: "everyone on the server" }],
  exitCodes: [],
  async run(chat, { values }) {
    let others = 0;
    const lines: string[] = [];
    for await (const attendant of roster(chat.client, !values.has("--all"))) {
      chat.people.learn(attendant);
      const { account, name } = attendant.entry;
      if (account === chat.people.own.account) continue;
      if (++others > MAX_LISTED) continue;
      const busy = await busyOf(chat.client, attendant);
      lines.push(attendanceLine(showName(name), attendant, busy));
    }
    if (others > MAX_LISTED) lines.push(`* and ${others - MAX_LISTED} more`);
    if (others === 0) lines.push("* no other active user");
    await chat.printAll(lines);
  },
};

const busyRow: SlashRow = {
  name: "busy",
  aliases: ["away"],
  group: "People",
  summary: "say that you are busy: what comes in waits until you are free",
  details:
    "Others see it with the text, which the server can read too. If the last word is a time like 30m or 2h, you are free again after it.",
  arguments: [
    { name: "TEXT", summary: "why, and for how long", required: false, rest: "text" },
  ],
  options: [],
  examples: [{ line: "busy lunch 30m", summary: "others see: busy until …: lunch" }],
  exitCodes: [],
  async run(chat, { values }) {
    const { publicly } = chat.client;
    const before = await publicly.ownBusy();
    await publicly.setBusy(busyTermsOf(values));
    await chat.look();
    // That it begins is told where the lines are kept back; of another text there is only this.
    const now = before && await publicly.ownBusy();
    if (now !== undefined) await chat.print(quietLine(now, 0));
  },
};

const freeRow: SlashRow = {
  name: "free",
  aliases: ["back"],
  group: "People",
  summary: "say that you are free, and see what came meanwhile",
  arguments: [],
  options: [],
  examples: [{ line: "free", summary: "shows in order what waited" }],
  exitCodes: [],
  async run(chat) {
    if (await chat.client.publicly.ownBusy() === undefined) {
      return await chat.print("* you are free");
    }
    await chat.client.publicly.setBusy(undefined);
    await chat.look();
  },
};

/** `/who`, `/busy`, `/free`. */
export const PRESENCE_ROWS: readonly SlashRow[] = [whoRow, busyRow, freeRow];

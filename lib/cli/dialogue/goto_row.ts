/** The slash command goto: a full screen goes there, lines show the messages from there on. */

import { readMoment } from "../../app/talk/moments.ts";
import { hereNow } from "../../app/when.ts";
import { UsageError } from "../../base/errors.ts";
import type { Peer } from "../../base/ids.ts";
import type { Moment } from "../../commands/command_row.ts";
import { messageLine } from "./chat_lines.ts";
import type { ChatContext, SlashRow } from "./slash_row.ts";

/** Messages that lines show of it. */
const MOST_LINES = 20;

/** `/goto`. */
export const GOTO_ROW: SlashRow = {
  name: "goto",
  aliases: ["jump"],
  choosesPartner: true,
  group: "Messages",
  summary: "go to a date, the start, the end or new messages",
  details:
    "Goes there in the open conversation, or in the one with bob: bob:/goto monday. Without WHERE the full screen asks; f4 does the same. The line-by-line chat shows the next 20 messages from there on.",
  arguments: [{
    name: "WHERE",
    summary: "start, end, new, or a date: monday 9:00, 2h, 20 Nov",
    required: false,
    rest: "text",
  }],
  examples: [
    { line: "goto yesterday 18:00", summary: "the messages from then on" },
    { line: "goto start", summary: "the first message" },
    { line: "goto new", summary: "the first unread message" },
  ],
  async run(chat, { values, to = chat.partner }) {
    if (to === undefined) {
      throw new UsageError("no-conversation", "Which conversation? Example: bob:/goto monday");
    }
    const words = values.argument("WHERE");
    const where = words === undefined ? undefined : readMoment(words, hereNow(chat.client.clock));
    if (chat.drawsCards === true) {
      chat.talkTo(to);
      return await chat.showPage({ kind: "goto", where }, []);
    }
    if (where === undefined) {
      throw new UsageError("where-missing", "Where to? Example: /goto monday 9:00");
    }
    await chat.rooms.refresh();
    await chat.printAll(await linesFrom(chat, to.peer, where));
  },
};

async function linesFrom(
  { client, style }: ChatContext,
  peer: Peer,
  where: Moment,
): Promise<readonly string[]> {
  const unread = client.talk.unread().find((heap) => heap.peer === peer)?.unread ?? 0;
  if (where === "new" && unread === 0) return ["* no unread messages"];
  const sinceMs = typeof where === "object" ? where.sinceMs : undefined;
  const all = await client.talk.page({
    about: peer,
    kinds: ["text"],
    ...where === "end" ? { limit: MOST_LINES } : where === "new" ? { limit: unread } : {},
    ...sinceMs === undefined ? {} : { sinceMs },
  });
  if (all.length === 0) return ["* no messages since then"];
  const shown = all.slice(0, MOST_LINES);
  const facts = await client.talk.factsOfEach(shown);
  client.talk.markShown(shown);
  const more = all.length - shown.length;
  return [
    ...shown.map((entry, i) => messageLine(entry, style, { facts: facts[i] })),
    ...more === 0 ? [] : [`* ${more} more ${more === 1 ? "message" : "messages"} after these`],
  ];
}

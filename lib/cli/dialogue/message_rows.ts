/** Slash commands about messages: reply, react, edit, delete, expire, unread. */

import { UsageError } from "../../base/errors.ts";
import { knownPeer } from "../nobody.ts";
import { rowOfTalkDeed, type TalkDeed } from "../talk/talk_deed.ts";
import { TALK_DEEDS } from "../talk/talk_deeds.ts";
import { unreadLines } from "../talk/unread_verb.ts";
import { showPeer } from "./names.ts";
import type { SlashRow } from "./slash_row.ts";

function rowOf(deed: TalkDeed): SlashRow {
  const row = rowOfTalkDeed(deed, undefined);
  return {
    ...row,
    details:
      `${row.details}\n\nIn the conversation that plain text goes to; bob:/${deed.verb} … in the one with bob.`,
    aliases: deed.aliases,
    exitCodes: [],
    async run(chat, { values, to }) {
      const partner = to ?? chat.partner;
      if (partner === undefined) {
        throw new UsageError(
          "no-conversation",
          `Say in which conversation. Example: bob:/${row.examples[0].line}`,
        );
      }
      const { client } = chat;
      const { told: { line }, isInHistory } = await deed.run({
        client,
        values,
        peer: partner.peer,
        shown: showPeer(partner.peer, partner.name),
        text: () => Promise.resolve(values.argument("TEXT") ?? ""),
      });
      await chat.look();
      if (!isInHistory) await chat.print(`* ${line}`);
      chat.send();
    },
  };
}

const unreadRow: SlashRow = {
  name: "unread",
  aliases: ["new"],
  group: "Messages",
  summary: "say how many messages are new, by conversation",
  details: "What is shown here is new no more: something is while you are busy.",
  arguments: [{ name: "NAME", summary: "with whom, or a room as #ops", required: false }],
  options: [],
  examples: [{ line: "unread", summary: "nothing counts as read by it" }],
  exitCodes: [],
  async run(chat, { values, to }) {
    const name = values.argument("NAME");
    const peer = name === undefined ? to?.peer : await knownPeer(chat.client, name);
    const lines = await unreadLines(chat.client, peer, (peer) => chat.style.nameOf(peer));
    if (lines.length === 0) await chat.print("* nothing is new");
    await chat.printAll(lines.map(({ line }) => `* ${line}`));
  },
};

/** `/reply`, `/react`, `/edit`, `/delete`, `/expire`, `/unread`. */
export const MESSAGE_ROWS: readonly SlashRow[] = [...TALK_DEEDS.map(rowOf), unreadRow];

/** What was said, printed in the dialogue as lists. */

import { isRoom, type Peer } from "../../base/ids.ts";
import type { PageRequest } from "../../client/talk/pages.ts";
import { roomMark, seedLine } from "../entry_lines.ts";
import { overviewOf } from "../overview.ts";
import { NOTHING_NEW, type Numbered, textsSince } from "../said_since.ts";
import { shortTime } from "./chat_lines.ts";
import { MAX_ENTRIES, printEntries } from "./entries.ts";
import { showPeer } from "./names.ts";
import type { ChatHands } from "./slash_row.ts";

/** Lines that are laid on each other before they are printed. */
const LINES_AT_ONCE = 100;

/** Texts since a time, a line each: with one, in one room, in all rooms, or all. */
export async function printTexts(
  chat: ChatHands,
  sinceMs: number,
  asked: Peer | "rooms" | undefined,
  paging: Pick<PageRequest, "limit" | "before"> = {},
): Promise<void> {
  const said = await textsSince(chat.client, { sinceMs, about: asked, ...paging });
  chat.client.talk.markShown(said.map(({ entry }) => entry));
  if (asked !== undefined && asked !== "rooms") return await printLines(chat, said);
  await chat.rooms.refresh();
  await printLines(chat, said, ({ entry }) => roomMark(entry, chat.rooms));
}

/** A line each, in the seeds' form, with `mark` before it. */
export async function printLines(
  chat: ChatHands,
  numbered: AsyncIterable<Numbered> | Iterable<Numbered>,
  mark: (numbered: Numbered) => string = () => "",
): Promise<void> {
  let lines: string[] = [];
  let count = 0;
  for await (const { number, entry } of numbered) {
    lines.push(mark({ number, entry }) + seedLine(number, entry));
    count++;
    if (lines.length < LINES_AT_ONCE) continue;
    await chat.printAll(lines);
    lines = [];
  }
  if (count === 0) lines.push(`* ${NOTHING_NEW}`);
  await chat.printAll(lines);
}

/** What was said last with one or in one room; else with whom there is anything. */
export async function printLast(
  chat: ChatHands,
  peer: Peer | undefined,
  paging: Pick<PageRequest, "limit" | "before"> = {},
): Promise<void> {
  if (peer === undefined) return await printOverview(chat);
  const { talk } = chat.client;
  const limit = Math.min(paging.limit ?? MAX_ENTRIES, MAX_ENTRIES);
  const entries = await talk.page({ about: peer, kinds: ["text", "notice"], ...paging, limit });
  const shown = showPeer(peer, chat.style.nameOf(peer));
  const where = isRoom(peer) ? "in" : "with";
  if (entries.length === 0) await chat.print(`* nothing was said ${where} ${shown} yet`);
  await printEntries(chat, entries);
  talk.markShown(entries);
}

async function printOverview(chat: ChatHands): Promise<void> {
  const { conversations, broadcasts } = await overviewOf(chat.client);
  await chat.rooms.refresh();
  const { nowMs, nameOf } = chat.style;
  const lines = [...conversations].map(([peer, heap]) => ({
    name: showPeer(peer, nameOf(peer)),
    heap,
  }));
  if (broadcasts !== undefined) lines.push({ name: "* broadcasts", heap: broadcasts });
  if (lines.length === 0) await chat.print("* no messages yet");
  await chat.printAll(lines.map(({ name, heap: { atMs, unread } }) => {
    const news = unread === 0 ? "" : `, ${unread} new`;
    return `${name}, last ${shortTime(atMs, nowMs)}${news}`;
  }));
}

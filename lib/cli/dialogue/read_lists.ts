/** What was said, printed in the dialogue as lists. */

import { isRoom, type Peer } from "../../base/ids.ts";
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
): Promise<void> {
  const takes = (peer: Peer) =>
    asked === undefined || (asked === "rooms" ? isRoom(peer) : peer === asked);
  const said = textsSince(chat.client, { sinceMs, takes });
  if (asked !== undefined && asked !== "rooms") return await printLines(chat, said);
  await chat.rooms.refresh();
  await printLines(chat, said, ({ entry }) => roomMark(entry, chat.rooms));
}

/** A line each, in the seeds' form, with `mark` before it. */
export async function printLines(
  chat: ChatHands,
  numbered: AsyncIterable<Numbered>,
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
export async function printLast(chat: ChatHands, peer: Peer | undefined): Promise<void> {
  if (peer === undefined) return await printOverview(chat);
  const entries = await chat.client.messenger.history.latest(
    MAX_ENTRIES,
    (entry) => entry.peer === peer && entry.kind !== "broadcast",
  );
  const shown = showPeer(peer, chat.style.nameOf(peer));
  const where = isRoom(peer) ? "in" : "with";
  if (entries.length === 0) await chat.print(`* nothing was said ${where} ${shown} yet`);
  await printEntries(chat, entries);
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

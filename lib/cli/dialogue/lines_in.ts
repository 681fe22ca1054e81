/** What a line from the person does. */

import { HeliographError, TerminalError, UsageError } from "../../base/errors.ts";
import { type ChatLine, parseChatLine } from "../../commands/chat_line.ts";
import { type SafeText, safeText } from "../../terminal/safe_text.ts";
import { describeThrown, exampleAfter } from "../failure_words.ts";
import { HINT } from "./chat_lines.ts";
import { showName, showPeer } from "./names.ts";
import { findPartner, lookUp, type Partner } from "./partner.ts";
import type { ChatHands, SlashRow } from "./slash_row.ts";
import { SLASH_TABLE } from "./slash_table.ts";
import { newestOffer } from "./stream_answers.ts";

/** A line as it was typed, to be run in its turn: an answer is about what was on offer then. */
export function typedLine(chat: ChatHands, line: string): () => Promise<void> {
  const offered = newestOffer(chat);
  return () => runLine(chat, line, offered);
}

/** Runs a line and says what was wrong with it. Throws only what ends the dialogue: an abort, or a terminal that is gone. */
async function runLine(
  chat: ChatHands,
  line: string,
  offered: string | undefined,
): Promise<void> {
  let called: SlashRow | undefined;
  try {
    // Rooms come and go by what others do: what was known before is not asked for each line.
    if (/^\\?#/.test(line.trim())) await chat.rooms.refresh();
    const parsed = parse(chat, line);
    if (parsed.kind === "command") called = parsed.row;
    await run(chat, parsed, offered);
  } catch (error) {
    if (chat.signal.aborted || error instanceof TerminalError) throw error;
    if (!(error instanceof HeliographError)) throw error;
    const { text } = describeThrown(error);
    const example = called && exampleAfter(error, called);
    await chat.print(example === undefined ? `* ${text}` : `* ${text}\nExample: /${example}`);
  }
}

/** Whether a line is a command that reads keys itself. */
export function takesTerminal(chat: ChatHands, line: string): boolean {
  if (chat.stage.open === undefined) return false;
  const parsed = parse(chat, line);
  if (parsed.kind !== "command") return false;
  const { row: { takesTerminal = false }, values } = parsed;
  return typeof takesTerminal === "function" ? takesTerminal(chat, values) : takesTerminal;
}

/** What stands before the line that is typed: with whom plain text is, and how many messages wait while busy. */
export function promptOf(
  chat: ChatHands,
  state: "starting" | "online" | "offline",
  waiting: number | undefined,
): SafeText {
  const partner = chat.partner === undefined ? "" : showPeer(chat.partner.peer, chat.partner.name);
  const offline = state === "offline" ? "(offline) " : "";
  const busy = waiting === undefined ? "" : waiting === 0 ? "(busy) " : `(busy, ${waiting} new) `;
  return safeText(`${offline}${busy}${partner}> `);
}

function parse(chat: ChatHands, line: string): ChatLine<SlashRow, Partner> {
  return parseChatLine(line, {
    table: SLASH_TABLE,
    lookUp: (name) => lookUp(chat, name),
    colonAddressing: true,
  });
}

async function run(
  chat: ChatHands,
  parsed: ChatLine<SlashRow, Partner>,
  offered: string | undefined,
): Promise<void> {
  switch (parsed.kind) {
    case "empty":
      return;
    case "text": {
      // A room that is not there: said elsewhere, it would be read by others than those it is for.
      const room = /^(#[0-9]{1,9}):/.exec(parsed.text)?.[1];
      if (room !== undefined) await findPartner(chat, room);
      if (chat.partner === undefined) throw nobodyAddressed(chat, parsed.text);
      return await chat.say(chat.partner, parsed.text);
    }
    case "addressed":
      return await chat.say(await chat.findPartner(parsed.to.peer), parsed.text);
    case "command":
      return await parsed.row.run(chat, { ...parsed, offered });
    case "invalid":
      return await chat.print(`* ${parsed.message}`);
  }
}

/** Plain text before anybody was addressed. What stands before a colon may have been meant as a name. */
function nobodyAddressed(chat: ChatHands, text: string): UsageError {
  const name = /^([^:]{1,90}):/u.exec(text)?.[1];
  const near = name === undefined ? undefined : chat.people.suggest(name);
  const hint = near === undefined ? HINT : `Did you mean ${showName(near)}:?`;
  const who = name === undefined
    ? "Nobody is addressed yet"
    : `There is nobody called ${showName(name)} here`;
  return new UsageError("nobody-addressed", `${who}. ${hint}`);
}

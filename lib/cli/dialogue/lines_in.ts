/** What a line from the person does. */

import { HeliographError, TerminalError, UsageError } from "../../base/errors.ts";
import { type ChatLine, parseChatLine } from "../../commands/chat_line.ts";
import { type SafeText, safeText } from "../../terminal/safe_text.ts";
import { describeThrown } from "../failure_words.ts";
import { HINT } from "./chat_lines.ts";
import { showName } from "./names.ts";
import type { Person } from "./people.ts";
import type { ChatHands, SlashRow } from "./slash_row.ts";
import { SLASH_TABLE } from "./slash_table.ts";

/** Runs a line and says what was wrong with it. Throws only what ends the dialogue: an abort, or a terminal that is gone. */
export async function runLine(chat: ChatHands, line: string): Promise<void> {
  try {
    await run(chat, parse(chat, line));
  } catch (error) {
    if (chat.signal.aborted || error instanceof TerminalError) throw error;
    if (!(error instanceof HeliographError)) throw error;
    await chat.print(`* ${describeThrown(error).text}`);
  }
}

/** Whether a line is a command that reads keys itself. */
export function takesTerminal(chat: ChatHands, line: string): boolean {
  if (chat.stage.open === undefined) return false;
  const parsed = parse(chat, line);
  return parsed.kind === "command" && parsed.row.takesTerminal === true;
}

/** What stands before the line that is typed: with whom plain text is, and how many messages wait while busy. */
export function promptOf(
  chat: ChatHands,
  state: "starting" | "online" | "offline",
  waiting: number | undefined,
): SafeText {
  const partner = chat.partner === undefined ? "" : showName(chat.partner.name);
  const offline = state === "offline" ? "(offline) " : "";
  const busy = waiting === undefined ? "" : waiting === 0 ? "(busy) " : `(busy, ${waiting} new) `;
  return safeText(`${offline}${busy}${partner}> `);
}

function parse(chat: ChatHands, line: string): ChatLine<SlashRow, Person> {
  return parseChatLine(line, {
    table: SLASH_TABLE,
    lookUp: (name) => chat.people.find(name),
    colonAddressing: true,
  });
}

async function run(chat: ChatHands, parsed: ChatLine<SlashRow, Person>): Promise<void> {
  switch (parsed.kind) {
    case "empty":
      return;
    case "text": {
      if (chat.partner === undefined) throw nobodyAddressed(chat, parsed.text);
      return await chat.say(chat.partner, parsed.text);
    }
    case "addressed":
      return await chat.say(await chat.findContact(parsed.to.account), parsed.text);
    case "command":
      return await parsed.row.run(chat, parsed);
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

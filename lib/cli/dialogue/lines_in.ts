/** What a line from the person does. */

import { HeliographError, Refusal, TerminalError } from "../../base/errors.ts";
import { asTyped, type ChatLine, parseChatLine } from "../../commands/chat_line.ts";
import { type SafeText, safeText } from "../../base/safe_text.ts";
import { describeThrown, exampleAfter } from "../failure_words.ts";
import { expandAlias } from "./aliases.ts";
import { ANSWER_ROWS, doubt } from "./answer_rows.ts";
import { HINT } from "./chat_lines.ts";
import { noAccount, showName, showPeer, showRoom } from "../../app/names.ts";
import { findPartner, lookUp, type Partner, resemble } from "./partner.ts";
import type { ChatContext, SlashRow } from "./slash_row.ts";
import { SLASH_TABLE } from "./slash_table.ts";
import { say } from "./talk_rows.ts";

/** Who entered a line, and the newest request that was shown as it was begun: what comes later is another question. */
interface Entered {
  readonly by: "person" | "rule";
  readonly offered: string | undefined;
  /** Said instead of sending a text that names nobody. */
  readonly unaddressed?: readonly string[];
}

/** A line as it was typed, to be run in its turn. `offered`: what an answer in it is about, as it was begun; undefined: nothing. */
export function typedLine(
  chat: ChatContext,
  line: string,
  entered: Omit<Entered, "by"> = { offered: chat.requests.newest() },
): () => Promise<void> {
  return () => runLine(chat, line, { ...entered, by: "person" });
}

/** A line of a rule of the person's: it names what it answers, and leaves alone what the person is asked. */
export function ruledLine(chat: ChatContext, line: string): () => Promise<void> {
  return () => runLine(chat, line, { by: "rule", offered: undefined });
}

/** Runs a line and says what was wrong with it. Throws only what ends the dialogue: an abort, or a terminal that is gone. */
async function runLine(
  chat: ChatContext,
  line: string,
  entered: Entered,
): Promise<void> {
  const { by } = entered;
  let called: SlashRow | undefined;
  let parsed: ChatLine<SlashRow, Partner> | undefined;
  try {
    // Rooms come and go by what others do: what was known before is not asked for each line.
    if (/^\\?#/.test(line.trim())) await chat.rooms.refresh();
    parsed = parse(chat, line);
    if (parsed.kind === "command") called = parsed.row;
    if (by === "person" && !isBareAnswer(parsed)) chat.requests.dropDoubted();
    await run(chat, parsed, entered);
  } catch (error) {
    if (chat.signal.aborted || error instanceof TerminalError) throw error;
    if (!(error instanceof HeliographError)) throw error;
    const { text, exit } = describeThrown(error);
    const isText = called === undefined || error.code === "not-sent";
    if (isText) chat.notSaid(exit);
    const isAlone = !chat.isAttended && by === "person";
    if (isAlone && (parsed === undefined || namesPartner(parsed))) chat.talkToNobody();
    const typed = called && asTyped(called, line);
    const words = called && typed ? respell(text, called.name, typed.name) : text;
    const example = typed && exampleAfter(error, typed);
    await chat.print(example === undefined ? `* ${words}` : `* ${words}\nExample: /${example}`);
  }
}

/** What is said of a command names it as it was typed: `/kickuser`, not `/kick`. */
function respell(text: string, name: string, typed: string): string {
  // Names of commands are letters, blanks and dashes.
  const named = new RegExp(`(?<=^|\\s)/${name}(?![\\w-])`, "g");
  return name === typed ? text : text.replace(named, () => `/${typed}`);
}

/** Whether the line says where the next ones go: in a pipe they must not go to whoever was addressed before. */
function namesPartner(parsed: ChatLine<SlashRow, Partner>): boolean {
  switch (parsed.kind) {
    case "addressed":
    case "doubtful":
    case "shouted":
      return true;
    case "command":
      return parsed.row.choosesPartner === true;
    case "empty":
    case "invalid":
    case "text":
      return false;
  }
}

/** `/y` or `/n` to whatever is asked. */
function isBareAnswer(parsed: ChatLine<SlashRow, Partner>): boolean {
  return parsed.kind === "command" && ANSWER_ROWS.some(({ name }) => name === parsed.row.name) &&
    parsed.values.argument("N") === undefined;
}

/** Whether a line is a command that reads keys itself. */
export function takesTerminal(
  chat: ChatContext,
  line: string,
  offered: string | undefined,
): boolean {
  const parsed = parse(chat, line);
  if (parsed.kind !== "command") return false;
  const { row: { takesTerminal = false }, values } = parsed;
  return typeof takesTerminal === "function"
    ? takesTerminal(chat, { values, offered })
    : takesTerminal && chat.stage.open !== undefined;
}

/** What stands before the line that is typed: with whom plain text is, and how many messages wait while busy. */
export function promptOf(
  chat: ChatContext,
  state: "starting" | "online" | "offline",
  waiting: number | undefined,
): SafeText {
  const partner = chat.partner === undefined ? "" : showPeer(chat.partner.peer, chat.partner.name);
  const offline = state === "offline" ? "(offline) " : "";
  const busy = waiting === undefined ? "" : waiting === 0 ? "(busy) " : `(busy, ${waiting} new) `;
  return safeText(`${offline}${busy}${partner}> `);
}

function parse(chat: ChatContext, line: string): ChatLine<SlashRow, Partner> {
  return parseChatLine(expandAlias(line, chat.stage.aliases ?? new Map()), {
    table: SLASH_TABLE,
    lookUp: (name) => lookUp(chat, name),
    resemble: (name) => resemble(chat, name),
    isOpen: ({ peer }) => peer === chat.partner?.peer,
    colonAddressing: true,
  });
}

async function run(
  chat: ChatContext,
  parsed: ChatLine<SlashRow, Partner>,
  { by, offered, unaddressed }: Entered,
): Promise<void> {
  switch (parsed.kind) {
    case "empty":
      return;
    case "text":
      if (unaddressed !== undefined) return await chat.printAll(unaddressed);
      if (chat.partner === undefined) throw nobodyAddressed(chat, parsed.text);
      return await say(chat, chat.partner, parsed.text);
    case "doubtful":
      return await askWhom(chat, parsed);
    case "shouted": {
      const { word, text } = parsed;
      const hint = `Type /${word.toLowerCase()} for the command`;
      return await askWhether(chat, text, `${word} without a slash is sent as text. ${hint}.`);
    }
    case "addressed":
      return await say(chat, await chat.findPartner(parsed.to.peer), parsed.text);
    case "command":
      return await parsed.row.run(chat, { ...parsed, offered, isRuled: by === "rule" });
    case "invalid":
      return await chat.print(`* ${parsed.message}`);
  }
}

/** The text names somebody who is not there by that name (row S0.21): never said to others without a question. */
async function askWhom(
  chat: ChatContext,
  { text, name, rest, resemblance }: Extract<ChatLine<SlashRow, Partner>, { kind: "doubtful" }>,
): Promise<void> {
  if (resemblance.is === "own") return await askWhether(chat, text, `${showName(name)} is you.`);
  if (resemblance.is === "spelling") {
    const { peer, name: exact } = resemblance.of;
    const shown = showPeer(peer, exact);
    const who = `${name} is spelled ${shown} here.`;
    // A command is about more than one word; it is typed again.
    if (rest.startsWith("/") || !chat.isAttended) throw notSent(`${who} Type ${shown}:${rest}`);
    const question = `Send it to ${shown}?`;
    return await doubt(chat, { to: resemblance.of, text: rest }, { why: who, question });
  }
  // One of which this profile does not know yet, or that it is not in: the reason is of more use.
  if (/^#[0-9]{1,9}$/.test(name)) return await say(chat, await findPartner(chat, name), rest);
  if (chat.partner === undefined) throw nobodyAddressed(chat, text);
  const hint = resemblance.is === "near" ? ` Did you mean ${showName(resemblance.name)}:?` : "";
  const who = name.startsWith("#") ? `No room ${safeText(name)} here.` : `${nobody(chat, name)}.`;
  await askWhether(chat, text, `${who}${hint}`);
}

/** Asks whether to say the whole text where plain text goes. Throws Refusal `not-sent` where nobody can be asked. */
async function askWhether(chat: ChatContext, text: string, why: string): Promise<void> {
  const to = chat.partner;
  if (to === undefined) throw notSent(why);
  const question = `Send it to ${showPeer(to.peer, to.name)} as text?`;
  await doubt(chat, { to, text }, { why, question });
}

function notSent(why: string): Refusal {
  return new Refusal("not-sent", `Not sent: ${why}`);
}

/** Plain text before anybody was addressed. What stands before a colon may have been meant as a name. */
function nobodyAddressed(chat: ChatContext, text: string): Refusal {
  const mentioned = lookUp(chat, /^@([^\s:]{1,90})\s/u.exec(text)?.[1] ?? "");
  if (mentioned !== undefined) {
    // On another page it would be said there: what goes to somebody does not hang on the page.
    const words = `This message is for nobody. Did you mean ${showName(mentioned.name)}:?`;
    return new Refusal("nobody-addressed", words);
  }
  const name = /^@?([^:]{1,90}):/u.exec(text)?.[1];
  // A full screen has a list to pick from, and keeps what was entered.
  if (name === undefined && chat.drawsCards === true) {
    const words = "Pick a conversation first: F2, or a click on the left. ↑ there has your text";
    return new Refusal("nobody-addressed", words);
  }
  const near = name === undefined ? undefined : chat.people.suggest(name);
  const hint = near === undefined ? HINT : `Did you mean ${showName(near)}:?`;
  const who = name === undefined ? "This message is for nobody" : nobody(chat, name);
  return new Refusal("nobody-addressed", `${who}. ${hint}`);
}

/** Why nobody has this name: without a connection only those are known whom this profile has met. */
function nobody(chat: ChatContext, name: string): string {
  if (name.startsWith("#")) return `You are in no room ${showRoom(name)}: /room list --open`;
  if (chat.client.isOnline) return noAccount(name);
  return `${showName(name)} is not known here, and there is no connection to look for them`;
}

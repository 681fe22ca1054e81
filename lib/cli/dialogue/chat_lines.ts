/** The lines of the dialogue. Pure: facts in, text out, and column 0 is always ours (SR-70). */

import type { AccountId, Peer } from "../../base/ids.ts";
import type { HistoryEntry } from "../../client/store/history.ts";
import type { EntryFacts } from "../../client/talk/facts.ts";
import { replaceEmoticons } from "../../commands/emoticons.ts";
import { type SafeText, safeText } from "../../base/safe_text.ts";
import { actionOf } from "../../app/talk/action.ts";
import type { Names } from "../../app/talk/entry_words.ts";
import { protectionMark } from "../../app/talk/entry_lines.ts";
import { changeWords, deletedWords, quoted } from "../../app/talk/change_words.ts";
import { showName, showPeer } from "../../app/names.ts";
import { shortTime } from "../../app/when.ts";
import type { Movements, Person } from "../../app/conversations/people.ts";
import { isDirect } from "../../client/store/conversation_kinds.ts";

/** What a line is made with. */
export interface LineStyle extends Names {
  readonly nowMs: number;
  /** Whether the person is asked about files of this one, and no rule of theirs answers. */
  isAskedAboutFiles(from: AccountId): boolean;
}

const NO_FACTS: EntryFacts = { delivery: undefined, reactions: [], target: undefined };

/** Row S0.20. */
export const HINT = "Start with NAME: or #ROOM: to say who it is for";

/** Names in an `active:` list; more are counted. */
const MAX_NAMES = 12;
/** More people coming or going at once are counted, not listed. */
const MAX_MOVEMENTS = 5;
/**
 * `18:59  bob ▸ hello`, in a room `18:59  #ops bob ▸ hello`, and `18:59  you to bob ▸ hello` for own texts. A check mark beside the name is a compared safety
 * number; a name cannot hold one without being quoted. `18:59  [broadcast #2, readable by all] bob ▸ hello`. What is known of a text stands before the `▸`, where no
 * text reaches: `18:59  bob (edited, answers bob: "lunch?", 👍 carol) ▸ hello`. What somebody does is `18:59  * bob waves`, in a room `18:59  #ops * bob waves`: lines
 * of the program have no time. `state`: how far an own text has come, for lists.
 */
export function messageLine(
  entry: HistoryEntry,
  style: LineStyle,
  { facts = NO_FACTS, state: delivery }: { facts?: EntryFacts; state?: string | undefined } = {},
): SafeText {
  const check = (of: Peer) => style.isVerified(of) ? "✓" : "";
  const peer = showPeer(entry.peer, style.nameOf(entry.peer)) + check(entry.peer);
  const isBetweenTwo = isDirect(entry.peer);
  const time = shortTime(entry.atMs, style.nowMs);
  const text = style.emoticons ? replaceEmoticons(entry.text) : entry.text;
  const where = `(${isBetweenTwo ? "with" : "in"} ${peer})`;
  if (entry.kind === "notice") {
    const isQuestion = entry.id === "file-offer" && style.isAskedAboutFiles(entry.from);
    const hint = isQuestion ? ": /y accepts, /n declines" : "";
    // A line that begins with who it is about says it once; a compared number is more than that.
    const isSaid = isBetweenTwo && entry.text.startsWith(`${peer} `);
    return safeText(`* ${entry.text}${isSaid ? "" : ` ${where}`}${hint}`);
  }
  const nameOf = (account: Peer) => showName(style.nameOf(account));
  if (entry.kind === "change" && entry.change?.type !== "edit") {
    return safeText(
      `* ${changeWords(entry, facts, nameOf)}${
        entry.change?.type === "delete" ? timeOf(facts, style) : ""
      } ${where}`,
    );
  }
  if (entry.deletedBy !== undefined) return safeText(`* ${deletedWords(entry, nameOf)} ${where}`);
  const from = isBetweenTwo
    ? peer
    : `${peer} ${showName(style.nameOf(entry.from))}${check(entry.from)}`;
  const mark = protectionMark(entry);
  if (mark !== undefined) {
    return safeText(`${time}  ${mark} ${entry.own ? "you" : from} ▸ ${text}`);
  }
  const state = delivery === undefined ? "" : ` (${delivery})`;
  const said = entry.kind === "change" ? facts.target?.text ?? "" : text;
  const marks = marksOf(entry, facts, style, nameOf);
  const action = entry.kind === "text" ? actionOf(said) : undefined;
  if (action !== undefined) {
    const known = entry.own ? "" : check(entry.from);
    const where = isBetweenTwo ? (entry.own ? `to ${peer} ` : "") : `${peer} `;
    const before = `${where}${marks === "" ? "" : `${marks.trimStart()} `}`;
    return safeText(`${time}  ${before}* ${nameOf(entry.from)}${known} ${action}${state}`);
  }
  return safeText(`${time}  ${entry.own ? `you to ${peer}` : from}${marks} ▸ ${said}${state}`);
}

/** Nothing of it is foreign but what stands between quotes, and emoji. */
function marksOf(
  { editedMs, replyTo, change }: HistoryEntry,
  facts: EntryFacts,
  style: LineStyle,
  nameOf: (account: Peer) => string,
): string {
  const { target, reactions } = facts;
  const marks: string[] = [];
  if (change !== undefined) {
    const number = target?.number === undefined ? "a message" : `message ${target.number}`;
    marks.push(`edits ${number}${timeOf(facts, style)}`);
  }
  if (editedMs !== undefined) marks.push("edited");
  if (replyTo !== undefined) marks.push(`replies to ${answered(target, nameOf)}`);
  for (const { account, emojis } of reactions) marks.push(`${emojis.join("")} ${nameOf(account)}`);
  return marks.length === 0 ? "" : ` (${marks.join(", ")})`;
}

/** Lines that were written before have no number: their time says which is meant. */
function timeOf({ target }: EntryFacts, { nowMs }: LineStyle): string {
  return target === undefined ? "" : ` from ${shortTime(target.atMs, nowMs)}`;
}

function answered(target: EntryFacts["target"], nameOf: (account: Peer) => string): string {
  if (target === undefined) return "a message that is not on this device";
  const who = target.own ? "you" : nameOf(target.from);
  return `${who}: ${target.deletedBy === undefined ? quoted(target.text) : "deleted"}`;
}

/** Cells by which further lines of a message stand in. */
export const MESSAGE_INDENT_CELLS = 7;

/** `active: alice, bob`. */
export function activeList(active: readonly Person[]): string {
  const names = active.slice(0, MAX_NAMES).map(({ name }) => showName(name));
  const more = active.length - names.length;
  return `online: ${names.join(", ")}${more > 0 ? ` and ${more.toLocaleString("en")} more` : ""}`;
}

/** `* bob joined (active: alice, bob)` (row S0.19), one line each, or one for all when they are many. */
export function movementLines(
  { joined, left, kicked, registered }: Movements,
  active: readonly Person[],
): readonly SafeText[] {
  const count = joined.length + left.length + kicked.length + registered.length;
  const list = activeList(active);
  if (count > MAX_MOVEMENTS) {
    const parts: string[] = [];
    if (joined.length > 0) parts.push(`${joined.length} joined`);
    if (left.length > 0) parts.push(`${left.length} left`);
    if (kicked.length > 0) parts.push(`${kicked.length} were kicked`);
    if (registered.length > 0) parts.push(`${registered.length} registered`);
    return [safeText(`* ${parts.join(", ")} (${list})`)];
  }
  return [
    ...registered.map(({ name }) => safeText(`* ${showName(name)} is new on this server`)),
    ...joined.map(({ name }) => safeText(`* ${showName(name)} joined (${list})`)),
    ...kicked.map(({ name }) => safeText(`* ${showName(name)} was kicked (${list})`)),
    ...left.map(({ name }) => safeText(`* ${showName(name)} left (${list})`)),
  ];
}

/** From what is stored to what is shown. */

import type { PlacedEntry } from "../client/store/history.ts";
import { onOneLine, type SafeText, safeText } from "../base/safe_text.ts";
import type { Delivery, Item } from "./model.ts";
import type { AppEvent } from "../app/events.ts";
import { showPeer, typeName } from "../app/names.ts";
import type { ListedPeer, Place, TalkFacts } from "./talk.ts";
import { isDirect, kindOf } from "../client/store/conversation_kinds.ts";

/** What everyone reads stands beside the conversations, on the program's own page. */
export function placeOf({ kind, peer }: Pick<PlacedEntry, "kind" | "peer">): Place {
  return kind === "broadcast" ? undefined : peer;
}

/** Rooms, then everyone who was ever met or is on the server. */
export function listOf(
  { people, rooms }: Pick<Extract<AppEvent, { type: "list" }>, "people" | "rooms">,
): readonly ListedPeer[] {
  return [
    ...rooms.map(({ room, label, topic }): ListedPeer => ({
      peer: room,
      name: showPeer(room, label),
      typed: typeName(label),
      presence: "room",
      trust: "unverified",
      about: topic,
    })),
    ...people.map(({ account, name, isOnline, isBusy, trust }): ListedPeer => ({
      peer: account,
      name: showPeer(account, name),
      typed: typeName(name),
      presence: isBusy ? "busy" : isOnline ? "here" : "away",
      trust,
      about: "",
    })),
  ];
}

/** An entry of the history as it is shown. */
export function itemOf(entry: PlacedEntry, facts: TalkFacts, ownName: string): Item {
  const { place, atMs } = entry;
  const key = `${place}`;
  const { mark, text } = facts.wordsOf(entry);
  if (entry.kind !== "text" && entry.kind !== "broadcast") {
    return { kind: "line", key, place, text: safeText(`* ${text}`), atMs };
  }
  return {
    kind: "said",
    key,
    place,
    id: entry.id,
    number: entry.kind === "text" && kindOf(entry.peer).isNumbered ? entry.number : undefined,
    from: entry.own ? safeText("you") : nameFor(entry, facts),
    own: entry.own,
    isVerified: !entry.own && facts.isVerified(entry.from),
    mentions: !entry.own && isNamed(text, ownName),
    mark: mark === undefined ? undefined : safeText(mark),
    text: safeText(text),
    atMs,
  };
}

/** A line of the program that is not stored. */
export function lineItem(text: string, number: number, atMs: number): Item {
  return { kind: "line", key: `line ${number}`, place: undefined, text: safeText(text), atMs };
}

/** How far a text has come, in the words of the screen. */
export function deliveryOf(state: string | undefined): Delivery | undefined {
  if (state === "queued" || state === "sealed") return "waiting";
  return state === "sent" || state === "delivered" || state === "failed" ? state : undefined;
}

function nameFor(entry: PlacedEntry, facts: TalkFacts): SafeText {
  const who = isDirect(entry.peer) ? entry.peer : entry.from;
  return onOneLine(safeText(facts.nameOf(who)));
}

/** Whether a text has a name in it, as a word of its own. */
function isNamed(text: string, name: string): boolean {
  const words = text.toLowerCase();
  const wanted = name.toLowerCase();
  for (let at = words.indexOf(wanted); at >= 0; at = words.indexOf(wanted, at + 1)) {
    const before = words.slice(0, at).at(-1) ?? " ";
    const after = words[at + wanted.length] ?? " ";
    if (!/[\p{L}\p{N}_]/u.test(before) && !/[\p{L}\p{N}_]/u.test(after)) return wanted !== "";
  }
  return false;
}

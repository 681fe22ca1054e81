/** The title above the conversation and the status line below everything. Pure. */

import type { Span } from "../../terminal/cells/cell_grid.ts";
import { onOneLine, safeText } from "../../base/safe_text.ts";
import { textWidthCells, truncateToWidth } from "../../terminal/cells/text_width.ts";
import { clockTime, type Row } from "../drawing/item_lines.ts";
import { isRoom } from "../../base/ids.ts";
import { pageName } from "./page_name.ts";
import { listedAt, type Model } from "../../app/conversations/model.ts";
import type { ListedPeer } from "../../app/conversations/listed_peers.ts";
import type { Theme } from "../theme/theme.ts";
import { transferWords } from "./transfer_words.ts";
import { totalUnread } from "../../app/conversations/update.ts";
import { showName } from "../../app/names.ts";
import type { Names } from "../../app/talk/entry_words.ts";
import { isDirect } from "../../client/store/conversation_kinds.ts";

/** Of the state so much stays: whether the server is there. */
const MIN_STATE_CELLS = 8;

/** Of a server that is there: all that it passes on is. */
const SEALED_WORDS = "end-to-end encrypted";

/** The words of the interface for it. */
export const PRESENCE_WORDS: Readonly<Record<ListedPeer["presence"], string>> = {
  here: "online",
  away: "offline",
  busy: "busy",
  room: "room",
};

const TRUST_WORDS: Readonly<Record<ListedPeer["trust"], string>> = {
  verified: "✓ verified",
  unverified: "not verified",
  changed: "! safety number changed",
};

/** With whom, and what there is to know about that: how sure it is, or what the room is about. */
interface TitleParts {
  readonly title: Row;
  readonly facts: Row;
  readonly isChanged: boolean;
}

/** What a title is made with. */
interface TitleLook {
  readonly theme: Theme;
  readonly names: Names;
}

/** In spans of their own, for the edge of a frame. */
export function titleParts(model: Model, { theme, names }: TitleLook): TitleParts {
  const listed = listedAt(model, model.open);
  const typing = typingWords(model, names);
  if (listed === undefined) {
    const { open } = model;
    const title = [{ text: pageName(model, open), style: theme.own }];
    if (open === undefined || !isRoom(open)) return { title, facts: [], isChanged: false };
    const gone = { text: safeText("  you are no longer in this room"), style: theme.faint };
    return { title: [...title, gone], facts: [], isChanged: false };
  }
  const title = [{ text: onOneLine(safeText(listed.name)), style: theme.own }];
  const { trust, presence } = listed;
  if (!isDirect(listed.peer)) {
    const about = [typing, listed.notice ?? "", onOneLine(safeText(listed.about))]
      .filter((part) => part !== "").join(" · ");
    const text = safeText(`  ${about}`);
    const topic = about === "" ? [] : [{ text, style: theme.faint }];
    return { title: [...title, ...topic], facts: [], isChanged: false };
  }
  const isChanged = trust === "changed";
  const style = isChanged ? theme.alarm : trust === "verified" ? theme.good : theme.faint;
  const facts = [
    {
      text: safeText(`${typing === "" ? PRESENCE_WORDS[presence] : typing} · `),
      style: theme.faint,
    },
    { text: safeText(TRUST_WORDS[trust]), style },
  ];
  return { title, facts, isChanged };
}

/** The same as one row. */
export function titleRow(model: Model, widthCells: number, look: TitleLook): Row {
  const { theme } = look;
  const { title, facts, isChanged } = titleParts(model, look);
  const words = (row: Row) => row.map(({ text }) => text).join("");
  const right = facts.length === 0 ? "" : `${words(facts)} `;
  return bar(` ${words(title)}`, right, {
    widthCells,
    style: isChanged ? theme.barAlert : theme.bar,
  });
}

/** `typing…`, in a room `bob is typing…`, of several how many. */
function typingWords({ typing, open }: Model, names: Names): string {
  const accounts = open === undefined ? [] : typing.get(open) ?? [];
  if (accounts.length === 0 || open === undefined) return "";
  if (isDirect(open)) return "typing…";
  const [first] = accounts;
  return accounts.length === 1
    ? `${onOneLine(safeText(showName(names.nameOf(first))))} is typing…`
    : `${accounts.length} are typing…`;
}

/** What a person wants to know at any time. `hint` is for what can be done just now. */
export function statusRow(model: Model, hint: string, options: {
  readonly widthCells: number;
  readonly theme: Theme;
  /** What is to be said all the time; empty: nothing. */
  readonly notice: string;
}): Row {
  const { theme, widthCells } = options;
  const { unread, mentions } = totalUnread(model);
  const transfers = transferWords(model.transfers, model.ended);
  const state = connectionWords(model);
  const parts = [state];
  if (options.notice !== "") parts.push(options.notice);
  if (model.waiting === 0) parts.push("busy");
  else if (model.waiting !== undefined) parts.push(`busy, ${model.waiting} waiting`);
  if (model.connection === "online") parts.push(SEALED_WORDS);
  const mentioned = mentions === 1 ? ", 1 mention" : mentions > 1 ? `, ${mentions} mentions` : "";
  if (unread > 0) parts.push(`${unread} unread${mentioned}`);
  if (transfers !== "") parts.push(transfers);
  const whole = ` ${onOneLine(safeText(model.ownName))}  ${clockTime(model.nowMs)} `;
  const least = MIN_STATE_CELLS + textWidthCells(safeText(hint)) + 5;
  const rightCells = textWidthCells(safeText(whole));
  const right = rightCells * 2 < widthCells && widthCells - rightCells >= least ? whole : "";
  const room = widthCells - textWidthCells(safeText(right));
  const left = statusWords(parts, hint, room - 2);
  const [begin, fill, end] = bar(` ${left}`, right, { widthCells, style: theme.bar });
  const tail = end === undefined ? [] : [{ ...end, style: theme.barEnd }];
  return [...inTones(begin, state, model, theme), fill, ...tail];
}

/** How it stands, with its sign in a colour, apart from the rest. */
function inTones({ text, style }: Span, state: string, model: Model, theme: Theme): Row {
  const end = ` ${state}`;
  if (!text.startsWith(end)) return [{ text, style }];
  // A tone of its own sets it apart as a dot would.
  const rest = safeText(text.slice(end.length + 1).replace(/^\u00b7/, " "));
  if (model.connection === "offline") {
    return [
      { text: safeText(`${end} `), style: theme.barAlert },
      { text: rest, style },
    ];
  }
  const sign = model.connection === "online" ? theme.barGood : theme.barBusy;
  return [
    { text: safeText(text.slice(0, 2)), style: sign },
    { text: safeText(`${end.slice(2)} `), style: theme.barEnd },
    { text: rest, style },
  ];
}

/** A key that is named here is named whole, whatever else there is to say. */
function statusWords(parts: readonly string[], hint: string, widthCells: number): string {
  const keys = hint === "" ? "" : ` · ${fitHint(hint, widthCells)}`;
  const room = widthCells - textWidthCells(safeText(keys));
  const words = fitWords(parts, room);
  return room < MIN_STATE_CELLS ? words : `${truncateToWidth(safeText(words), room)}${keys}`;
}

/** What is always so gives way to what is new, and then the last to the first: a part is whole, or not there. */
function fitWords(parts: readonly string[], widthCells: number): string {
  const words = parts.join(" · ");
  if (parts.length === 1 || textWidthCells(safeText(words)) <= widthCells) return words;
  const others = parts.filter((part) => part !== SEALED_WORDS);
  return fitWords(others.length < parts.length ? others : parts.slice(0, -1), widthCells);
}

function connectionWords({ connection }: Model): string {
  if (connection === "online") return "● online";
  return connection === "starting" ? "◌ connecting" : "○ offline, trying again";
}

/**
 * Hints that are apart by ` · `, as many as have room: none is cut. The first says what is done here and the last how to leave, so
 * those between them go first, and then the first.
 */
export function fitHint(hint: string, widthCells: number): string {
  const parts = hint.split(" · ");
  while (parts.length > 1 && textWidthCells(safeText(parts.join(" · "))) > widthCells) {
    parts.splice(Math.max(0, parts.length - 2), 1);
  }
  return truncateToWidth(safeText(parts.join(" · ")), Math.max(1, widthCells));
}

/** What is, at the left, and the keys for it: what is gives way, and no key is cut. */
export function caption(words: string, hint: string, widthCells: number): string {
  if (hint === "") return words;
  const least = Math.min(textWidthCells(safeText(words)), Math.floor(widthCells / 3));
  const keys = fitHint(hint, Math.max(1, widthCells - least - 2));
  const room = widthCells - textWidthCells(safeText(keys)) - 2;
  return `${truncateToWidth(safeText(words), Math.max(1, room))}  ${keys}`;
}

/** Words at the left and, where there is room for both, at the right. */
export function bar(
  left: string,
  right: string,
  { widthCells, style }: { readonly widthCells: number; readonly style: Span["style"] },
): Row {
  const end = safeText(right);
  const hasRoom = textWidthCells(end) * 2 <= widthCells;
  const leftCells = hasRoom ? widthCells - textWidthCells(end) : widthCells;
  const start = truncateToWidth(safeText(left), Math.max(0, leftCells - 1));
  const pad = Math.max(0, leftCells - textWidthCells(start));
  return [
    { text: start, style },
    { text: safeText(" ".repeat(pad)), style },
    ...hasRoom ? [{ text: end, style }] : [],
  ];
}

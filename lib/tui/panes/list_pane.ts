/** The list of conversations: who is there, what is new, below headings that share the room fairly. Pure. */

import { isRoom } from "../../base/ids.ts";
import type { CellGrid, CellStyle, Span } from "../../terminal/cells/cell_grid.ts";
import { onOneLine, type SafeText, safeText } from "../../base/safe_text.ts";
import { textWidthCells, truncateToWidth } from "../../terminal/cells/text_width.ts";
import type { Row } from "../drawing/item_lines.ts";
import type { Layout } from "../drawing/layout.ts";
import { type Model, pageOf, type Place, shownOf } from "../../app/conversations/model.ts";
import type { ListedPeer } from "../../app/conversations/listed_peers.ts";
import type { Heading, Section } from "../../app/conversations/list_order.ts";
import type { Theme } from "../theme/theme.ts";

/** What a click on a row of the list does: open a conversation, fold a heading, or show all that there is to go to. */
export type ListTarget =
  | { readonly place: Place }
  | { readonly fold: Heading }
  | { readonly more: true };

/** A row of the list; one without a target is blank. */
interface ListRow {
  readonly spans: Row;
  readonly target: ListTarget | undefined;
}

/** How wide the list is, and what it looks like. */
interface ListOptions {
  readonly widthCells: number;
  readonly theme: Theme;
}

const SIGNS: Readonly<Record<ListedPeer["presence"], string>> = {
  room: "#",
  here: "●",
  away: "○",
  busy: "◐",
};

const TITLES: Readonly<Record<Heading, string>> = {
  pinned: "Pinned",
  rooms: "Rooms",
  people: "People",
};

/** What the program's own page is called. */
export const OWN_PAGE: SafeText = safeText("heliograph");

/** Draws the list and the line beside it; returns what a click on each of its rows does. */
export function drawList(
  grid: CellGrid,
  { list, divider }: Layout,
  { model, theme }: { readonly model: Model; readonly theme: Theme },
): readonly (ListTarget | undefined)[] {
  const { widthCells, heightCells } = list;
  const rows = widthCells < 4 || heightCells < 1
    ? []
    : listRows(model, heightCells, { widthCells, theme });
  rows.forEach(({ spans }, i) => grid.write(list, list.row + i, spans));
  for (let i = 0; i < divider.heightCells; i++) {
    grid.write(divider, divider.row + i, [{ text: safeText("│"), style: theme.line }]);
  }
  return rows.map(({ target }) => target);
}

/** As many rows as there is room for, the open conversation among them. */
function listRows(model: Model, heightCells: number, options: ListOptions): readonly ListRow[] {
  const own = ownRow(model, options);
  const parts = model.sections.map((section) => ({ section, peers: shownOf(model, section) }));
  const wanted = parts.map(({ peers }) => peers.length);
  const rowsIn = (gaps: number) => Math.max(0, heightCells - 1 - parts.length * (1 + gaps));
  const hasGaps = heightCells >= MIN_ROWS_FOR_GAPS || rowsIn(1) >= sum(wanted);
  const shares = shareOut(rowsIn(hasGaps ? 1 : 0), wanted);
  const rows = parts.flatMap(({ section, peers }, i) => [
    ...hasGaps ? [{ spans: [], target: undefined }] : [],
    headingRow(model, section, options),
    ...windowRows(model, peers, {
      ...options,
      heightCells: Math.max(shares[i] ?? 0, peers.some(({ peer }) => peer === model.open) ? 1 : 0),
    }),
  ]);
  const all = [own, ...rows];
  // On a screen of a few rows the headings alone have no room: the open one is what has to be seen.
  const openAt = all.findIndex(({ target }) =>
    target !== undefined && "place" in target && target.place === model.open
  );
  const top = Math.max(0, Math.min(openAt - heightCells + 1, all.length - heightCells));
  return all.slice(top, top + heightCells);
}

/** From this many rows on, a blank one stands above each heading even where not everybody has room. */
const MIN_ROWS_FOR_GAPS = 30;

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, one) => all + one, 0);
}

/** Everyone gets what they want, or an equal part of what is left for those who want more. */
export function shareOut(room: number, wanted: readonly number[]): readonly number[] {
  const shares = wanted.map(() => 0);
  let left = room;
  for (;;) {
    const hungry = wanted.flatMap((want, i) => want > (shares[i] ?? 0) ? [i] : []);
    const part = Math.floor(left / Math.max(1, hungry.length));
    if (hungry.length === 0 || left < 1) return shares;
    for (const i of hungry) {
      const more = Math.min(Math.max(1, part), (wanted[i] ?? 0) - (shares[i] ?? 0), left);
      shares[i] = (shares[i] ?? 0) + more;
      left -= more;
    }
  }
}

/** From this many rows on, the first or last of them may say how many are not seen. */
const MIN_ROWS_FOR_HINTS = 3;

/** What is below one heading: its beginning, or what is around the open one, and how many more there are. */
function windowRows(
  model: Model,
  peers: readonly ListedPeer[],
  { heightCells, ...options }: ListOptions & { readonly heightCells: number },
): readonly ListRow[] {
  const openAt = peers.findIndex(({ peer }) => peer === model.open);
  const first = Math.max(
    0,
    Math.min(openAt - Math.floor(heightCells / 2), peers.length - heightCells),
  );
  const seen = peers.slice(first, first + heightCells);
  const rows = seen.map((listed) => placeRow(model, listed, options));
  if (heightCells < MIN_ROWS_FOR_HINTS) return rows;
  const above = peers.slice(0, first + 1);
  const below = peers.slice(first + heightCells - 1);
  if (above.length > 1) rows[0] = moreRow(model, "▲", above, options);
  if (below.length > 1) rows[rows.length - 1] = moreRow(model, "▼", below, options);
  return rows;
}

function moreRow(
  model: Model,
  sign: string,
  hidden: readonly ListedPeer[],
  { widthCells, theme }: ListOptions,
): ListRow {
  const unread = countUnread(model, hidden);
  const more = `  ${sign} ${hidden.length} more`;
  const news = newsWords(unread, widthCells);
  // What is unread is said whole, and first of all.
  const isNarrow = textWidthCells(safeText(more + news)) > widthCells;
  const words = isNarrow && unread > 0 ? `  ${sign} ${badgeNumber(unread)} unread` : more + news;
  const text = truncateToWidth(safeText(words), widthCells);
  return {
    spans: [{ text, style: unread > 0 ? theme.fresh : theme.faint }],
    target: { more: true },
  };
}

/** Below this width the number of what is unread stands alone. */
const MIN_CELLS_FOR_WORDS = 24;

function headingRow(model: Model, { heading, peers }: Section, options: ListOptions): ListRow {
  const { widthCells, theme } = options;
  const unread = countUnread(model, peers);
  const sign = model.folded.has(heading) ? "▸" : "▾";
  const title = safeText(` ${sign} ${TITLES[heading]}`);
  const count = safeText(` ${peers.length}`);
  const left = widthCells - textWidthCells(title);
  const news = newsWords(unread, widthCells);
  return {
    spans: [
      { text: truncateToWidth(title, widthCells), style: theme.own },
      { text: truncateToWidth(count, Math.max(0, left)), style: theme.faint },
      {
        text: truncateToWidth(safeText(news), Math.max(0, left - textWidthCells(count))),
        style: theme.fresh,
      },
    ],
    target: { fold: heading },
  };
}

/** Behind a count: how much of it is unread. */
function newsWords(unread: number, widthCells: number): string {
  if (unread === 0) return "";
  return widthCells < MIN_CELLS_FOR_WORDS
    ? ` · ${badgeNumber(unread)}`
    : ` · ${badgeNumber(unread)} unread`;
}

/** More takes the room of the name, and nobody reads it. */
function badgeNumber(unread: number): string {
  return unread > 999 ? "999+" : `${unread}`;
}

function countUnread(model: Model, peers: readonly ListedPeer[]): number {
  return sum(peers.map(({ peer, notify }) => notify === "none" ? 0 : pageOf(model, peer).unread));
}

function ownRow(model: Model, options: ListOptions): ListRow {
  const spans = lineRow(model, undefined, {
    ...options,
    sign: { text: safeText("▪ "), style: options.theme.faint },
    name: OWN_PAGE,
    trust: "",
    isMuted: false,
  });
  return { spans, target: { place: undefined } };
}

function placeRow(model: Model, listed: ListedPeer, options: ListOptions): ListRow {
  const { peer, trust, notify } = listed;
  const spans = lineRow(model, peer, {
    ...options,
    sign: signOf(listed, options.theme),
    name: nameOf(listed),
    trust: trust === "verified" ? "✓" : trust === "changed" ? "!" : "",
    isMuted: notify === "none",
  });
  return { spans, target: { place: peer } };
}

interface LineOptions extends ListOptions {
  readonly sign: Span;
  readonly name: SafeText;
  readonly trust: string;
  readonly isMuted: boolean;
}

function lineRow(model: Model, place: Place, options: LineOptions): Row {
  const { widthCells, theme, sign, trust, isMuted } = options;
  const { unread, mentions } = pageOf(model, place);
  const count = unread === 0 ? "" : badgeNumber(unread);
  const badge = mentions > 0 && !isMuted ? `!${count}` : count;
  const isOpen = model.open === place;
  const style = isOpen
    ? theme.open
    : isMuted
    ? theme.faint
    : unread > 0
    ? theme.unread
    : theme.text;
  // A blank at each end and one below a heading, two for the sign, one before the badge.
  const indentCells = place === undefined ? 1 : 2;
  const room = widthCells - 3 - indentCells - trust.length - (badge === "" ? 0 : badge.length + 1);
  const name = truncateToWidth(options.name, Math.max(1, room));
  const pad = Math.max(0, room - textWidthCells(name));
  const on = (span: Span): Span => isOpen ? { ...span, style: theme.open } : span;
  const blank = { text: safeText(" "), style };
  const badgeStyle = mentions > 0 && !isMuted ? theme.selected : style;
  return [
    { text: safeText(" ".repeat(indentCells)), style },
    on(sign),
    { text: name, style },
    on({ text: safeText(trust), style: trust === "!" ? theme.alarm : theme.good }),
    { text: safeText(" ".repeat(pad)), style },
    ...badge === "" ? [] : [blank, { text: safeText(badge), style: badgeStyle }],
    blank,
  ];
}

function signOf({ presence }: ListedPeer, theme: Theme): { text: SafeText; style: CellStyle } {
  const style = presence === "here" ? theme.here : presence === "busy" ? theme.busy : theme.faint;
  return { text: safeText(`${SIGNS[presence]} `), style };
}

/** A room's own sign stands before it already. */
function nameOf({ peer, name }: ListedPeer): SafeText {
  return onOneLine(safeText(isRoom(peer) ? name.replace(/^#/, "") : name));
}

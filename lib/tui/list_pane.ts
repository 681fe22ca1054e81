/** The list of conversations: who is there, and what is unread. Pure. */

import { isRoom } from "../base/ids.ts";
import type { CellGrid, CellStyle, Span } from "../terminal/cell_grid.ts";
import { onOneLine, type SafeText, safeText } from "../base/safe_text.ts";
import { textWidthCells, truncateToWidth } from "../terminal/text_width.ts";
import type { Row } from "./item_lines.ts";
import type { Layout } from "./layout.ts";
import { type Model, pageOf, placesInOrder } from "../app/conversations/model.ts";
import type { ListedPeer } from "../app/conversations/listed_peers.ts";
import type { Place } from "../app/conversations/model.ts";
import type { Theme } from "./theme.ts";

/** A row of the list, and what it opens; undefined for those that are no conversation. */
export interface ListRow {
  readonly spans: Row;
  readonly opens: { readonly place: Place } | undefined;
}

const SIGNS: Readonly<Record<ListedPeer["presence"], string>> = {
  room: "#",
  here: "●",
  away: "○",
  busy: "◐",
};

/** What the program's own page is called. */
export const OWN_PAGE: SafeText = safeText("heliograph");

/** Draws the list and the line beside it; returns what a click on each of its rows opens. */
export function drawList(
  grid: CellGrid,
  { list, divider }: Layout,
  { model, theme }: { readonly model: Model; readonly theme: Theme },
): readonly ListRow["opens"][] {
  const rows = listRows(model, { ...list, theme });
  rows.forEach(({ spans }, i) => grid.write(list, list.row + i, spans));
  for (let i = 0; i < divider.heightCells; i++) {
    grid.write(divider, divider.row + i, [{ text: safeText("│"), style: theme.faint }]);
  }
  return rows.map(({ opens }) => opens);
}

/** As many rows as there is room for, the open conversation among them. */
function listRows(
  model: Model,
  options: { readonly widthCells: number; readonly heightCells: number; readonly theme: Theme },
): readonly ListRow[] {
  const { widthCells, heightCells } = options;
  if (widthCells < 4 || heightCells < 1) return [];
  const places = placesInOrder(model);
  const top = firstSeen(places.indexOf(model.open), places.length, heightCells);
  const seen = places.slice(top, top + heightCells);
  const rows = seen.map((place): ListRow => ({
    spans: placeRow(model, place, options),
    opens: { place },
  }));
  const above = countUnread(model, places.slice(0, top));
  const below = countUnread(model, places.slice(top + heightCells));
  if (above > 0 && rows.length > 1) rows[0] = hintRow(`▲ ${above} unread`, options);
  if (below > 0 && rows.length > 1) rows[rows.length - 1] = hintRow(`▼ ${below} unread`, options);
  return rows;
}

/** The open one stays two rows off the edges. */
function firstSeen(open: number, count: number, heightCells: number): number {
  const wanted = open - heightCells + 3;
  return Math.max(0, Math.min(wanted, count - heightCells));
}

function countUnread(model: Model, places: readonly Place[]): number {
  return places.reduce((sum: number, place) => sum + pageOf(model, place).unread, 0);
}

function hintRow(
  words: string,
  { widthCells, theme }: { widthCells: number; theme: Theme },
): ListRow {
  const text = truncateToWidth(safeText(` ${words}`), widthCells);
  return { spans: [{ text, style: theme.fresh }], opens: undefined };
}

function placeRow(
  model: Model,
  place: Place,
  { widthCells, theme }: { widthCells: number; theme: Theme },
): Row {
  const listed = model.peers.find(({ peer }) => peer === place);
  const { unread, mentions } = pageOf(model, place);
  const isOpen = model.open === place;
  const count = unread === 0 ? "" : unread > 999 ? "999+" : String(unread);
  const badge = mentions > 0 ? `!${count}` : count;
  const style = isOpen ? theme.open : unread > 0 ? theme.unread : theme.text;
  const sign = signOf(listed, theme);
  const trust = listed?.trust === "verified" ? "✓" : listed?.trust === "changed" ? "!" : "";
  const room = widthCells - 3 - trust.length - (badge === "" ? 0 : badge.length + 1);
  const name = truncateToWidth(nameOf(listed), Math.max(1, room));
  const pad = Math.max(0, room - textWidthCells(name));
  const on = (span: Span): Span => isOpen ? { ...span, style: theme.open } : span;
  return [
    on({ text: sign.text, style: sign.style }),
    { text: name, style },
    on({ text: safeText(trust), style: trust === "!" ? theme.alarm : theme.good }),
    { text: safeText(" ".repeat(pad)), style },
    ...badge === "" ? [{ text: safeText(" "), style }] : [
      { text: safeText(" "), style },
      { text: safeText(badge), style: mentions > 0 ? theme.selected : style },
      { text: safeText(" "), style },
    ],
  ];
}

function signOf(
  listed: ListedPeer | undefined,
  theme: Theme,
): { text: SafeText; style: CellStyle } {
  if (listed === undefined) return { text: safeText("▪ "), style: theme.faint };
  const style = listed.presence === "here"
    ? theme.here
    : listed.presence === "busy"
    ? theme.busy
    : theme.faint;
  return { text: safeText(`${SIGNS[listed.presence]} `), style };
}

/** A room's own sign stands before it already. */
function nameOf(listed: ListedPeer | undefined): SafeText {
  if (listed === undefined) return OWN_PAGE;
  const name = isRoom(listed.peer) ? listed.name.replace(/^#/, "") : listed.name;
  return onOneLine(safeText(name));
}

/** The title above the conversation and the status line below everything. Pure. */

import type { Span } from "../terminal/cell_grid.ts";
import { onOneLine, safeText } from "../base/safe_text.ts";
import { textWidthCells, truncateToWidth } from "../terminal/text_width.ts";
import { clockTime, type Row } from "./item_lines.ts";
import { OWN_PAGE } from "./list_pane.ts";
import { listedAt, type Model } from "../app/conversations/model.ts";
import type { ListedPeer } from "../app/conversations/listed_peers.ts";
import type { Theme } from "./theme.ts";
import { transferWords } from "./transfer_words.ts";
import { totalUnread } from "../app/conversations/update.ts";
import { isDirect } from "../client/store/conversation_kinds.ts";

const PRESENCE_WORDS: Readonly<Record<ListedPeer["presence"], string>> = {
  here: "here",
  away: "away",
  busy: "busy",
  room: "room",
};

const TRUST_WORDS: Readonly<Record<ListedPeer["trust"], string>> = {
  verified: "✓ verified",
  unverified: "not verified",
  changed: "! safety number changed",
};

/** With whom, and how sure that is. */
export function titleRow(model: Model, widthCells: number, theme: Theme): Row {
  const listed = listedAt(model, model.open);
  if (listed === undefined) return bar(` ${OWN_PAGE}`, "", { widthCells, style: theme.bar });
  const isChanged = listed.trust === "changed";
  const name = onOneLine(safeText(listed.name));
  if (!isDirect(listed.peer)) {
    const about = [listed.notice ?? "", onOneLine(safeText(listed.about))]
      .filter((part) => part !== "").join(" · ");
    return bar(` ${name}${about === "" ? "" : `  ${about}`}`, "", { widthCells, style: theme.bar });
  }
  const facts = `${PRESENCE_WORDS[listed.presence]} · ${TRUST_WORDS[listed.trust]} `;
  return bar(` ${name}`, facts, { widthCells, style: isChanged ? theme.barAlert : theme.bar });
}

/** What a person wants to know at any time. `hint` is for what can be done just now. */
export function statusRow(model: Model, hint: string, options: {
  readonly widthCells: number;
  readonly theme: Theme;
  /** What is to be said all the time; empty: nothing. */
  readonly notice: string;
}): Row {
  const { unread, mentions } = totalUnread(model);
  const transfers = transferWords(model.transfers);
  const parts = [connectionWords(model)];
  if (options.notice !== "") parts.push(options.notice);
  if (model.waiting !== undefined) parts.push(`busy, ${model.waiting} wait`);
  if (model.connection === "online") parts.push("sealed end to end");
  if (unread > 0) parts.push(`${unread} unread${mentions > 0 ? `, ${mentions} for you` : ""}`);
  if (transfers !== "") parts.push(transfers);
  if (hint !== "") parts.push(hint);
  const style = model.connection === "offline" ? options.theme.barAlert : options.theme.bar;
  const right = `${onOneLine(safeText(model.ownName))}  ${clockTime(model.nowMs)} `;
  return bar(` ${parts.join(" · ")}`, right, { widthCells: options.widthCells, style });
}

function connectionWords({ connection }: Model): string {
  if (connection === "online") return "● online";
  return connection === "starting" ? "◌ connecting" : "○ offline, trying again";
}

/** Words at the left and, where there is room for both, at the right. */
export function bar(
  left: string,
  right: string,
  { widthCells, style }: { readonly widthCells: number; readonly style: Span["style"] },
): Row {
  const end = safeText(right);
  const hasRoom = textWidthCells(end) * 2 < widthCells;
  const leftCells = hasRoom ? widthCells - textWidthCells(end) : widthCells;
  const start = truncateToWidth(safeText(left), Math.max(0, leftCells - 1));
  const pad = Math.max(0, leftCells - textWidthCells(start));
  return [
    { text: start, style },
    { text: safeText(" ".repeat(pad)), style },
    ...hasRoom ? [{ text: end, style }] : [],
  ];
}

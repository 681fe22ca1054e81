/** What an empty page says: what to do next. Pure. */

import { onOneLine, safeText } from "../../base/safe_text.ts";
import { layOutLines } from "../../terminal/cells/text_layout.ts";
import type { Row } from "../drawing/item_lines.ts";
import { homeRows } from "./home_page.ts";
import { listedAt, type Model } from "../../app/conversations/model.ts";
import type { ListedPeer } from "../../app/conversations/listed_peers.ts";
import type { Theme } from "../theme/theme.ts";
import { isDirect } from "../../client/store/conversation_kinds.ts";

/** Rows for a page on which nothing stands yet. */
export function hintsFor(
  model: Model,
  options: {
    readonly widthCells: number;
    readonly heightCells: number;
    readonly theme: Theme;
  },
): readonly Row[] {
  const { widthCells, theme } = options;
  const listed = listedAt(model, model.open);
  if (listed === undefined) return homeRows(model, options);
  const lines = linesFor(listed).flatMap((line) =>
    layOutLines(safeText(line === "" ? " " : ` ${line}`), {
      widthCells: Math.max(2, widthCells),
      indentCells: 1,
    })
  );
  return lines.map((text): Row => [{ text, style: theme.faint }]);
}

function linesFor(listed: ListedPeer): readonly string[] {
  const name = onOneLine(safeText(listed.name));
  if (!isDirect(listed.peer)) {
    const { notice } = listed;
    return [
      `No messages in ${name} yet. Type one, and press enter.`,
      ...(notice === undefined ? [] : ["", `It is ${notice}.`]),
    ];
  }
  const verify = listed.trust === "verified"
    ? []
    : [`/verify shows the number that you and ${name} compare, to rule out anybody in between.`];
  return [
    `No messages with ${name} yet. Type one, and press enter: it is end-to-end encrypted.`,
    ...verify,
  ];
}

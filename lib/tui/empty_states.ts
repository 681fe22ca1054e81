/** What an empty page says: what to do next. Pure. */

import { onOneLine, safeText } from "../base/safe_text.ts";
import { layOutLines } from "../terminal/text_layout.ts";
import type { Row } from "./item_lines.ts";
import { listedAt, type Model } from "../app/conversations/model.ts";
import type { Theme } from "./theme.ts";
import { isDirect } from "../client/store/conversation_kinds.ts";

/** Rows for a page on which nothing stands yet. */
export function hintsFor(
  model: Model,
  { widthCells, theme }: { readonly widthCells: number; readonly theme: Theme },
): readonly Row[] {
  const lines = linesFor(model).flatMap((line) =>
    layOutLines(safeText(line === "" ? " " : ` ${line}`), {
      widthCells: Math.max(2, widthCells),
      indentCells: 1,
    })
  );
  return lines.map((text): Row => [{ text, style: theme.faint }]);
}

function linesFor(model: Model): readonly string[] {
  const listed = listedAt(model, model.open);
  if (listed === undefined) {
    if (model.connection === "starting") return ["Connecting …"];
    const who = model.peers.length === 0
      ? "Nobody else is known here yet. /who --all asks the server; give others an invite so that they can join."
      : "Choose somebody in the list (alt-down, a click, or F2 and some letters of the name), or write NAME:text.";
    return [
      `Welcome, ${onOneLine(safeText(model.ownName))}.`,
      "",
      who,
      "/room new NAME… --name ROOM founds a room, /videos lists films, /help all commands; F1 or ? shows the keys.",
    ];
  }
  const name = onOneLine(safeText(listed.name));
  if (!isDirect(listed.peer)) {
    const { notice } = listed;
    return [
      `Nothing was said in ${name} yet. Type, and press enter.`,
      ...(notice === undefined ? [] : ["", `It is ${notice}.`]),
    ];
  }
  const verify = listed.trust === "verified"
    ? []
    : [`/verify shows the number that you and ${name} compare, so that nobody can be in between.`];
  return [
    `Nothing was said with ${name} yet. Type, and press enter: it is sealed here and opened there.`,
    ...verify,
  ];
}

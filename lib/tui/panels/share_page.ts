/** Something to give to others: its text, what it is good for, and the same as a QR code. */

import type { Share } from "../../commands/command_row.ts";
import { safeText } from "../../base/safe_text.ts";
import { qrRows } from "../../terminal/cells/qr_rows.ts";
import { layOutLines } from "../../terminal/cells/text_layout.ts";
import type { App } from "../conversations/app.ts";
import { copyText } from "./copying.ts";
import type { Row } from "../drawing/item_lines.ts";
import { TextPage } from "./text_page.ts";

/** Shows it until it is closed; nothing of it stays in the conversation. Copied on a key only (SR-70). */
export function sharePage(
  app: App,
  { share: { title, text }, lines }: { readonly share: Share; readonly lines: readonly string[] },
): TextPage {
  const code = qrRows(text);
  return new TextPage({
    title,
    hint: app.copies ? "y copies · escape closes" : "escape closes",
    rows: ({ widthCells, theme }) => {
      const words = lines.flatMap((line) =>
        layOutLines(safeText(line), { widthCells: Math.max(8, widthCells - 2), indentCells: 0 })
      );
      return [
        ...words.map((line): Row => [{ text: safeText(` ${line}`), style: theme.own }]),
        [],
        ...code.map((line): Row => [
          { text: safeText("   "), style: theme.text },
          { text: line, style: theme.code },
        ]),
      ];
    },
    keys: app.copies ? { y: () => copyText(app, text) } : {},
  });
}

/** What accounts say of a text by emoji, as chips below it. Pure. */

import type { Span } from "../../terminal/cells/cell_grid.ts";
import { onOneLine, type SafeText, safeText } from "../../base/safe_text.ts";
import { textWidthCells, truncateToWidth } from "../../terminal/cells/text_width.ts";
import type { AccountId } from "../../base/ids.ts";
import type { Names } from "../../app/talk/entry_words.ts";
import type { Reaction } from "../../client/talk/facts.ts";
import type { Theme } from "../theme/theme.ts";

/** One emoji, and who says it. */
export interface Chip {
  readonly emoji: string;
  /** Without the person. */
  readonly others: readonly AccountId[];
  readonly isOwn: boolean;
}

/** Rows that chips take at most; the others are counted. */
const MAX_CHIP_ROWS = 3;

/** The emoji in the order in which they were first said. */
export function chipsOf(
  reactions: readonly Reaction[],
  isOwn: (account: AccountId) => boolean,
): readonly Chip[] {
  const byEmoji = new Map<string, AccountId[]>();
  for (const { account, emojis } of reactions) {
    for (const emoji of new Set(emojis)) {
      const said = byEmoji.get(emoji);
      if (said === undefined) byEmoji.set(emoji, [account]);
      else said.push(account);
    }
  }
  return [...byEmoji].map(([emoji, accounts]) => ({
    emoji,
    others: accounts.filter((account) => !isOwn(account)),
    isOwn: accounts.some(isOwn),
  }));
}

/** Chips in rows: `👍 2`, with a dot where the person is one of them; with names where they are asked for. */
export function chipRows(
  chips: readonly Chip[],
  { widthCells, theme, names, showsNames }: {
    readonly widthCells: number;
    readonly theme: Theme;
    readonly names: Pick<Names, "nameOf">;
    readonly showsNames: boolean;
  },
): readonly (readonly Span[])[] {
  const rows: Span[][] = [];
  let row: Span[] = [];
  let left = widthCells;
  for (const [i, chip] of chips.entries()) {
    const words = showsNames ? namesIn(chip, names) : `${chip.others.length + Number(chip.isOwn)}`;
    const mark = chip.isOwn && !showsNames ? "•" : "";
    const text = truncateToWidth(
      onlyRow(` ${chip.emoji} ${words}${mark} `),
      Math.max(1, widthCells),
    );
    const cells = textWidthCells(text);
    if (cells > left && row.length > 0) {
      if (rows.length + 1 === MAX_CHIP_ROWS) {
        row.push({ text: safeText(`+${chips.length - i}`), style: theme.faint });
        break;
      }
      rows.push(row);
      row = [];
      left = widthCells;
    }
    row.push({ text, style: chip.isOwn ? theme.chipOwn : theme.chip });
    row.push({ text: safeText(" "), style: theme.text });
    left -= cells + 1;
  }
  return row.length === 0 ? rows : [...rows, row];
}

function namesIn({ others, isOwn }: Chip, { nameOf }: Pick<Names, "nameOf">): string {
  const all = [...isOwn ? ["you"] : [], ...others.map((account) => nameOf(account))];
  return all.join(", ");
}

/** The blanks at the ends are the chip's. */
function onlyRow(text: string): SafeText {
  return safeText(` ${onOneLine(safeText(text))} `);
}

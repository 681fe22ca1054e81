/** Help: the keys, and every command from its table. */

import type { CommandSpec, CommandTable } from "../commands/command_table.ts";
import { listCommands } from "../commands/help.ts";
import { safeText } from "../base/safe_text.ts";
import { layOutLines } from "../terminal/text_layout.ts";
import { textWidthCells } from "../terminal/text_width.ts";
import type { Row } from "./item_lines.ts";
import type { KeyMap } from "./key_map.ts";
import {
  EDITOR_KEYS,
  MESSAGE_KEYS,
  MOUSE_ROWS,
  shownKeys,
  STAR_WORDS,
  VIDEO_KEYS,
} from "./keys.ts";
import { TextPage } from "./text_page.ts";
import type { Theme } from "./theme.ts";

/** A page with all of it. */
export function helpPage(commands: CommandTable<CommandSpec>, keys: KeyMap): TextPage {
  const mapKeys = [
    ...keys.rows.filter((row) => row.keys.length > 0)
      .map((row) => [shownKeys(row), row.summary] as const),
    ["*", STAR_WORDS] as const,
  ];
  return new TextPage({
    title: "Help",
    hint: "up, down, space scroll · escape closes",
    rows: ({ widthCells, theme }) => [
      ...section("Keys", mapKeys, { widthCells, theme }),
      ...section("Keys of a message that is picked", MESSAGE_KEYS, { widthCells, theme }),
      ...section("Keys of the text", EDITOR_KEYS, { widthCells, theme }),
      ...section("Keys of a video that has them (F6)", VIDEO_KEYS, { widthCells, theme }),
      ...section("Mouse, and the keys that do the same", MOUSE, { widthCells, theme }),
      ...commandRows(commands, { widthCells, theme }),
    ],
  });
}

const MOUSE = MOUSE_ROWS.map(({ gesture, keys }) => [gesture, keys.join(", ")] as const);

/** Many keys for one thing stand below one another, so that there is room for what they do. */
const KEYS_SHARE = 0.35;

interface PageOptions {
  readonly widthCells: number;
  readonly theme: Theme;
}

function section(
  title: string,
  rows: readonly (readonly [string, string])[],
  { widthCells, theme }: PageOptions,
): readonly Row[] {
  const longest = Math.max(...rows.map(([key]) => textWidthCells(key)));
  const keyCells = Math.min(longest, Math.max(8, Math.floor(widthCells * KEYS_SHARE)));
  const textCells = Math.max(8, widthCells - keyCells - 4);
  const lines = (text: string, cells: number) =>
    layOutLines(safeText(text), { widthCells: cells, indentCells: 0 });
  return [
    [{ text: safeText(` ${title}`), style: theme.own }],
    ...rows.flatMap(([key, summary]): Row[] => {
      const [left, right] = [lines(key, keyCells), lines(summary, textCells)];
      return Array.from({ length: Math.max(left.length, right.length) }, (_, i): Row => {
        const shown = left[i] ?? safeText("");
        const pad = " ".repeat(Math.max(0, keyCells - textWidthCells(shown)));
        return [
          { text: safeText(`  ${shown}${pad}  `), style: theme.notice },
          { text: right[i] ?? safeText(""), style: theme.text },
        ];
      });
    }),
    [],
  ];
}

function commandRows(
  commands: CommandTable<CommandSpec>,
  { widthCells, theme }: PageOptions,
): readonly Row[] {
  const lines = listCommands(commands, { prefix: "/" }).trimEnd().split("\n");
  return lines.flatMap((line): Row[] =>
    layOutLines(safeText(` ${line}`), { widthCells: Math.max(2, widthCells), indentCells: 4 })
      .map((text): Row => [{ text, style: /^ \S/.test(line) ? theme.own : theme.text }])
  );
}

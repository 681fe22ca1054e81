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

interface PageOptions {
  readonly widthCells: number;
  readonly theme: Theme;
}

function section(
  title: string,
  rows: readonly (readonly [string, string])[],
  { widthCells, theme }: PageOptions,
): readonly Row[] {
  const keyCells = Math.max(...rows.map(([key]) => textWidthCells(key)));
  const textCells = Math.max(8, widthCells - keyCells - 4);
  return [
    [{ text: safeText(` ${title}`), style: theme.own }],
    ...rows.flatMap(([key, summary]): Row[] =>
      layOutLines(safeText(summary), { widthCells: textCells, indentCells: 0 }).map((text, i) => [
        { text: safeText(`  ${(i === 0 ? key : "").padEnd(keyCells)}  `), style: theme.notice },
        { text, style: theme.text },
      ])
    ),
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

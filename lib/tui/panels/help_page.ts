/** Help: the keys, every command from its table, and all about one; laid out for the width that there is. */

import {
  type CommandSpec,
  type CommandTable,
  usageOf,
  type Whole,
} from "../../commands/command_table.ts";
import { spellOption, withChoices } from "../../commands/help.ts";
import { safeText } from "../../base/safe_text.ts";
import { layOutLines } from "../../terminal/cells/text_layout.ts";
import { textWidthCells } from "../../terminal/cells/text_width.ts";
import { Chooser } from "./chooser.ts";
import type { Row } from "../drawing/item_lines.ts";
import type { KeyMap } from "../keys/key_map.ts";
import {
  EDITOR_KEYS,
  MESSAGE_KEYS,
  MOUSE_ROWS,
  shownKeys,
  STAR_WORDS,
  VIDEO_KEYS,
} from "../keys/keys.ts";
import type { Panel } from "../panes/panel.ts";
import { TextPage } from "./text_page.ts";
import type { Theme } from "../theme/theme.ts";

/** What is explained stands beside its name where that takes no more of the row, else below it. */
const NAME_SHARE = 0.4;
const MIN_TEXT_CELLS = 8;

/** A page with all of it. `show` opens another one instead. */
export function helpPage(
  commands: CommandTable<CommandSpec>,
  keys: KeyMap,
  show: (panel: Panel) => void,
): TextPage {
  const groups = [...commands.groups()];
  const mapKeys = [
    ...keys.rows.filter((row) => row.keys.length > 0)
      .map((row) => [shownKeys(row), row.summary] as const),
    ["*", STAR_WORDS] as const,
  ];
  return new TextPage({
    title: "Help",
    hint: "space scrolls · / finds a command · escape closes",
    rows: (options) => [
      ...alignedSections([
        ["Keys", mapKeys],
        ["Selected message", MESSAGE_KEYS],
        ["Typing", EDITOR_KEYS],
        ["Video with the keys (F6)", VIDEO_KEYS],
        ["Mouse, and keys for the same", MOUSE],
      ], options),
      ...alignedSections(
        groups.map(([group, rows]) => [
          group,
          rows.map(({ name, summary }) => [`/${name}`, summary]),
        ]),
        options,
      ),
      ...text("/help COMMAND explains one of them.", options),
    ],
    keys: { "/": () => show(findCommand(commands, show)) },
  });
}

/** Looks for a command by letters of its name or of what it does. */
function findCommand(
  { visible }: CommandTable<CommandSpec>,
  show: (panel: Panel) => void,
): Chooser<Whole> {
  return new Chooser<Whole>({
    title: "Find a command",
    hint: "type some letters · enter explains it · escape closes",
    shape: "page",
    query: "",
    find: (query) => {
      const wanted = query.trim().toLowerCase();
      const rank = ({ name, aliases }: Whole) =>
        [name, ...aliases].some((one) => one.startsWith(wanted)) ? 0 : 1;
      return visible
        .filter(({ name, aliases, summary }) =>
          [name, ...aliases, summary].some((one) => one.toLowerCase().includes(wanted))
        )
        .toSorted((a, b) => rank(a) - rank(b))
        .map((value) => ({ label: `/${value.name}`, detail: value.summary, value }));
    },
    onChosen: (row) => show(commandPage(row)),
  });
}

/** All about one command. */
export function commandPage(row: Whole): TextPage {
  return new TextPage({
    title: `/${row.name}`,
    hint: "up, down, space scroll · escape closes",
    rows: (options) => [
      ...text(`${row.summary.charAt(0).toUpperCase()}${row.summary.slice(1)}.`, options),
      [],
      ...section("Usage", [[`/${usageOf(row)}`, ""]], options),
      ...section("Examples", examplesOf(row), options),
      ...(row.details?.split("\n\n") ?? []).flatMap((part) => [...text(part, options), []]),
      ...row.arguments.length === 0 ? [] : section(
        "Arguments",
        row.arguments.map((one) => [one.name, withChoices(one)]),
        options,
      ),
      ...row.options.length === 0 ? [] : section(
        "Options",
        row.options.map((one) => [spellOption(one), withChoices(one)]),
        options,
      ),
      ...row.aliases.length === 0
        ? []
        : text(`Also: ${row.aliases.map((alias) => `/${alias}`).join(", ")}`, options),
    ],
  });
}

function examplesOf({ examples }: CommandSpec): readonly (readonly [string, string])[] {
  return examples.map(({ line, summary }) => [`/${line}`, summary]);
}

const MOUSE = MOUSE_ROWS.map(({ gesture, keys }) => [gesture, keys.join(", ")] as const);

interface PageOptions {
  readonly widthCells: number;
  readonly theme: Theme;
}

function text(words: string, { widthCells, theme }: PageOptions): readonly Row[] {
  return layOutLines(safeText(words), { widthCells: Math.max(2, widthCells - 3), indentCells: 0 })
    .map((line): Row => [{ text: safeText(`  ${line}`), style: theme.text }]);
}

type Names = readonly (readonly [string, string])[];

/** Sections that are read down as one: what names are begins in one column in all of them. */
function alignedSections(
  sections: readonly (readonly [title: string, rows: Names])[],
  options: PageOptions,
): readonly Row[] {
  const nameCells = nameCellsOf(sections.flatMap(([, rows]) => rows), options);
  return sections.flatMap(([title, rows]) => section(title, rows, options, nameCells));
}

/** Room for the longest name that leaves room for what it is. */
function nameCellsOf(rows: Names, { widthCells }: PageOptions): number {
  const most = Math.max(MIN_TEXT_CELLS, Math.floor(widthCells * NAME_SHARE));
  const fitting = rows.map(([name]) => textWidthCells(name)).filter((cells) => cells <= most);
  return Math.max(MIN_TEXT_CELLS, ...fitting);
}

/** A heading, names at the left and what they are at the right; behind a longer name, or else below it. */
function section(
  title: string,
  rows: Names,
  options: PageOptions,
  nameCells = nameCellsOf(rows, options),
): readonly Row[] {
  const { widthCells, theme } = options;
  const textCells = Math.max(MIN_TEXT_CELLS, widthCells - nameCells - 4);
  return [
    [{ text: safeText(` ${title}`), style: theme.own }],
    ...rows.flatMap(([name, summary]): Row[] => {
      const isBeside = summary !== "" && textWidthCells(name) <= nameCells;
      const freeCells = widthCells - textWidthCells(name) - 4;
      if (summary !== "" && !isBeside && textWidthCells(safeText(summary)) <= freeCells) {
        return [[
          { text: safeText(`  ${name}  `), style: theme.notice },
          { text: safeText(summary), style: theme.text },
        ]];
      }
      const heads = isBeside
        ? []
        : layOutLines(safeText(name), { widthCells: Math.max(2, widthCells - 3), indentCells: 2 });
      const lines = summary === ""
        ? []
        : layOutLines(safeText(summary), { widthCells: textCells, indentCells: 0 });
      return [
        ...heads.map((head): Row => [{ text: safeText(`  ${head}`), style: theme.notice }]),
        ...lines.map((line, i): Row => [
          {
            text: safeText(`  ${(isBeside && i === 0 ? name : "").padEnd(nameCells)}  `),
            style: theme.notice,
          },
          { text: line, style: theme.text },
        ]),
      ];
    }),
    [],
  ];
}

/** Settings to be changed by keys: all of them on a page, the theme with each one shown as the person comes to it. */

import { StorageError } from "../base/errors.ts";
import { type Key, keyName } from "../terminal/key.ts";
import { type SafeText, safeText } from "../base/safe_text.ts";
import { textWidthCells, truncateToWidth } from "../terminal/text_width.ts";
import type { App } from "./app.ts";
import { type FileChange, fileChange, type FileValue } from "./file_settings.ts";
import type { Row } from "./item_lines.ts";
import type { Panel, PanelOutcome, PanelView } from "./panel.ts";
import { SETTING_ROWS, type SettingRow } from "./settings.ts";
import { nickStyle, type Theme, THEME_NAMES, themeFor } from "./theme.ts";

/** Opens the page of all, or of the one; or changes that, and says so. */
export async function openSettings(
  app: App,
  { setting, value }: { readonly setting: string | undefined; readonly value: string | undefined },
): Promise<void> {
  if (value !== undefined && setting !== undefined) return await keep(app, setting, value);
  const isKnown = setting === undefined || SETTING_ROWS.some(({ name }) => name === setting) ||
    fileChange(setting, "") !== undefined;
  // The sentence that says which there are.
  if (!isKnown) return await keep(app, setting, "");
  if (setting === "theme") return app.show(new ThemePanel(app));
  try {
    app.show(new SettingsPage(app, setting, await app.settings.others()));
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    app.inbox.addLine(`* ${error.message}`, app.model.open);
  }
}

/** Keeps it; what is said about it stands in the conversation. */
async function keep(app: App, name: string, typed: string): Promise<void> {
  const change = fileChange(name, typed);
  if (change !== undefined) return await keepInFile(app, { name, typed, change });
  const row = SETTING_ROWS.find((one) => one.name === name);
  const problem = await app.settings.keep(name, row?.typed(typed) ?? typed);
  app.inbox.addLine(`* ${problem ?? `${name} is ${typed} from now on`}`, app.model.open);
  app.canvas.now();
}

async function keepInFile(
  app: App,
  { name, typed, change }: {
    readonly name: string;
    readonly typed: string;
    readonly change: FileChange;
  },
): Promise<void> {
  const problem = typed === ""
    ? `/set ${name} VALUE changes it, and - takes it away`
    : await app.settings.keepOther(change);
  const when = change.table === "colours" ? "from now on" : "from the next start on";
  const what = change.value === undefined ? "as usual" : typed;
  app.inbox.addLine(`* ${problem ?? `${name} is ${what} ${when}`}`, app.model.open);
  app.canvas.now();
}

abstract class Choosing implements Panel {
  abstract readonly shape: Panel["shape"];
  protected selected = 0;
  /** What went wrong last. */
  protected problem: string | undefined;
  protected readonly app: App;

  constructor(app: App) {
    this.app = app;
  }

  abstract view(options: { readonly widthCells: number; readonly theme: Theme }): PanelView;
  abstract handle(key: Key): PanelOutcome;
  protected abstract readonly count: number;
  protected abstract chosen(): void;

  click(row: number): PanelOutcome {
    this.select(row);
    return "open";
  }

  scroll(byRows: number): void {
    this.select(this.selected + Math.sign(byRows));
  }

  protected select(at: number): void {
    this.problem = undefined;
    this.selected = Math.max(0, Math.min(at, this.count - 1));
    this.chosen();
  }

  /** True when the key only moves. */
  protected moves(name: string): boolean {
    const steps: Readonly<Record<string, number>> = { up: -1, k: -1, down: 1, j: 1, tab: 1 };
    if (steps[name] === undefined) return false;
    this.select(this.selected + steps[name]);
    return true;
  }
}

function nameOf(key: Key): string {
  return key.kind === "text" ? key.text : keyName(key) ?? "";
}

/** Between the settings of the screen and those of the file. */
const GAP_ROWS = 2;

class SettingsPage extends Choosing {
  readonly shape = "page";

  readonly #others: readonly FileValue[];

  constructor(app: App, setting: string | undefined, others: readonly FileValue[]) {
    super(app);
    this.#others = others;
    const names = [...SETTING_ROWS, ...others].map(({ name }) => name);
    this.selected = Math.max(0, names.indexOf(setting ?? ""));
  }

  protected get count(): number {
    return SETTING_ROWS.length + this.#others.length;
  }

  protected chosen(): void {}

  view({ widthCells, theme }: { readonly widthCells: number; readonly theme: Theme }): PanelView {
    const names = [...SETTING_ROWS, ...this.#others].map(({ name }) => textWidthCells(name));
    const nameCells = Math.min(Math.max(...names), Math.floor(widthCells / 2));
    const rowOf = (i: number, name: string, shown: string, about: string): Row => {
      const isSelected = i === this.selected;
      const words = `${isSelected ? "▸" : " "} ${name.padEnd(nameCells)}  ${
        shown.padEnd(19)
      }  ${about}`;
      return [{ text: filled(words, widthCells), style: isSelected ? theme.selected : theme.text }];
    };
    const own = SETTING_ROWS.map((row, i) => {
      const value = row.show(this.app.settings.now);
      return rowOf(i, row.name, row.choices.length === 0 ? value : `‹ ${value} ›`, row.about);
    });
    const others = this.#others.map(({ name, value, about }, i) =>
      rowOf(SETTING_ROWS.length + i, name, value, about)
    );
    const heading = "From the next start on, colours at once: enter changes one";
    const rows = [
      ...own,
      [],
      [{ text: truncateToWidth(safeText(` ${heading}`), widthCells), style: theme.faint }],
      ...others,
    ];
    const words = this.problem ??
      "They are kept in config.toml: see heliograph paths.";
    return {
      title: "Settings",
      hint: "left and right change it · up and down choose · escape closes",
      rows: [
        ...rows,
        [],
        [{
          text: truncateToWidth(safeText(` ${words}`), widthCells),
          style: this.problem === undefined ? theme.faint : theme.alarm,
        }],
      ],
      focus: {
        row: this.selected < SETTING_ROWS.length ? this.selected : this.selected + GAP_ROWS,
      },
      input: undefined,
    };
  }

  override click(row: number): PanelOutcome {
    return super.click(
      row < SETTING_ROWS.length ? row : Math.max(SETTING_ROWS.length, row - GAP_ROWS),
    );
  }

  handle(key: Key): PanelOutcome {
    const name = nameOf(key);
    if (this.moves(name)) return "open";
    if (["escape", "ctrl-c"].includes(name)) return "closed";
    const row = SETTING_ROWS[this.selected];
    if (row === undefined) return name === "enter" ? this.#type() : "open";
    if (name === "left") this.#step(row, -1);
    else if (name === "enter" && row.name === "theme") this.app.show(new ThemePanel(this.app));
    else if (["right", "enter", " "].includes(name)) this.#step(row, 1);
    return "open";
  }

  /** Its command stands in the line, with what it is now. */
  #type(): PanelOutcome {
    const { name, value } = this.#others[this.selected - SETTING_ROWS.length];
    const { composer, model } = this.app;
    composer.editorOf(model.open).setText(`/set ${name} ${value === "-" ? "" : value}`);
    return "closed";
  }

  #step({ name, field, choices }: SettingRow, by: number): void {
    if (choices.length === 0) {
      this.problem = `${name} is changed by /set ${name} VALUE`;
      return;
    }
    const at = choices.findIndex((one) => one === this.app.settings.now[field]);
    const value = choices[(at + by + choices.length) % choices.length];
    this.app.inbox.start(this.#keep(name, value));
  }

  async #keep(name: string, value: string | boolean): Promise<void> {
    this.problem = await this.app.settings.keep(name, value);
    this.app.canvas.now();
  }
}

/** Below the conversation, which is shown in each theme meanwhile. */
class ThemePanel extends Choosing {
  readonly shape = "menu";

  constructor(app: App) {
    super(app);
    this.selected = Math.max(0, THEME_NAMES.indexOf(app.settings.now.theme));
  }

  protected get count(): number {
    return THEME_NAMES.length;
  }

  protected chosen(): void {
    this.app.settings.preview({ theme: THEME_NAMES[this.selected] });
  }

  view({ widthCells, theme }: { readonly widthCells: number; readonly theme: Theme }): PanelView {
    const { ground } = this.app.canvas;
    const nameCells = Math.max(...THEME_NAMES.map((name) => name.length));
    const rows = THEME_NAMES.map((name, i): Row => {
      const isSelected = i === this.selected;
      const label = ` ${isSelected ? "▸" : " "} ${name.padEnd(nameCells)}  `;
      return [
        { text: safeText(label), style: isSelected ? theme.selected : theme.menu },
        ...sample(themeFor(name, ground, this.app.settings.now.colours), widthCells - label.length),
      ];
    });
    return {
      title: this.app.hasColours ? "Theme" : "Theme: NO_COLOR is set, so that there is no colour",
      hint: this.problem ?? "enter keeps it · up and down show it · escape goes back",
      rows,
      focus: { row: this.selected },
      input: undefined,
    };
  }

  handle(key: Key): PanelOutcome {
    const name = nameOf(key);
    if (this.moves(name)) return "open";
    if (name === "enter") {
      this.app.inbox.start(keep(this.app, "theme", THEME_NAMES[this.selected]));
      return "closed";
    }
    if (!["escape", "ctrl-c"].includes(name)) return "open";
    this.app.settings.restore();
    return "closed";
  }
}

/** What a theme looks like, in itself. */
function sample(theme: Theme, widthCells: number): Row {
  const names = ["alice", "bob", "carol", "dave", "erin"];
  const spans = [
    { text: " 19:05 ", style: theme.faint },
    ...names.map((name) => ({ text: `${name} `, style: nickStyle(theme, name) })),
    { text: "says hello ", style: theme.text },
    { text: "@you", style: theme.mention },
    { text: " ", style: theme.text },
    { text: "● ", style: theme.here },
    { text: "◐ ", style: theme.busy },
    { text: "! ", style: theme.alarm },
    { text: " chosen ", style: theme.selected },
    { text: " bar ", style: theme.bar },
  ];
  let left = widthCells;
  const shown = spans.flatMap(({ text, style }) => {
    const safe = safeText(text);
    left -= textWidthCells(safe);
    return left < 0 ? [] : [{ text: safe, style }];
  });
  const rest = widthCells - shown.reduce((sum, { text }) => sum + textWidthCells(text), 0);
  return [...shown, { text: safeText(" ".repeat(Math.max(0, rest))), style: theme.text }];
}

function filled(words: string, widthCells: number): SafeText {
  const text = truncateToWidth(safeText(words), Math.max(1, widthCells));
  return safeText(text + " ".repeat(Math.max(0, widthCells - textWidthCells(text))));
}

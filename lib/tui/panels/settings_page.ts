/** Settings to be changed by keys: all of them on a page, the theme with each one shown as the person comes to it. */

import { StorageError } from "../../base/errors.ts";
import { type Key, keyName } from "../../terminal/input/key.ts";
import { safeText } from "../../base/safe_text.ts";
import { layOutLines } from "../../terminal/cells/text_layout.ts";
import { textWidthCells } from "../../terminal/cells/text_width.ts";
import type { App } from "../conversations/app.ts";
import { type FileChange, fileChange, type FileValue } from "../settings/file_settings.ts";
import type { Row } from "../drawing/item_lines.ts";
import type { Panel, PanelOutcome, PanelView } from "../panes/panel.ts";
import { ATTENTION_KINDS, type AttentionKind } from "../../client/store/attention.ts";
import { ATTENTION_WORDS } from "../../app/commands/attention.ts";
import { columnsOf, filled, settingLines } from "./setting_lines.ts";
import { SETTING_ROWS, type SettingRow } from "../settings/settings.ts";
import { nickStyle, type Theme, THEME_NAMES, themeFor } from "../theme/theme.ts";
import { LIST_STEPS } from "./list_keys.ts";

/** Opens the page of all, or of the one; or changes that, and says so. */
export async function openSettings(
  app: App,
  { setting, value }: { readonly setting: string | undefined; readonly value: string | undefined },
): Promise<void> {
  if (value !== undefined && setting !== undefined) return await keep(app, setting, value);
  const isKnown = setting === undefined || attentionOf(setting) !== undefined ||
    SETTING_ROWS.some(({ name }) => name === setting) || fileChange(setting, "") !== undefined;
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
  const attention = attentionOf(name);
  if (attention !== undefined) {
    const isOn = ["on", "true", "yes"].includes(typed);
    const isSwitch = isOn || ["off", "false", "no"].includes(typed);
    if (isSwitch) app.talk.client.messenger.attention.set(attention, isOn);
    const words = isSwitch
      ? `${name} is ${typed} from now on: ${ATTENTION_WORDS[attention][isOn ? 0 : 1]}`
      : `${name} is on or off`;
    app.inbox.addLine(`* ${words}`, app.model.open);
    return app.canvas.now();
  }
  const row = SETTING_ROWS.find((one) => one.name === name);
  const problem = await app.settings.keep(name, row?.typed(typed) ?? typed);
  app.inbox.addLine(`* ${problem ?? `${name} is now ${typed}`}`, app.model.open);
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
    ? `/set ${name} VALUE changes it, and - removes it`
    : await app.settings.keepOther(change);
  const when = change.table === "colours" ? "from now on" : "from the next start on";
  const what = change.value === undefined ? "as usual" : typed;
  app.inbox.addLine(`* ${problem ?? `${name} is ${what} ${when}`}`, app.model.open);
  app.canvas.now();
}

/** The settings of the profile, which hold for its other front ends too. */
function attentionOf(name: string): AttentionKind | undefined {
  return ATTENTION_KINDS.find((kind) => kind === name);
}

const ATTENTION_ABOUT: Readonly<Record<AttentionKind, string>> = {
  seen: "how far each has read",
  typing: "who is typing",
};

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
    if (LIST_STEPS[name] === undefined) return false;
    this.select(this.selected + LIST_STEPS[name]);
    return true;
  }
}

function nameOf(key: Key): string {
  return key.kind === "text" ? key.text : keyName(key) ?? "";
}

/** Those that are so at once: of the screen, and of the profile. */
const OWN_NAMES: readonly string[] = [...SETTING_ROWS.map(({ name }) => name), ...ATTENTION_KINDS];

class SettingsPage extends Choosing {
  readonly shape = "page";
  readonly #others: readonly FileValue[];
  /** Where each setting begins as it was drawn last, and how many rows the screen's own have. */
  #firstRows: readonly number[] = [];
  #ownRows = 0;

  constructor(app: App, setting: string | undefined, others: readonly FileValue[]) {
    super(app);
    this.#others = others;
    const names = [...OWN_NAMES, ...others.map(({ name }) => name)];
    this.selected = Math.max(0, names.indexOf(setting ?? ""));
  }

  protected get count(): number {
    return OWN_NAMES.length + this.#others.length;
  }

  protected chosen(): void {}

  view({ widthCells, theme }: { readonly widthCells: number; readonly theme: Theme }): PanelView {
    const all = [...this.#own(), ...this.#others];
    const columns = columnsOf(all, widthCells);
    const settings = all.map((value, i): readonly Row[] => {
      const isSelected = i === this.selected;
      const style = isSelected ? theme.selected : theme.text;
      return settingLines(value, { ...columns, isSelected })
        .map((line): Row => [{ text: filled(line, widthCells), style }]);
    });
    const told = (text: string, style: Theme["text"]): readonly Row[] =>
      layOutLines(safeText(text), {
        widthCells: Math.max(2, widthCells - 2),
        indentCells: 0,
        maxLines: 5,
      }).map((line): Row => [{ text: safeText(" "), style: theme.text }, { text: line, style }]);
    const between = [
      ...this.problem === undefined
        ? told(this.#told(), theme.faint)
        : told(this.problem, theme.alarm),
      [],
      ...told("The rest takes effect at the next start, colours at once", theme.faint),
    ];
    const own = settings.slice(0, OWN_NAMES.length);
    const begins = [...own, between, ...settings.slice(OWN_NAMES.length)]
      .reduce<number[]>((rows, lines) => [...rows, (rows.at(-1) ?? 0) + lines.length], [0]);
    // What stands between has a place in it and no number.
    this.#firstRows = begins.slice(0, -1).filter((_, i) => i !== OWN_NAMES.length);
    this.#ownRows = begins[OWN_NAMES.length];
    const isOwn = this.selected < OWN_NAMES.length;
    return {
      title: "Settings",
      hint: isOwn
        ? "left and right change it · up and down choose · escape closes"
        : "enter changes it · up and down choose · escape closes",
      rows: [...own.flat(), ...between, ...settings.slice(OWN_NAMES.length).flat()],
      focus: { row: this.#firstRows[this.selected] },
      input: undefined,
    };
  }

  #own(): readonly FileValue[] {
    const { attention } = this.app.talk.client.messenger;
    return [
      ...SETTING_ROWS.map(({ name, about, choices, show }) => {
        const value = show(this.app.settings.now);
        return { name, about, value: choices.length === 0 ? value : `‹ ${value} ›` };
      }),
      ...ATTENTION_KINDS.map((name) => ({
        name,
        about: ATTENTION_ABOUT[name],
        value: `‹ ${attention.isOn(name)} ›`,
      })),
    ];
  }

  #told(): string {
    const kind = ATTENTION_KINDS[this.selected - SETTING_ROWS.length];
    if (kind === undefined) return "Saved in config.toml: heliograph paths says where it is.";
    return ATTENTION_WORDS[kind].map((words, i) => `${i === 0 ? "On" : "Off"}: ${words}.`)
      .join(" ");
  }

  /** Below the first ones there are words; those of `config.toml` wait for enter. */
  override click(row: number): PanelOutcome {
    if (row >= this.#ownRows) return "open";
    return super.click(this.#firstRows.findLastIndex((first) => first <= row));
  }

  handle(key: Key): PanelOutcome {
    const name = nameOf(key);
    if (this.moves(name)) return "open";
    if (["escape", "ctrl-c"].includes(name)) return "closed";
    const row = SETTING_ROWS[this.selected];
    const other = this.#others[this.selected - OWN_NAMES.length];
    if (other !== undefined) return name === "enter" ? this.#type(other) : "open";
    if (row === undefined) return this.#switch(name);
    if (name === "left") this.#step(row, -1);
    else if (name === "enter" && row.name === "theme") this.app.show(new ThemePanel(this.app));
    else if (["right", "enter", " "].includes(name)) this.#step(row, 1);
    return "open";
  }

  /** Its command stands in the line, with what it is now. */
  #type({ name, value }: FileValue): PanelOutcome {
    const { composer, model } = this.app;
    composer.editorOf(model.open).setText(`/set ${name} ${value === "-" ? "" : value}`);
    return "closed";
  }

  /** Of what is on or off in the profile. */
  #switch(key: string): PanelOutcome {
    const kind = ATTENTION_KINDS[this.selected - SETTING_ROWS.length];
    const { attention } = this.app.talk.client.messenger;
    if (["left", "right", "enter", " "].includes(key)) attention.set(kind, !attention.isOn(kind));
    return "open";
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
      title: this.app.hasColours ? "Theme" : "Theme: NO_COLOR is set, so there are no colours",
      hint: this.problem ?? "enter keeps it · up and down preview · escape goes back",
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

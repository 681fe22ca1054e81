/** Searches what was said, in the open conversation or everywhere, and shows each hit with what stands around it. */

import { onOneLine, type SafeText, safeText } from "../../base/safe_text.ts";
import { type Key, keyName } from "../../terminal/input/key.ts";
import { LineEditor } from "../../terminal/lines/line_editor.ts";
import { textWidthCells, truncateToWidth } from "../../terminal/cells/text_width.ts";
import type { PlacedEntry } from "../../client/store/history.ts";
import { isRoom } from "../../base/ids.ts";
import type { Place } from "../../app/conversations/model.ts";
import { placeOf } from "../../app/conversations/update.ts";
import { aroundMatch, matchesIn } from "../../app/talk/matches.ts";
import { shortTime } from "../../app/when.ts";
import type { App } from "../conversations/app.ts";
import { pageName } from "../panes/page_name.ts";
import type { Row } from "../drawing/item_lines.ts";
import { markedSpans } from "../drawing/marked_text.ts";
import { showFound } from "../conversations/message_moves.ts";
import type { Panel, PanelOutcome, PanelView } from "../panes/panel.ts";
import type { Theme } from "../theme/theme.ts";
import { TYPING_STEPS } from "./list_keys.ts";

/** More are not looked through by anybody. */
const MAX_FOUND = 200;
/** Of the columns before the text. */
const MAX_HEAD_CELLS = 34;

/** Opens the search; over all conversations on the program's own page. */
export function search(app: App): void {
  app.show(new SearchPanel(app));
}

class SearchPanel implements Panel {
  readonly shape = "page";
  readonly #app: App;
  /** The conversation that it was opened in. */
  readonly #place: Place;
  readonly #editor = new LineEditor();
  #isEverywhere: boolean;
  #asked = "";
  /** The newest first. */
  #found: readonly PlacedEntry[] = [];
  #count = 0;
  /** What is found belongs to what was typed before. */
  #isLooking = false;
  /** Enter came before what it is about. */
  #goes = false;
  #selected = 0;

  constructor(app: App) {
    this.#app = app;
    this.#place = app.model.open;
    this.#isEverywhere = app.model.open === undefined;
  }

  view({ widthCells, theme }: { readonly widthCells: number; readonly theme: Theme }): PanelView {
    const where = this.#isEverywhere ? "all conversations" : pageName(this.#app.model, this.#place);
    const { text, cursorCells } = this.#editor.view(Math.max(2, widthCells - 3));
    const count = this.#asked === "" ? "" : this.#isLooking ? "  …" : `  ${this.#count} found`;
    return {
      title: `Search ${where}${count}`,
      // Where a message is picked, n and N are said as well.
      hint: [
        "enter goes there",
        ...this.#place === undefined
          ? []
          : [`alt-s ${this.#isEverywhere ? "only here" : "everywhere"}`],
        "then n older, N newer",
        "escape closes",
      ].join(" · "),
      rows: this.#rows(theme),
      focus: { row: this.#selected },
      input: {
        row: [{ text: safeText(" / "), style: theme.faint }, { text, style: theme.text }],
        cursorCells: cursorCells + 3,
      },
    };
  }

  handle(key: Key): PanelOutcome {
    const name = keyName(key) ?? "";
    this.#goes = false;
    if (TYPING_STEPS[name] !== undefined) this.scroll(TYPING_STEPS[name]);
    else if (["escape", "ctrl-c", "ctrl-g"].includes(name)) return "closed";
    else if (name === "enter") return this.#enter();
    else if (name === "alt-s" || name === "f3") this.#turn();
    else {
      this.#editor.handle(key);
      if (this.#editor.text.trim() !== this.#asked) this.#look();
    }
    return "open";
  }

  click(row: number): PanelOutcome {
    if (this.#found[row] === undefined) return "open";
    showFound(this.#app, { words: this.#asked, entries: this.#found, at: row });
    return "closed";
  }

  scroll(byRows: number): void {
    this.#selected = Math.max(0, Math.min(this.#found.length - 1, this.#selected + byRows));
  }

  /** What is looked for still is gone to when it is found: who types on does not wait for that. */
  #enter(): PanelOutcome {
    if (!this.#isLooking) return this.click(this.#selected);
    this.#goes = true;
    return "open";
  }

  /** Here only, or everywhere. */
  #turn(): void {
    if (this.#place === undefined) return;
    this.#isEverywhere = !this.#isEverywhere;
    this.#look();
  }

  #look(): void {
    this.#asked = this.#editor.text.trim();
    this.#isLooking = true;
    this.#app.inbox.start(this.#find(this.#asked, this.#isEverywhere));
  }

  async #find(words: string, isEverywhere: boolean): Promise<void> {
    const { talk } = this.#app.talk.client;
    const peer = isEverywhere ? undefined : this.#place;
    const hits = words === ""
      ? []
      : (await talk.search(words, { peer })).filter((entry) =>
        isEverywhere || placeOf(entry) === peer
      );
    // Typed on meanwhile.
    if (words !== this.#asked || isEverywhere !== this.#isEverywhere) return;
    this.#count = hits.length;
    this.#found = hits.slice(-MAX_FOUND).toReversed();
    this.#selected = 0;
    this.#isLooking = false;
    if (this.#goes && this.#app.panel === this && this.click(0) === "closed") {
      this.#app.show(undefined);
    }
    this.#goes = false;
    this.#app.canvas.soon();
  }

  #rows(theme: Theme): readonly Row[] {
    if (this.#found.length === 0 && this.#asked !== "" && !this.#isLooking) {
      const elsewhere = this.#isEverywhere ? "" : ": alt-s searches all conversations";
      return [[{ text: safeText(` Nothing found${elsewhere}`), style: theme.faint }]];
    }
    const heads = this.#found.map((entry) => this.#head(entry));
    const headCells = Math.max(0, ...heads.map(textWidthCells));
    return this.#found.map((entry, i): Row => {
      const isSelected = i === this.#selected;
      const pad = " ".repeat(headCells - textWidthCells(heads[i]) + 2);
      const said = onOneLine(safeText(aroundMatch(onOneLine(safeText(entry.text)), this.#asked)));
      const marks = [{ ranges: matchesIn(said, this.#asked), style: theme.match }];
      return [
        // The arrow too, since colour alone is no sign.
        {
          text: safeText(`${isSelected ? "▸" : " "}${heads[i]}${pad}`),
          style: isSelected ? theme.selected : theme.faint,
        },
        ...markedSpans(said, isSelected ? theme.selected : theme.text, marks),
      ];
    });
  }

  /** `20 Nov 18:59  #ops bob`. */
  #head(entry: PlacedEntry): SafeText {
    const { facts: { names }, client } = this.#app.talk;
    const place = placeOf(entry);
    const isOther = this.#isEverywhere && (place === undefined || isRoom(place) || entry.own);
    const where = isOther ? `${pageName(this.#app.model, place)} ` : "";
    const who = entry.own ? "you" : names.nameOf(entry.from);
    const time = shortTime(entry.atMs, client.clock.nowMs());
    return truncateToWidth(onOneLine(safeText(`${time}  ${where}${who}`)), MAX_HEAD_CELLS);
  }
}

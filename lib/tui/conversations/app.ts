/** The conversations on the screen: what happens and what is typed becomes the model, and the model is painted. */

import { type Key, keyName } from "../../terminal/input/key.ts";
import { pressed } from "../../terminal/input/key_table.ts";
import type { Canvas } from "../painting/canvas.ts";
import { type Aim, Composer } from "../panes/composer.ts";
import type { Edited } from "../../terminal/programs/external_editor.ts";
import type { Inbox } from "./inbox.ts";
import type { KeyMap } from "../keys/key_map.ts";
import type { BoundKey } from "../keys/keys.ts";
import { type Model, pageOf } from "../../app/conversations/model.ts";
import { MessageCursor } from "../timeline/message_cursor.ts";
import type { OpenVideo } from "./open_video.ts";
import type { LiveSettings } from "../settings/live_settings.ts";
import type { Panel } from "../panes/panel.ts";
import type { Pictures } from "../painting/pictures.ts";
import type { Place } from "../../app/conversations/model.ts";
import type { Talk } from "../../app/conversations/talk.ts";
import type { Request } from "../../app/questions/requests.ts";
import { shownAsks } from "../panes/ask_strip.ts";
import { scrollTo, setFocus } from "../../app/conversations/moving.ts";
import type { Scene } from "../panes/view.ts";

/** What an app is made of. */
export interface AppOptions {
  readonly canvas: Canvas;
  readonly talk: Talk;
  /** What the screen goes by; `settings` changes it. */
  readonly look: Look;
  readonly settings: LiveSettings;
  /** False with NO_COLOR. */
  readonly hasColours: boolean;
  /** What is to be said on every screen; empty: nothing. */
  readonly notice: string;
  readonly inbox: Inbox;
  readonly keys: KeyMap;
  readonly pictures: Pictures;
  /** What a key of the key map does. */
  readonly act: (app: App, key: Pick<BoundKey, "action" | "nth">) => void | Promise<void>;
  /** What is being typed may have changed. */
  readonly onTyped: () => void;
  /** Has a text written in the person's own editor. */
  readonly edit: (text: string) => Promise<Edited>;
  readonly click: (app: App, key: Key & { kind: "mouse" }) => void;
  /** What a key does with the message that is picked; false: nothing. */
  readonly pickedKey: (app: App, key: Key) => boolean;
  /** Puts what the person said last into the line, to be edited; false where there is nothing. */
  readonly editLast: (app: App) => boolean;
  /** Opens a link or a file in the desktop's program; returns why not where that cannot be. */
  readonly openElsewhere: (target: string) => string | undefined;
  /** Something was pasted into the text; true when the person is asked about it first. */
  readonly paste: (app: App, key: Key & { kind: "paste" }) => boolean;
}

/** What a person sets. */
export interface Look {
  readonly theme: Scene["theme"];
  readonly showsList: boolean;
  readonly hasMouse: boolean;
  /** Whether the terminal's clipboard may be written. */
  readonly copies: boolean;
  /** Whether pictures are drawn in the conversation. */
  readonly drawsPictures: boolean;
}

/** What stands in the status line when nothing else has to. */
const USUAL_HINT = "F1 help";
const LEAVE_HINT = "ctrl-C again quits";
/** So long it does: what is pressed later is another thing (U16). */
const LEAVE_MS = 2_000;

/** What somebody does stands in the conversation itself: it needs no echo. */
const DOES = /^\/me\s+\S/;

/** The state of the screen, and who gets which key. */
export class App {
  readonly canvas: Canvas;
  readonly talk: Talk;
  readonly composer = new Composer();
  readonly inbox: Inbox;
  /** The message that is picked. */
  readonly cursor = new MessageCursor();
  readonly #options: AppOptions;
  showsList: boolean;
  hasMouse: boolean;
  theme: Scene["theme"];
  copies: boolean;
  video: OpenVideo | undefined;
  #panel: Panel | undefined;
  /** When ctrl-C was pressed on an empty line; undefined once anything else was, or that is over. */
  #interruptedAtMs: number | undefined;
  #hiddenAsks: ReadonlySet<string> = new Set();
  /** What was offered as each line was begun that is being typed. */
  readonly #begun = new Map<Place, string | undefined>();

  constructor(options: AppOptions) {
    this.canvas = options.canvas;
    this.talk = options.talk;
    this.inbox = options.inbox;
    const { showsList, hasMouse, theme, copies } = options.look;
    this.showsList = showsList;
    this.hasMouse = hasMouse;
    this.theme = theme;
    this.copies = copies;
    this.#options = options;
  }

  get settings(): LiveSettings {
    return this.#options.settings;
  }

  get hasColours(): boolean {
    return this.#options.hasColours;
  }

  /** Goes by what was set from now on. What was not set otherwise than `before` stays as keys have made it. */
  apply({ showsList, hasMouse, theme, copies, drawsPictures }: Look, before: Look): void {
    this.theme = theme;
    this.pictures.isOn = drawsPictures;
    this.copies = copies;
    if (before.showsList !== showsList) this.showsList = showsList;
    if (before.hasMouse !== hasMouse && this.hasMouse !== hasMouse) {
      this.hasMouse = hasMouse;
      this.inbox.start(this.canvas.tty.setMode("mouse", hasMouse));
    }
    this.canvas.now();
  }

  get pictures(): Pictures {
    return this.#options.pictures;
  }

  get keys(): KeyMap {
    return this.#options.keys;
  }

  get model(): Model {
    return this.inbox.model;
  }

  /** Has a text written in the person's own editor. */
  edit(text: string): Promise<Edited> {
    return this.#options.edit(text);
  }

  /** What is asked and was not put away. */
  get asked(): readonly Request[] {
    return shownAsks(this.model.requests, this.#hiddenAsks);
  }

  /** Puts away what is asked now, until something else is asked: f9 shows all of it (U18). */
  hideAsks(): void {
    this.#hiddenAsks = new Set(this.model.requests.map(({ key }) => key));
    this.canvas.now();
  }

  /** Says what came of a key: above the line while a message is picked, else in the conversation. */
  say(words: string): void {
    if (this.cursor.itemIn(this.model) === undefined) this.inbox.addLine(words, this.model.open);
    else this.cursor.note = words;
  }

  /** Opens a link or a file in the desktop's program; returns why not where that cannot be. */
  openElsewhere(target: string): string | undefined {
    return this.#options.openElsewhere(target);
  }

  get panel(): Panel | undefined {
    return this.#panel;
  }

  /** All that is shown now. */
  get scene(): Scene {
    const { model, theme, showsList, cursor, composer } = this;
    const look = cursor.lookAt(model);
    return {
      model,
      look,
      about: {
        aim: composer.aimOf(model.open),
        item: cursor.itemIn(model),
        sure: cursor.sure,
        isUnfolded: look.unfolded.has(look.selected ?? ""),
        found: cursor.found,
        note: cursor.note,
      },
      size: this.canvas.size,
      showsList,
      names: this.talk.facts.names,
      theme,
      compose: (widthCells) => this.composer.view(model.open, widthCells),
      panel: this.#panel,
      hiddenAsks: this.#hiddenAsks,
      hint: this.#isLeaving() ? LEAVE_HINT : USUAL_HINT,
      notice: this.#options.notice,
      video: (this.pictures.view ?? this.video)?.scene,
      pictures: this.pictures.pageOf(model),
    };
  }

  /** Replaces the model, and shows it at once. */
  change(update: (model: Model) => Model): void {
    this.inbox.change(update);
    this.canvas.now();
  }

  /** Opens a panel over the conversation; undefined closes the one that is open. */
  show(panel: Panel | undefined): void {
    this.#panel = panel;
    this.canvas.now();
  }

  /** Something was done at the terminal. Resolves when the terminal may be read again: an editor may have had it. */
  async handle(key: Key): Promise<void> {
    if (key.kind === "focus") this.change((model) => setFocus(model, key.focused));
    else if (key.kind === "mouse") this.#options.click(this, key);
    else {
      for (const one of this.#keysIn(key)) {
        const doing = this.#handleKey(one);
        this.canvas.now();
        await doing;
      }
      this.#options.onTyped();
    }
    this.canvas.now();
  }

  /**
   * What is typed quickly comes together; where letters are keys, each of them is one. Escape and a `/` behind it, on a slow line, come
   * as alt-/: a command would lose its first sign.
   */
  #keysIn(key: Key): readonly Key[] {
    if (keyName(key) === "alt-/" && this.keys.boundTo("alt-/") === undefined) {
      return [pressed("escape", "\x1b"), { kind: "text", text: "/", sequence: "/" }];
    }
    const areKeys = this.#panel !== undefined || this.pictures.view !== undefined ||
      this.video?.scene.hasKeys === true ||
      this.cursor.itemIn(this.model) !== undefined;
    if (key.kind !== "text" || !areKeys) return [key];
    return Array.from(key.text, (text) => ({ ...key, text }));
  }

  /** What the mouse or a key did with the panel. */
  settle(panel: Panel, outcome: "open" | "closed"): void {
    // It may have opened another one meanwhile.
    if (outcome === "closed" && this.#panel === panel) this.show(undefined);
  }

  #handleKey(key: Key): void | Promise<void> {
    const panel = this.#panel;
    if (panel !== undefined) return this.settle(panel, panel.handle(key));
    const { view } = this.pictures;
    if (view !== undefined) return view.handle(key);
    if (key.kind === "paste" && this.#options.paste(this, key)) return;
    const bound = this.keys.boundTo(keyName(key));
    if (bound?.action === "video-keys" || bound?.action === "video-size") {
      return this.#options.act(this, bound);
    }
    if (this.video?.scene.hasKeys === true && this.video.handle(key)) return;
    if (this.#options.pickedKey(this, key)) return;
    const editor = this.composer.editorOf(this.model.open);
    const isFirst = editor.text === "";
    const isLines = bound?.isOnEmptyLine === true && (!isFirst || editor.isSearching);
    if (bound !== undefined && !isLines) return this.#options.act(this, bound);
    if (key.kind === "text" && key.text === "?" && isFirst) {
      return this.#options.act(this, { action: "help", nth: 1 });
    }
    if (keyName(key) === "escape") return this.#escape();
    const isIdle = isFirst && this.composer.aimOf(this.model.open) === undefined;
    if (isIdle && keyName(key) === "up" && this.#options.editLast(this)) return;
    this.#compose(key, isFirst);
  }

  /** What the text was to become goes first, then back to the newest; where that is seen, what is asked is put away. */
  #escape(): void {
    const { open } = this.model;
    if (this.composer.aimOf(open) !== undefined) return this.composer.dropAim(open);
    const isScrolled = pageOf(this.model, open).anchor !== undefined;
    if (isScrolled) this.change((model) => scrollTo(model, undefined));
    else if (this.asked.length > 0) this.hideAsks();
  }

  #isLeaving(): boolean {
    const sinceMs = this.#interruptedAtMs;
    return sinceMs !== undefined &&
      this.talk.client.clock.monotonicMs() - sinceMs < LEAVE_MS;
  }

  #interrupt(): void {
    const { clock } = this.talk.client;
    this.#interruptedAtMs = clock.monotonicMs();
    clock.after(LEAVE_MS, () => this.canvas.now());
  }

  #compose(key: Key, isEmpty: boolean): void {
    const { open } = this.model;
    const widthCells = this.canvas.painted?.layout.composer.widthCells ?? this.canvas.size.columns;
    const offered = isEmpty ? this.talk.offered() : this.#begun.get(open);
    const outcome = this.composer.handle(open, key, widthCells);
    if (this.composer.editorOf(open).text === "") this.#begun.delete(open);
    else this.#begun.set(open, offered);
    const isLeaving = this.#isLeaving();
    this.#interruptedAtMs = undefined;
    switch (outcome.kind) {
      case "accepted":
        return this.#submit(outcome.text, offered);
      case "interrupted":
        if (this.composer.aimOf(open) !== undefined) return this.composer.dropAim(open);
        if (isEmpty && isLeaving) this.talk.leave();
        else if (isEmpty) this.#interrupt();
        return;
      case "ended":
        return this.talk.leave();
      case "repaint":
        return this.canvas.repaint();
      case "too-long":
        return this.inbox.addLine(`* ${outcome.words}`, open);
      case "changed":
      case "candidates":
      case "coming":
      case "ignored":
      case "passed":
        return;
    }
  }

  /** A command, a text for whoever is open, or, on every page, one for who is named: `bob:hi`. */
  #submit(text: string, offered: string | undefined): void {
    if (text.trim() === "") return;
    const { open } = this.model;
    // What is entered is an answer to what is seen last.
    if (pageOf(this.model, open).anchor !== undefined) {
      this.change((model) => scrollTo(model, undefined));
    }
    const isCommand = text.startsWith("/") && !text.startsWith("//");
    const { talk, inbox, composer } = this;
    const aim = composer.aimOf(open);
    if (aim !== undefined && !isCommand) {
      composer.dropAim(open);
      return this.#submitAimed(aim, text.replace(/^\/\//, "/"));
    }
    if (isCommand && !DOES.test(text)) inbox.addEcho(text, open);
    else inbox.endEcho(open);
    inbox.start(talk.enter(text, open, offered));
  }

  /** The commands that would be typed for it: the text is named by its id. */
  #submitAimed({ kind, id, text: before }: Aim, text: string): void {
    if (kind === "edit" && text === before) return;
    this.inbox.start(this.talk.enter(`/${kind} ${id} ${text}`, this.model.open));
  }
}

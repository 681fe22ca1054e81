/** The full-screen client: one terminal, first for questions, then for conversations. */

import { Scope } from "../base/scope.ts";
import { NO_AREA } from "../terminal/cells/cell_grid.ts";
import type { RenderChoice } from "../terminal/capability/capability.ts";
import { type Key, keyName } from "../terminal/input/key.ts";
import { pressed } from "../terminal/input/key_table.ts";
import type { App } from "./conversations/app.ts";
import { Canvas, type CanvasOptions } from "./painting/canvas.ts";
import { converse } from "./converse.ts";
import { QuestionPage } from "./questions/question_page.ts";
import { askOver } from "./panels/answer_panel.ts";
import { type ReadSettings, readSettings, themeOf } from "./settings/settings.ts";
import type { Talk } from "../app/conversations/talk.ts";
import { UNKNOWN_GROUND } from "./theme/theme.ts";
import { openVideoPane, type VideoPane, type VideoPaneOptions } from "./video_pane.ts";
import { type Painted, paintPage, paintScene } from "./panes/view.ts";

/** What a full screen is opened with. */
export interface FullScreenOptions
  extends CanvasOptions, Pick<VideoPaneOptions, "random" | "drawing"> {
  /** The text of the file with its settings; empty where there is none. Rejects with StorageError. */
  readConfig(): Promise<string>;
  /** Replaces it. Rejects with StorageError. */
  writeConfig(text: string): Promise<void>;
  /** What in that text cannot be meant, beside the screen's own tables; each a sentence. */
  configProblems(text: string): readonly string[];
  /** For what lives as long as the program. */
  readonly runtimeFolder: string;
  /** What is to be said on every screen; empty: nothing. */
  readonly notice: string;
}

/** Owns the terminal. Closing it gives the terminal back as it was. */
export class FullScreen implements AsyncDisposable {
  /** Asks on the screen, before there is anybody to talk as. */
  readonly questioner: QuestionPage;
  readonly #options: FullScreenOptions;
  readonly #read: ReadSettings;
  readonly #scope: Scope;
  readonly #canvas: Canvas;
  #app: App | undefined;
  /** Settled when what was typed before the conversations is where it belongs. */
  #early: Promise<void> = Promise.resolve();
  #isClosed = false;

  private constructor(
    options: FullScreenOptions,
    read: ReadSettings,
    open: (paint: () => Painted) => Canvas,
  ) {
    this.#options = options;
    this.#read = read;
    this.#scope = new Scope(options.signal);
    this.#canvas = open(() => this.#paint());
    this.questioner = new QuestionPage(
      themeOf(read.settings, options.env, UNKNOWN_GROUND),
      () => this.#canvas.now(),
      options.notice,
    );
  }

  /** Takes the terminal, shows something at once, and asks what the terminal can do. Throws `TerminalError`. */
  static async open(options: FullScreenOptions): Promise<FullScreen> {
    const read = await readSettings(options.readConfig, options.configProblems);
    let scene: () => Painted = () => paintPage(() => undefined, canvas.size);
    const canvas: Canvas = await Canvas.open(options, () => scene());
    const screen = new FullScreen(options, read, (paint) => {
      scene = paint;
      return canvas;
    });
    await canvas.paint();
    await canvas.detect(read.settings.mouse);
    screen.questioner.terminal = canvas.capabilities;
    screen.questioner.theme = themeOf(read.settings, options.env, canvas.ground);
    canvas.whenCleared(() => {
      screen.#app?.pictures.cleared();
      screen.#app?.video?.redraw();
    });
    screen.#scope.run("paint", (signal) => canvas.run(signal));
    screen.#scope.run("keys", (signal) => screen.#readKeys(signal));
    return screen;
  }

  /** Says something between the questions. */
  note(text: string): void {
    this.questioner.note(text);
  }

  /** Asks over the conversations. Rejects with the signal's reason when aborted. */
  async readAnswer(question: Parameters<typeof askOver>[1]): ReturnType<typeof askOver> {
    const app = this.#app;
    return app === undefined ? { kind: "ended" } : await askOver(app, question);
  }

  /** Takes a part of the screen for a video. Before `run` there is none to take. */
  openVideo(options: { render: RenderChoice; signal: AbortSignal }): Promise<VideoPane> {
    return openVideoPane({
      ...options,
      app: () => this.#app,
      canvas: this.#canvas,
      drawing: this.#options.drawing,
      clock: this.#options.clock,
      random: this.#options.random,
    });
  }

  /** Shows the conversations until the person leaves; rejects with what `talk.run` rejects with. Once. */
  async run(talk: Talk): Promise<void> {
    try {
      await converse({
        ...this.#options,
        ...this.#read,
        canvas: this.#canvas,
        talk,
        scope: this.#scope,
        onOpen: (app) => {
          this.#app = app;
          this.#early = pressEarly(app, this.questioner.takeEarly());
        },
      });
    } finally {
      this.#app = undefined;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#scope.close();
    await this.#canvas.close();
  }

  async #readKeys(signal: AbortSignal): Promise<void> {
    try {
      for (;;) {
        const key = await this.#canvas.tty.input.next({ signal });
        await this.#early;
        if (key === undefined) return this.#app?.talk.leave();
        if (this.#app === undefined) this.questioner.handle(key);
        else await this.#app.handle(key);
      }
    } finally {
      // At a signal, too: else a question would hold up the program for ever.
      this.questioner.end();
    }
  }

  #paint(): Painted {
    const app = this.#app;
    if (app === undefined) {
      return paintPage((size) => this.questioner.paint(size), this.#canvas.size);
    }
    const painted = paintScene(app.scene);
    app.inbox.readOpen(painted.nearsTop);
    app.pictures.placed(app.model, painted);
    app.video?.placed(app.pictures.view === undefined ? painted.layout.video : NO_AREA);
    return painted;
  }
}

/**
 * Keys pressed while the program started. A command runs; a text waits to be entered once more: it may have been meant for a question
 * that did not come.
 */
async function pressEarly(app: App, keys: readonly Key[]): Promise<void> {
  let lineBreaks = 0;
  for (const key of keys) {
    const { text } = app.composer.editorOf(app.model.open);
    if (keyName(key) === "enter" && text !== "" && !text.startsWith("/")) lineBreaks++;
    else {
      for (; lineBreaks > 0; lineBreaks--) await app.handle(LINE_BREAK);
      await app.handle(key);
    }
  }
}

const LINE_BREAK = pressed("enter", "\x1b\r", { alt: true });

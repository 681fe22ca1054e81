/** A video in its pane: frames to the screen's room, keys to whoever plays it. */

import { Channel } from "../base/channel.ts";
import { UsageError } from "../base/errors.ts";
import type { Picture } from "../client/video/frame_assembly.ts";
import { Screen, type ScreenOptions } from "../screen/screen.ts";
import {
  type Capabilities,
  cellPixels,
  type GraphicsMethod,
  type RenderChoice,
} from "../terminal/capability/capability.ts";
import { type CellArea, isEmptyArea } from "../terminal/cells/cell_grid.ts";
import { type Key, keyName, splitKey } from "../terminal/input/key.ts";
import type { App } from "./conversations/app.ts";
import type { Canvas } from "./painting/canvas.ts";
import type { OpenVideo } from "./conversations/open_video.ts";
import type { PlayingNow, Sought } from "../app/video_surface.ts";
import { VideoBar } from "./panes/video_bar.ts";

/** How pictures were drawn last on each terminal: a choice is made once. What is lost of it is chosen again. */
export interface DrawingMemory {
  /** What was chosen on a terminal of that name; whatever was kept. */
  recall(terminal: string): Promise<string | undefined>;
  keep(terminal: string, method: string): Promise<void>;
}

/** What a pane is opened with. */
export interface VideoPaneOptions extends Pick<ScreenOptions, "clock" | "random"> {
  readonly render: RenderChoice;
  readonly signal: AbortSignal;
  /** Undefined while there are no conversations to show it beside. */
  app(): App | undefined;
  readonly canvas: Canvas;
  readonly drawing: DrawingMemory;
}

/** Opens the pane and waits until there is room in it. Throws UsageError `no-room`, `no-graphics`. Whoever opens it closes it. */
export async function openVideoPane(options: VideoPaneOptions): Promise<VideoPane> {
  const app = options.app();
  const { capabilities } = options.canvas;
  if (app === undefined || capabilities === undefined) {
    throw new UsageError("no-room", "The screen is not ready for a video yet");
  }
  if (app.video !== undefined) {
    throw new UsageError("video-open", "A video plays already: F6 gives it the keys, q stops it");
  }
  const methods = methodsOf(capabilities);
  const known = await options.drawing.recall(capabilities.name);
  const best = methods.find((method) => method === known) ?? capabilities.method;
  const wanted = options.render === "auto" ? best : options.render;
  if (wanted === "none") {
    throw new UsageError("no-graphics", "Nothing can be drawn on this terminal: it has no colours");
  }
  const pane = new VideoPane(options, app, { methods, method: wanted });
  app.video = pane;
  try {
    await pane.settle();
    return pane;
  } catch (error) {
    await pane[Symbol.asyncDispose]();
    throw error;
  }
}

/** One video; fits what `watch` shows frames on (`cli/video/viewer.ts`). */
export class VideoPane implements OpenVideo, AsyncDisposable {
  readonly hasStatus = true;
  readonly #options: VideoPaneOptions;
  readonly #app: App;
  readonly #keys = new Channel<Key | Sought>();
  readonly #bar: VideoBar;
  readonly #methods: readonly GraphicsMethod[];
  #method: GraphicsMethod;
  #screen: Screen | undefined;
  /** What the screens before this one drew. */
  #counted = { drawn: 0, dropped: 0, refused: 0 };
  #area: CellArea | undefined;
  #wanted: CellArea | undefined;
  #size: "pane" | "full" = "pane";
  #hasKeys = false;
  /** Before the picture took the whole screen, where there is nothing else that keys could be for. */
  #hadKeys = false;
  #last: Picture | undefined;
  #settling: Promise<void> = Promise.resolve();
  #isClosed = false;
  #adapts = false;

  constructor(
    options: VideoPaneOptions,
    app: App,
    drawing: { methods: readonly GraphicsMethod[]; method: GraphicsMethod },
  ) {
    this.#options = options;
    this.#app = app;
    this.#methods = drawing.methods;
    this.#method = drawing.method;
    this.#bar = new VideoBar();
  }

  get scene(): OpenVideo["scene"] {
    const statistics = this.#screen?.statistics;
    const bar = this.#bar.rows({
      ...{ hasKeys: this.#hasKeys, method: this.#method, statistics },
      nowMs: this.#options.clock.monotonicMs(),
    });
    const { playing, showsFacts: saysFacts } = this.#bar;
    return { size: this.#size, bar, hasKeys: this.#hasKeys, playing, saysFacts };
  }

  /** What pictures are drawn on; undefined while they are not. */
  get drawing() {
    const screen = this.#screen;
    if (screen === undefined) return undefined;
    return { ...screen.box, drawMs: screen.drawMs, decodeMs: screen.statistics.paintMs };
  }

  /** Whether pictures are drawn smaller where the terminal is too slow for large ones. */
  set adapts(adapts: boolean) {
    this.#adapts = adapts;
    if (this.#screen !== undefined) this.#screen.adapts = adapts;
  }

  get statistics() {
    const { drawn = 0, dropped = 0, refused = 0 } = this.#screen?.statistics ?? {};
    const before = this.#counted;
    return {
      method: this.#method,
      drawn: before.drawn + drawn,
      dropped: before.dropped + dropped,
      refused: before.refused + refused,
    };
  }

  /** Takes a frame. With `inOrder` it resolves when the terminal has had time for it. */
  async show(frame: Picture, { inOrder }: { inOrder: boolean }): Promise<void> {
    this.#last = frame;
    this.#bar.count();
    this.#draw(frame);
    if (!inOrder) return;
    // As fast as possible is as fast as the terminal is.
    await this.#options.canvas.pictureOutput.writeAcknowledged(new Uint8Array(0));
  }

  status(text: string, keys: string, playing?: PlayingNow): Promise<void> {
    this.#bar.tell(text, keys, playing);
    this.#options.canvas.soon();
    return Promise.resolve();
  }

  subtitle(text: string | undefined): Promise<void> {
    this.#bar.say(text);
    this.#options.canvas.soon();
    return Promise.resolve();
  }

  nextKey(signal: AbortSignal): Promise<Key | Sought | undefined> {
    return this.#keys.next({ signal });
  }

  handle(key: Key): boolean {
    for (const single of splitKey(key)) this.#press(single);
    return true;
  }

  seek(share: number): void {
    this.#keys.push({ kind: "seek", share });
  }

  #press(key: Key): void {
    const name = key.kind === "text" ? key.text : keyName(key) ?? "";
    if (name === "escape" || name === "ctrl-c" || name === "tab") this.toggleKeys();
    else if (name === "f") this.toggleSize();
    else if (name === "i") this.#bar.toggleFacts();
    else if (name === "g") this.#nextMethod();
    else this.#keys.push(key);
  }

  toggleKeys(): void {
    // Nobody types a text that is not to be seen.
    this.#size = "pane";
    this.#hasKeys = !this.#hasKeys;
    this.#app.canvas.now();
  }

  toggleSize(): void {
    this.#size = this.#size === "pane" ? "full" : "pane";
    if (this.#size === "full") this.#hadKeys = this.#hasKeys;
    this.#hasKeys = this.#size === "full" || this.#hadKeys;
    this.#app.canvas.now();
  }

  /** Where the pane is by the last layout. Moves the picture there. */
  placed(area: CellArea): void {
    if (isSame(area, this.#wanted)) return;
    this.#wanted = area;
    this.#settling = this.#settling.then(() => this.#move()).catch((error) => {
      // A terminal that is gone is noticed by the painter.
      this.#keys.close(error);
    });
  }

  /** The screen was cleared: the picture has to be drawn anew, behind the paint that cleared it. */
  redraw(): void {
    this.#area = undefined;
    this.#settling = this.#settling.then(async () => {
      await this.#options.canvas.paint();
      await this.#move();
    });
  }

  /** Waits until the picture is where the layout has it. */
  async settle(): Promise<void> {
    const { canvas } = this.#options;
    await canvas.paint();
    await this.#settling;
    if (this.#wanted !== undefined && !isEmptyArea(this.#wanted)) return;
    // There is no room for both.
    this.toggleSize();
    await canvas.paint();
    await this.#settling;
    if (this.#wanted === undefined || isEmptyArea(this.#wanted)) {
      throw new UsageError("no-room", "The screen is too small for a video");
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#settling;
    await this.#closeScreen();
    this.#app.video = undefined;
    this.#options.canvas.setPictures([]);
    this.#options.canvas.now();
  }

  /** The old picture goes first: only then are its cells the conversation's. */
  async #move(): Promise<void> {
    const { canvas } = this.#options;
    const area = this.#wanted;
    if (area === undefined || isSame(area, this.#area) || this.#isClosed) return;
    this.#area = area;
    const { capabilities } = canvas;
    if (isEmptyArea(area)) {
      await this.#screen?.clear();
      canvas.setPictures([]);
    } else if (this.#screen === undefined) {
      canvas.setPictures([area]);
      await this.#open(area);
    } else {
      await this.#screen.resize(area, capabilities);
      canvas.setPictures([area]);
    }
    canvas.now();
    if (this.#last !== undefined) this.#draw(this.#last);
  }

  async #open(rectangle: CellArea): Promise<void> {
    const { canvas, clock, random } = this.#options;
    const { capabilities } = canvas;
    if (capabilities === undefined) return;
    const output = canvas.pictureOutput;
    const method = this.#method;
    this.#bar.forget();
    const screen = await Screen.open({ output, capabilities, method, rectangle, clock, random });
    screen.adapts = this.#adapts;
    this.#screen = screen;
    // Whoever plays it hears of it; the conversation goes on.
    screen.wait().catch((error) => this.#keys.close(error));
  }

  /** What it was still to draw is counted by then. */
  async #closeScreen(): Promise<void> {
    await this.#screen?.close();
    this.#counted = this.statistics;
    this.#screen = undefined;
  }

  #draw({ jpeg: jpegBytes, ptsMs, widthPx, heightPx, index }: Picture): void {
    if (this.#area === undefined || isEmptyArea(this.#area)) return;
    this.#screen?.show({ jpegBytes, ptsMs, widthPx, heightPx, index });
  }

  #nextMethod(): void {
    const at = this.#methods.indexOf(this.#method);
    this.#method = this.#methods[(at + 1) % this.#methods.length] ?? this.#method;
    this.#settling = this.#settling.then(async () => {
      await this.#closeScreen();
      const { canvas, drawing } = this.#options;
      await drawing.keep(canvas.capabilities?.name ?? "", this.#method);
      if (this.#area === undefined || isEmptyArea(this.#area) || this.#isClosed) return;
      await this.#open(this.#area);
      if (this.#last !== undefined) this.#draw(this.#last);
    });
  }
}

/** What a terminal can draw with, best first. */
function methodsOf(capabilities: Capabilities): readonly GraphicsMethod[] {
  const { kitty, sixel, iterm2, answered } = capabilities;
  const methods: GraphicsMethod[] = [];
  if (kitty !== undefined) methods.push("kitty");
  if (sixel !== undefined) methods.push("sixel");
  if (iterm2) methods.push("iterm2");
  const { method } = capabilities;
  if (method !== "blocks" && cellPixels(method) !== undefined) methods.push(method);
  if (answered || methods.length === 0) methods.push("blocks");
  return methods;
}

function isSame(left: CellArea, right: CellArea | undefined): boolean {
  return left.column === right?.column && left.row === right.row &&
    left.widthCells === right.widthCells && left.heightCells === right.heightCells;
}

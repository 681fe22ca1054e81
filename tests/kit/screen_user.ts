/** A person at the full screen: a client of a test world, a terminal that shows what is written, and keys. */

import { ScreenTalk } from "../../lib/cli/screen/screen_talk.ts";
import type { VideoSurface } from "../../lib/cli/dialogue/slash_row.ts";
import { anySignal } from "../../lib/base/scope.ts";
import { utf8 } from "../../lib/base/bytes.ts";
import { systemRandom } from "../../lib/base/random.ts";
import { configProblems } from "../../lib/cli/whole_config.ts";
import { readConfig, writeConfig } from "../../lib/cli/config_file.ts";
import { DrawingMemory } from "../../lib/cli/screen/drawing_memory.ts";
import { FullScreen } from "../../lib/tui/full_screen.ts";
import { ShownTerminal } from "./cells.ts";
import { settle } from "./clock.ts";
import { FakeTerminal } from "./fake_terminal.ts";
import { readRows } from "./scenes.ts";
import type { TestClient } from "./test_client.ts";

/** What a terminal says to the questions that every one answers. */
export function answerAsTerminal(written: string): string {
  let answers = "";
  // deno-lint-ignore no-control-regex -- questions are made of controls
  for (const [question] of written.matchAll(/\x1b\[c|\x1b\[5n/g)) {
    answers += question === "\x1b[c" ? "\x1b[?62;22c" : "\x1b[0n";
  }
  return answers;
}

/** A terminal with kitty graphics. */
export function answerAsKitty(written: string): string {
  // deno-lint-ignore no-control-regex -- questions are made of controls
  const direct = written.match(/\x1b_Gi=(\d+),a=q,s=1,v=1,f=24,t=d/)?.[1];
  const graphics = direct === undefined ? "" : `\x1b_Gi=${direct};OK\x1b\\`;
  return graphics + answerAsTerminal(written);
}

/** A VT340, as xterm is one: sixel, no synchronized output. */
export function answerAsSixel(written: string): string {
  return answerAsTerminal(written).replace("\x1b[?62;22c", "\x1b[?63;1;2;4;6;9;15;22c");
}

/** Rounds of the event loop after which something that is waited for will not come. */
const MAX_ROUNDS = 3_000;
/** How far the clock goes in each. */
const ROUND_MS = 10;

export interface ScreenUserOptions {
  readonly columns?: number;
  readonly rows?: number;
  readonly answer?: (written: string) => string;
  readonly stage?: (screen: FullScreen) => VideoSurface;
  readonly env?: Readonly<Record<string, string>>;
  readonly config?: string | Uint8Array;
  /** The program is told to stop when the screen is there, and nothing on it yet. */
  readonly stopsAtOnce?: boolean;
  /** Typed while the program starts: the screen is there, and nothing on it yet. */
  readonly typesEarly?: string;
}

export class ScreenUser implements AsyncDisposable {
  readonly terminal: FakeTerminal;
  readonly screen: FullScreen;
  readonly #me: TestClient;
  readonly #folder: string;
  readonly #shown: ShownTerminal;
  readonly #stop = new AbortController();
  #columns: number;
  #rows: number;
  #read = 0;
  /** Settled when the person has left, or the screen failed. */
  readonly left: Promise<void>;

  private constructor(
    me: TestClient,
    parts: {
      terminal: FakeTerminal;
      screen: FullScreen;
      columns: number;
      rows: number;
      folder: string;
    },
    run: (signal: AbortSignal) => Promise<void>,
  ) {
    this.#me = me;
    this.#folder = parts.folder;
    this.terminal = parts.terminal;
    this.screen = parts.screen;
    this.#columns = parts.columns;
    this.#rows = parts.rows;
    this.#shown = new ShownTerminal(parts.columns, parts.rows);
    this.left = run(this.#stop.signal);
    // Whoever wants to know awaits `left`.
    this.left.catch(() => {});
  }

  static async open(me: TestClient, options: ScreenUserOptions = {}): Promise<ScreenUser> {
    const { columns = 80, rows = 24, answer = answerAsTerminal, env = {}, config } = options;
    const { clock } = me.world;
    const terminal = new FakeTerminal();
    terminal.screenSize = { columns, rows };
    terminal.answer = answer;
    const folder = await me.world.folder();
    if (config !== undefined) {
      const bytes = typeof config === "string" ? utf8(config) : config;
      await Deno.writeFile(`${folder}/config.toml`, bytes);
    }
    const stop = new AbortController();
    const opening = FullScreen.open({
      device: terminal,
      clock,
      random: systemRandom,
      readConfig: () => readConfig(folder),
      writeConfig: (text) => writeConfig(folder, text),
      configProblems: (text) => configProblems(text, "/home/me"),
      drawing: new DrawingMemory(folder),
      runtimeFolder: folder,
      notice: "",
      env: (name) => ({ TERM: "xterm-256color", ...env })[name],
      restoreAtExit: () => {},
      signal: stop.signal,
    });
    const screen = await whileTimePasses(clock, opening);
    if (options.typesEarly !== undefined) {
      terminal.type(options.typesEarly);
      await settle();
    }
    if (options.stopsAtOnce === true) stop.abort(new DOMException("Stopped", "AbortError"));
    const stage = options.stage?.(screen) ??
      {
        open: (viewing) => screen.openVideo(viewing),
        resolve: (path: string) => path,
        downloads: folder,
      };
    return new ScreenUser(me, { terminal, screen, columns, rows, folder }, async (signal) => {
      await screen.run(
        new ScreenTalk({
          client: me.client,
          connect: async () => void await me.connect(),
          stage,
          secrets: {
            greet: () => me.world.greet(),
            keeper: () => Promise.resolve(me.keeper),
            readFile: () => Promise.resolve(""),
          },
          readAnswer: (question) => screen.readAnswer(question),
          signal: anySignal(signal, stop.signal),
        }),
      );
    });
  }

  /** Types; what the terminal would send for it. */
  type(text: string): void {
    this.terminal.type(text);
  }

  /** The text of `config.toml`, as it lies there now. */
  config(): Promise<string> {
    return readConfig(this.#folder);
  }

  /** What is on the screen now. */
  async rows(): Promise<readonly string[]> {
    const { written } = this.terminal;
    const news = written.slice(this.#read);
    this.#read = written.length;
    await this.#shown.write(news);
    return readRows(this.#shown, this.#columns, this.#rows);
  }

  /** Waits until some row fits, and returns all of them. */
  see(pattern: RegExp): Promise<readonly string[]> {
    return this.#look((row) => pattern.test(row), `${pattern} is not to be seen`);
  }

  /** Waits until no row fits any more, and returns all of them. */
  async seeNo(pattern: RegExp): Promise<readonly string[]> {
    const isGone = (_: string, __: number, rows: readonly string[]) =>
      !rows.some((row) => pattern.test(row));
    return await this.#look(isGone, `${pattern} is still to be seen`);
  }

  async #look(
    fits: (row: string, at: number, rows: readonly string[]) => boolean,
    failure: string,
  ): Promise<readonly string[]> {
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const rows = await this.rows();
      if (rows.some(fits)) return rows;
      await this.#me.world.clock.advance(ROUND_MS);
      await settle();
    }
    throw new Error(`${failure}:\n${(await this.rows()).join("\n")}`);
  }

  /** Waits for something while time passes. */
  wait<T>(doing: Promise<T>): Promise<T> {
    return whileTimePasses(this.#me.world.clock, doing);
  }

  /** The terminal has another size from now on; what it showed is gone. */
  resize(columns: number, rows: number): void {
    this.#columns = columns;
    this.#rows = rows;
    this.terminal.screenSize = { columns, rows };
    this.#shown.resize(columns, rows);
    for (const listener of this.terminal.resizeListeners) listener();
  }

  async leave(): Promise<void> {
    this.type("\x05\x15\x04");
    await whileTimePasses(this.#me.world.clock, this.left);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new DOMException("The test is over", "AbortError"));
    await whileTimePasses(this.#me.world.clock, Promise.allSettled([this.left]));
    await whileTimePasses(this.#me.world.clock, this.screen[Symbol.asyncDispose]());
    this.#shown.close();
  }
}

async function whileTimePasses<T>(
  clock: TestClient["world"]["clock"],
  doing: Promise<T>,
): Promise<T> {
  let isDone = false;
  const done = doing.finally(() => isDone = true);
  done.catch(() => {});
  for (let round = 0; round < MAX_ROUNDS && !isDone; round++) {
    await clock.advance(ROUND_MS);
    await settle();
  }
  if (!isDone) throw new Error(`not done after ${MAX_ROUNDS * ROUND_MS / 1000} s of its time`);
  return await done;
}

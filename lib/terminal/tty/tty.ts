/** The owner of raw mode and of every mode set on the terminal: whatever happens, it leaves the terminal as it found it. */

import { type Bytes, concatBytes, utf8 } from "../../base/bytes.ts";
import { blockFor, type Clock } from "../../base/clock.ts";
import { describeError, TerminalError } from "../../base/errors.ts";
import { logger } from "../../base/log.ts";
import { InputReader } from "../input/input_reader.ts";
import { QueuedOutput } from "../output/output.ts";
import type { TerminalSize, TtyDevice } from "./tty_device.ts";

const log = logger("terminal", "tty");

/** Modes that a program may set, and how they are set and reset. */
const MODES = {
  alternateScreen: { set: "\x1b[?1049h", reset: "\x1b[?1049l" },
  hiddenCursor: { set: "\x1b[?25l", reset: "\x1b[?25h" },
  bracketedPaste: { set: "\x1b[?2004h", reset: "\x1b[?2004l" },
  mouse: { set: "\x1b[?1002h\x1b[?1006h", reset: "\x1b[?1006l\x1b[?1002l" },
  focusReports: { set: "\x1b[?1004h", reset: "\x1b[?1004l" },
  /** Alt sends escape before the key (xterm's metaSendsEscape). Only where it was answered to be off: reset leaves it so. */
  altSendsEscape: { set: "\x1b[?1036h", reset: "\x1b[?1036l" },
  /** Kitty keyboard protocol, "disambiguate escape codes". Only where it was answered: others may show it. */
  kittyKeyboard: { set: "\x1b[>1u", reset: "\x1b[<u" },
} as const;

/** A mode that `setMode` knows. */
export type TerminalMode = keyof typeof MODES;

/** What a terminal has when it does not say: the smallest that the program must fit. */
const FALLBACK_SIZE: TerminalSize = { columns: 80, rows: 24 };

/** Ends a picture or any other string that was cut off, synchronized output, colours. Nothing to a terminal at rest. */
const STRING_TERMINATOR = "\x1b\\";
const RESET = "\x1b[?2026l\x1b[m\x1b[?25h";

/** Longer than a write takes that is under way; a terminal that takes nothing is not waited for. */
const LAST_WRITE_MS = 30;

/** Longer than a picture takes on a slow line; shorter than what a person notices at the end of a program. */
const LATE_ANSWERS_MS = 400;

/** One at a time. Whoever opens it closes it, and calls `restore` from signal handlers and last-chance error handlers. */
export class Tty implements AsyncDisposable {
  readonly #device: TtyDevice;
  readonly #clock: Clock;
  readonly input: InputReader;
  readonly output: QueuedOutput;
  readonly #modes = new Set<TerminalMode>();
  readonly #stopResizes: (() => void)[] = [];
  #isRaw = false;
  #closing: Promise<void> | undefined;

  private constructor(device: TtyDevice, clock: Clock) {
    this.#device = device;
    this.#clock = clock;
    this.input = new InputReader(device.input, { clock });
    this.output = new QueuedOutput(device.output, { clock, replies: this.input });
  }

  /** Enters raw mode: ctrl-C and ctrl-D arrive as keys, no SIGINT comes. Throws `TerminalError` when there is no terminal. */
  static open(device: TtyDevice, options: { clock: Clock }): Tty {
    if (!device.inputIsTerminal() || !device.outputIsTerminal()) {
      throw new TerminalError(
        "no-terminal",
        "Cannot open the terminal: input and output must both be one",
      );
    }
    const tty = new Tty(device, options.clock);
    device.setRaw(true);
    tty.#isRaw = true;
    return tty;
  }

  get size(): TerminalSize {
    return this.#device.size() ?? FALLBACK_SIZE;
  }

  /** Calls `listener` with each new size until the returned function is called or the tty is closed. */
  onResize(listener: (size: TerminalSize) => void): () => void {
    const stop = this.#device.onResize(() => listener(this.size));
    this.#stopResizes.push(stop);
    return stop;
  }

  /** Sets or resets a mode. What is set at the end is reset by `close` and `restore`. */
  async setMode(mode: TerminalMode, on: boolean): Promise<void> {
    if (this.#modes.has(mode) === on) return;
    if (on) this.#modes.add(mode);
    else this.#modes.delete(mode);
    await this.output.write(utf8(on ? MODES[mode].set : MODES[mode].reset));
  }

  /**
   * Gives the terminal to another program for as long as `action` runs, as it was before, and takes it again. Nobody may wait
   * for input meanwhile: what is typed then is the other program's.
   */
  async lend<Result>(action: () => Promise<Result>): Promise<Result> {
    const modes = [...this.#modes];
    await this.output.write(
      utf8(modes.toReversed().map((mode) => MODES[mode].reset).join("") + RESET),
    );
    this.#device.setRaw(false);
    try {
      return await action();
    } finally {
      this.#device.setRaw(true);
      await this.output.write(utf8(modes.map((mode) => MODES[mode].set).join("")));
    }
  }

  /**
   * Gives the terminal back at once, without waiting: for signals and crashes. What is still queued is lost. Never throws, twice is
   * fine.
   */
  restore(): void {
    if (!this.#isRaw) return;
    // What is erased or painted later would stand on the screen of whoever has the terminal then.
    this.output.abandon();
    // A write that is under way is on a thread of its own, and would come to its end behind what gives the terminal back.
    if (this.output.queuedBytes > 0) blockFor(LAST_WRITE_MS);
    try {
      const bytes = this.#takeResets();
      for (let offset = 0; offset < bytes.length;) {
        const written = this.#device.writeSync(bytes.subarray(offset));
        if (written <= 0) break;
        offset += written;
      }
    } catch (error) {
      // The terminal is gone, e.g. after SIGHUP: there is nobody left to restore it for.
      log.debug("terminal not restored", { reason: describeError(error) });
    }
    this.#leaveRaw();
  }

  /** Writes what is queued, resets every mode and leaves raw mode. Twice is fine. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    for (const stop of this.#stopResizes) stop();
    if (!this.#isRaw) return;
    // Not awaited: when the terminal takes nothing, `output.close` gives up on it in time.
    this.output.write(this.#takeResets()).catch((error) => {
      log.debug("terminal not restored", { reason: describeError(error) });
    });
    await this.#takeLateAnswers();
    await this.output.close();
    this.#leaveRaw();
  }

  /** An answer that came when raw mode is left would stand on the screen, or be typed into the shell. */
  async #takeLateAnswers(): Promise<void> {
    if (this.output.unanswered === 0) return;
    try {
      const signal = this.#clock.deadline(LATE_ANSWERS_MS);
      await this.input.readReplies(() => this.output.unanswered === 0, { signal });
    } catch (error) {
      log.debug("terminal did not answer at the end", { reason: describeError(error) });
    }
  }

  #takeResets(): Bytes {
    // The newest mode first, as with brackets.
    const resets = [...this.#modes].reverse().map((mode) => MODES[mode].reset);
    const bytes = concatBytes(
      utf8(STRING_TERMINATOR),
      utf8(resets.join("") + RESET),
    );
    this.#modes.clear();
    return bytes;
  }

  #leaveRaw(): void {
    if (!this.#isRaw) return;
    this.#isRaw = false;
    try {
      this.#device.setRaw(false);
    } catch (error) {
      log.debug("raw mode not left", { reason: describeError(error) });
    }
  }
}

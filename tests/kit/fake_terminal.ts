/** A terminal for tests: takes bytes, gives the bytes that the test types, answers when told how. */

import type { TerminalSize, TtyDevice } from "../../lib/terminal/tty/tty_device.ts";
import { Channel } from "../../lib/base/channel.ts";
import { utf8 } from "../../lib/base/bytes.ts";

export class FakeTerminal implements TtyDevice {
  /** Everything written so far. */
  written = "";
  /** How many bytes one write takes at most. */
  shortWrites = Infinity;
  raw = false;
  inputIsTty = true;
  outputIsTty = true;
  screenSize: TerminalSize | undefined = { columns: 100, rows: 30 };
  /** Called with each write; what it returns is sent back. */
  answer: (text: string) => string = () => "";
  /** While set, a write does not return. */
  stopped: Promise<void> | undefined;
  readonly resizeListeners = new Set<() => void>();
  readonly #typed = new Channel<Uint8Array>();
  #rest: Uint8Array | undefined;
  readonly #decoder = new TextDecoder();

  readonly input = { read: (buffer: Uint8Array) => this.#read(buffer) };
  readonly output = {
    write: async (bytes: Uint8Array) => {
      await this.stopped;
      return this.writeSync(bytes);
    },
  };

  type(text: string | Uint8Array): void {
    this.#typed.push(typeof text === "string" ? utf8(text) : text);
  }

  /** The other side hangs up. */
  end(error?: unknown): void {
    this.#typed.close(error);
  }

  inputIsTerminal(): boolean {
    return this.inputIsTty;
  }

  outputIsTerminal(): boolean {
    return this.outputIsTty;
  }

  setRaw(raw: boolean): void {
    this.raw = raw;
  }

  size(): TerminalSize | undefined {
    return this.screenSize;
  }

  onResize(listener: () => void): () => void {
    this.resizeListeners.add(listener);
    return () => this.resizeListeners.delete(listener);
  }

  writeSync(bytes: Uint8Array): number {
    const taken = bytes.subarray(0, this.shortWrites);
    const text = this.#decoder.decode(taken, { stream: true });
    this.written += text;
    const answer = this.answer(text);
    if (answer !== "") this.type(answer);
    return taken.length;
  }

  async #read(buffer: Uint8Array): Promise<number | null> {
    const bytes = this.#rest ?? await this.#typed.next();
    if (bytes === undefined) return null;
    const part = bytes.subarray(0, buffer.length);
    buffer.set(part);
    this.#rest = part.length < bytes.length ? bytes.subarray(part.length) : undefined;
    return part.length;
  }
}

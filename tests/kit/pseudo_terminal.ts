/** A program in a pseudo-terminal, by script(1): what is typed goes in, and every byte that it writes comes out, with its time. */

import { HANG_MS } from "./hang.ts";

/** How a program is started. */
export interface PseudoTerminalOptions {
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly columns: number;
  readonly rows: number;
  /** What the terminal says to what is written; asked for each piece. */
  answer(written: string): string;
  /** Told of each piece as it comes. */
  onBytes?(bytes: Uint8Array): void;
}

/** Closing it ends the program. */
export class PseudoTerminal implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #keyboard: WritableStreamDefaultWriter<Uint8Array>;
  readonly #reading: Promise<void>;
  #written = "";
  #onText = () => {};

  private constructor(child: Deno.ChildProcess, options: PseudoTerminalOptions) {
    this.#child = child;
    this.#keyboard = child.stdin.getWriter();
    this.#reading = this.#read(options);
  }

  /** Starts it. */
  static open(options: PseudoTerminalOptions): PseudoTerminal {
    const { command, env, columns, rows } = options;
    const words = command.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
    const child = new Deno.Command("script", {
      args: ["-qfec", `stty rows ${rows} cols ${columns}; exec ${words}`, "/dev/null"],
      env: { TERM: "xterm-256color", ...env },
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    return new PseudoTerminal(child, options);
  }

  /** Everything so far, a character a byte. */
  get written(): string {
    return this.#written;
  }

  /** Of the program itself. */
  async pid(): Promise<number> {
    const args = ["-P", `${this.#child.pid}`];
    const { stdout } = await new Deno.Command("pgrep", { args }).output();
    return Number(new TextDecoder().decode(stdout).split("\n")[0]);
  }

  type(text: string): Promise<void> {
    return this.#keyboard.write(new TextEncoder().encode(text));
  }

  /** Waits until what is written from `start` on fits. */
  async see(pattern: RegExp, start = 0): Promise<void> {
    const limit = AbortSignal.timeout(HANG_MS);
    while (!pattern.test(this.#written.slice(start))) {
      await new Promise<void>((resolve, reject) => {
        this.#onText = resolve;
        limit.onabort = () =>
          reject(new Error(`${pattern} was not written: ${this.#written.slice(-2_000)}`));
      });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#keyboard.close().catch(() => {});
    try {
      this.#child.kill("SIGTERM");
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
    }
    await this.#child.status;
    await this.#reading;
  }

  async #read({ answer, onBytes }: PseudoTerminalOptions): Promise<void> {
    const text = new TextDecoder("latin1");
    for await (const bytes of this.#child.stdout) {
      onBytes?.(bytes);
      const piece = text.decode(bytes);
      this.#written += piece;
      const answered = answer(piece);
      if (answered !== "") await this.type(answered).catch(() => {});
      this.#onText();
    }
  }
}

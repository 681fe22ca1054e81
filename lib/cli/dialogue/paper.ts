/** What the line dialogue writes on: the terminal, or plain lines. It can be put aside while a video has the terminal. */

import { LineSource } from "../../terminal/line_source.ts";
import type { DialogueInput, LineDialogue, ReadLineOptions } from "../../terminal/dialogue.ts";
import { QueuedOutput } from "../../terminal/output.ts";
import { PlainDialogue } from "../../terminal/plain_dialogue.ts";
import { safeText } from "../../terminal/safe_text.ts";
import { TerminalDialogue } from "../../terminal/terminal_dialogue.ts";
import { Tty } from "../../terminal/tty.ts";
import { processTty } from "../../terminal/tty_device.ts";
import type { Context } from "../context.ts";

/** A dialogue that is open, with what it stands on. */
interface OpenPaper {
  readonly dialogue: LineDialogue;
  close(): Promise<void>;
}

/** One dialogue with the person. Whoever opens it closes it. */
export class Paper implements AsyncDisposable {
  readonly #context: Context;
  readonly #open: () => Promise<OpenPaper>;
  #paper: OpenPaper | undefined;
  /** Texts that came while the paper was aside. */
  readonly #waiting: string[] = [];

  private constructor(context: Context, open: () => Promise<OpenPaper>) {
    this.#context = context;
    this.#open = open;
  }

  /** Plain when the person wants no escape sequence, or when there is no terminal at both ends. */
  static async open(context: Context): Promise<Paper> {
    const isPlain = context.options.isPlain || !Deno.stdin.isTerminal() ||
      !Deno.stdout.isTerminal();
    const lines = isPlain ? new LineSource(processTty("stdout").input) : undefined;
    const paper = new Paper(
      context,
      () => lines === undefined ? openTerminal(context) : openPlain(context, lines),
    );
    paper.#paper = await paper.#open();
    return paper;
  }

  /** Adds a text below. Foreign parts are made safe here. Kept for later while the paper is aside. */
  async print(text: string): Promise<void> {
    if (this.#paper === undefined) this.#waiting.push(text);
    else await this.#paper.dialogue.print(safeText(text));
  }

  /** See `LineDialogue.readLine`. */
  async readLine(options: ReadLineOptions): Promise<DialogueInput> {
    this.#paper ??= await this.#open();
    return await this.#paper.dialogue.readLine(options);
  }

  /** Gives the terminal to `action`, then takes it back and shows what came meanwhile. */
  async aside<Result>(action: () => Promise<Result>): Promise<Result> {
    await this.#close();
    try {
      return await action();
    } finally {
      if (!this.#context.signal.aborted) {
        this.#paper = await this.#open();
        for (const text of this.#waiting.splice(0)) await this.print(text);
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
  }

  async #close(): Promise<void> {
    const paper = this.#paper;
    this.#paper = undefined;
    await paper?.close();
  }
}

async function openTerminal(context: Context): Promise<OpenPaper> {
  const tty = Tty.open(processTty("stdout"), context.options);
  context.restoreAtExit(() => tty.restore());
  const dialogue = await TerminalDialogue.open(tty);
  return {
    dialogue,
    close: async () => {
      await dialogue[Symbol.asyncDispose]();
      await tty.close();
    },
  };
}

function openPlain(context: Context, lines: LineSource): Promise<OpenPaper> {
  const device = processTty("stdout");
  const output = new QueuedOutput(device.output, context.options);
  const dialogue = new PlainDialogue(lines, output, { widthCells: () => device.size()?.columns });
  return Promise.resolve({
    dialogue,
    close: async () => {
      await output.close();
    },
  });
}

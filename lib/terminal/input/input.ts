/**
 * From the terminal's bytes to keys and replies, incrementally: a sequence may be cut anywhere between two reads.
 * Grammar: ECMA-48 §5.4 (control sequences) and §5.6 (control strings), xterm's "ctlseqs".
 */

import { controlKey, pressed, readControlSequence, ss3Key } from "./key_table.ts";
import type { Key } from "./key.ts";
import type { Reply } from "./reply.ts";

/** Where the results go, in the order of the bytes. */
export interface InputSink {
  key(key: Key): void;
  reply(reply: Reply): void;
}

/** No sequence that we know is longer. What is longer is dropped to its end. */
const MAX_CSI_UNITS = 256;
/** The longest answer that we ask for is a colour; a clipboard or a capability string may be longer. */
const MAX_STRING_UNITS = 16_384;
type StringKind = "dcs" | "apc" | "osc" | "ignored";

const STRING_INTRODUCERS: Readonly<Record<string, StringKind>> = {
  P: "dcs",
  _: "apc",
  "]": "osc",
  "^": "ignored",
  X: "ignored",
};

type State =
  | { readonly in: "ground" }
  /** After ESC. */
  | { readonly in: "escape" }
  | { readonly in: "csi"; body: string; tooLong: boolean }
  | { readonly in: "ss3" }
  | {
    readonly in: "string";
    readonly kind: StringKind;
    readonly introducer: string;
    body: string;
    tooLong: boolean;
    escaped: boolean;
  }
  | { readonly in: "paste"; readonly pasted: PastedText };

const GROUND: State = { in: "ground" };

/** Everything up to here in one go is typed text. C1 controls cannot be typed and are dropped. */
// deno-lint-ignore no-control-regex -- controls are what the input is made of
const TEXT_RUN = /[^\x00-\x1f\x7f-\x9f]+/y;

/** Never throws and keeps a bounded amount, whatever comes. */
export class InputParser {
  readonly #sink: InputSink;
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  #state: State = GROUND;

  constructor(sink: InputSink) {
    this.#sink = sink;
  }

  /** True while a sequence has begun and not ended: `flush` may be due. */
  get pending(): boolean {
    return this.#state.in !== "ground";
  }

  /** Takes the next bytes. Keys and replies go to the sink before this returns. */
  feed(bytes: Uint8Array): void {
    const text = this.#decoder.decode(bytes, { stream: true });
    for (let at = 0; at < text.length;) at = this.#step(text, at);
  }

  /**
   * To be called when nothing came for a moment: an ESC on its own is then the escape key, and `ESC [`, `ESC ]` and the like are
   * alt with that character. The rest of a longer sequence is still waited for.
   */
  flush(): void {
    const state = this.#state;
    if (state.in === "escape") this.#end(() => this.#sink.key(pressed("escape", "\x1b")));
    if (state.in === "ss3") this.#endAsAlt("O");
    if (state.in === "csi" && state.body === "" && !state.tooLong) this.#endAsAlt("[");
    if (state.in === "string" && state.body === "" && !state.tooLong && !state.escaped) {
      this.#endAsAlt(state.introducer);
    }
  }

  /** To be called when nothing came for long: what is unfinished will not be finished. A paste is given as far as it came. */
  abandon(): void {
    const state = this.#state;
    if (state.in === "paste") this.#endPaste(state.pasted);
    else this.flush();
    this.#state = GROUND;
  }

  /** Handles `text` from `at` on and returns where to go on. */
  #step(text: string, at: number): number {
    const state = this.#state;
    switch (state.in) {
      case "ground":
        return this.#ground(text, at);
      case "escape":
        return this.#escape(text, at);
      case "csi":
        return this.#csi(state, text[at], at);
      case "ss3":
        return this.#ss3(text[at], at);
      case "string":
        return this.#string(state, text[at], at);
      case "paste":
        return this.#paste(state, text, at);
    }
  }

  #ground(text: string, at: number): number {
    TEXT_RUN.lastIndex = at;
    const run = TEXT_RUN.exec(text)?.[0];
    if (run !== undefined) {
      this.#sink.key({ kind: "text", text: run, sequence: run });
      return at + run.length;
    }
    const character = text[at];
    if (character === "\x1b") this.#state = { in: "escape" };
    else if (character < "\x80") this.#sink.key(controlKey(character, false, character));
    return at + 1;
  }

  #escape(text: string, at: number): number {
    const character = text[at];
    const kind = STRING_INTRODUCERS[character];
    if (character === "[") this.#state = { in: "csi", body: "", tooLong: false };
    else if (character === "O") this.#state = { in: "ss3" };
    else if (kind !== undefined) {
      this.#state = {
        in: "string",
        kind,
        introducer: character,
        body: "",
        tooLong: false,
        escaped: false,
      };
    } else if (character === "\x1b") {
      // Two in a row: the first was the key, the second may begin something.
      this.#sink.key(pressed("escape", "\x1b"));
    } else {
      const whole = String.fromCodePoint(text.codePointAt(at) ?? 0);
      this.#end(() => this.#alt(whole));
      return at + whole.length;
    }
    return at + 1;
  }

  #csi(state: State & { in: "csi" }, character: string, at: number): number {
    if (character < " " || character > "~") {
      // No part of a sequence: it was cut off, and this is what came instead.
      this.#state = GROUND;
      return at;
    }
    const isFinal = character >= "@";
    // The Linux console's function keys are `CSI [ A` … `CSI [ E`.
    if (!isFinal || (character === "[" && state.body === "")) {
      if (state.body.length < MAX_CSI_UNITS) state.body += character;
      else state.tooLong = true;
      return at + 1;
    }
    this.#end(() => {
      if (!state.tooLong) this.#csiDone(state.body, character);
    });
    return at + 1;
  }

  #csiDone(body: string, finalByte: string): void {
    const meant = readControlSequence(body, finalByte);
    if (meant?.kind === "key") this.#sink.key(meant.key);
    else if (meant?.kind === "reply") this.#sink.reply(meant.reply);
    else if (meant?.kind === "paste") this.#state = { in: "paste", pasted: new PastedText() };
  }

  #ss3(character: string, at: number): number {
    const key = ss3Key(character, `\x1bO${character}`);
    if (key === undefined) {
      // Alt-O, and then something else.
      this.#endAsAlt("O");
      return at;
    }
    this.#end(() => this.#sink.key(key));
    return at + 1;
  }

  #string(state: State & { in: "string" }, character: string, at: number): number {
    if (state.escaped) {
      if (character === "\\") {
        this.#endString(state);
        return at + 1;
      }
      // Another sequence begins: this one was cut off.
      this.#state = { in: "escape" };
      return at;
    }
    if (character === "\x1b") state.escaped = true;
    else if (character === "\x07" || character === "\x9c") this.#endString(state);
    else if (character < " " || character === "\x7f") {
      // No answer has a control character in it. Ctrl-C must always get through.
      this.#state = GROUND;
      return at;
    } else if (state.body.length < MAX_STRING_UNITS) state.body += character;
    else state.tooLong = true;
    return at + 1;
  }

  #endString(state: State & { in: "string" }): void {
    this.#end(() => {
      if (state.kind === "ignored" || state.tooLong) return;
      this.#sink.reply({ kind: state.kind, text: state.body });
    });
  }

  #paste({ pasted }: State & { in: "paste" }, text: string, at: number): number {
    const { next, hasEnded } = pasted.take(text, at);
    if (hasEnded) this.#endPaste(pasted);
    return next;
  }

  #endPaste(pasted: PastedText): void {
    this.#end(() => this.#sink.key(pasted.key));
  }

  #alt(character: string): void {
    const sequence = `\x1b${character}`;
    if (character < " " || character === "\x7f") {
      this.#sink.key(controlKey(character, true, sequence));
    } else if (character === " ") this.#sink.key(pressed("space", sequence, { alt: true }));
    else if (character < "\x7f" || character > "\x9f") {
      this.#sink.key(pressed(character, sequence, { alt: true }));
    }
  }

  #endAsAlt(character: string): void {
    this.#end(() => this.#alt(character));
  }

  /** Back to ground first, since what `emit` says may begin a paste. */
  #end(emit: () => void): void {
    this.#state = GROUND;
    emit();
  }
}

// A text that is pasted (mode 2004), as it comes in pieces, up to its end mark.

/** A paste is for one message: longer ones are cut, and say so. */
const MAX_PASTE_UNITS = 1_048_576;

const PASTE_BEGIN = "\x1b[200~";
const PASTE_END = "\x1b[201~";

/** Keeps a bounded amount. */
class PastedText {
  #text = "";
  #isCut = false;
  /** So many units of the end mark were seen, and are not in the text yet. */
  #matched = 0;

  /** Takes `text` from `at` on; returns where to go on, and whether the end mark was there. */
  take(text: string, at: number): { readonly next: number; readonly hasEnded: boolean } {
    if (text[at] === PASTE_END[this.#matched]) {
      this.#matched++;
      return { next: at + 1, hasEnded: this.#matched === PASTE_END.length };
    }
    // Only the first unit of the end mark is an ESC, so what was matched cannot hold another beginning.
    this.#append(PASTE_END.slice(0, this.#matched));
    this.#matched = 0;
    const escape = text.indexOf("\x1b", at);
    const next = escape < 0 ? text.length : escape;
    this.#append(text.slice(at, next));
    return { next, hasEnded: false };
  }

  /** As far as it came. */
  get key(): Key {
    const text = this.#text;
    return { kind: "paste", text, cut: this.#isCut, sequence: PASTE_BEGIN + text + PASTE_END };
  }

  #append(part: string): void {
    const room = MAX_PASTE_UNITS - this.#text.length;
    if (part.length > room) this.#isCut = true;
    this.#text += part.slice(0, room);
  }
}

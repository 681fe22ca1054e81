/** Which escape sequence is which key: xterm's "PC-style function keys" and the kitty keyboard protocol. */

import type { Key, NamedKey } from "./key.ts";
import type { Reply } from "./reply.ts";

/** Final bytes of `CSI … X` and `SS3 X`. */
const BY_FINAL: Readonly<Record<string, NamedKey | `f${number}`>> = {
  A: "up",
  B: "down",
  C: "right",
  D: "left",
  F: "end",
  H: "home",
  M: "enter", // keypad, SS3 only
  P: "f1",
  Q: "f2",
  R: "f3",
  S: "f4",
};

/** First parameter of `CSI n ~`. */
const BY_NUMBER: Readonly<Record<number, NamedKey | `f${number}`>> = {
  1: "home",
  2: "insert",
  3: "delete",
  4: "end",
  5: "pageup",
  6: "pagedown",
  7: "home",
  8: "end",
  11: "f1",
  12: "f2",
  13: "f3",
  14: "f4",
  15: "f5",
  17: "f6",
  18: "f7",
  19: "f8",
  20: "f9",
  21: "f10",
  23: "f11",
  24: "f12",
};

/** Code points that `CSI … u` uses for keys without a character, and control characters. */
const BY_CODE: Readonly<Record<number, NamedKey>> = {
  8: "backspace",
  9: "tab",
  13: "enter",
  27: "escape",
  32: "space",
  127: "backspace",
  57414: "enter",
  57417: "left",
  57418: "right",
  57419: "up",
  57420: "down",
  57421: "pageup",
  57422: "pagedown",
  57423: "home",
  57424: "end",
  57425: "insert",
  57426: "delete",
};

/** Keypad characters, from 57399 on (kitty keyboard protocol, "Functional key definitions"). */
const KEYPAD = "0123456789./*-+";
const KEYPAD_FIRST = 57399;
const KEYPAD_EQUALS = 57415;

/** Private use: keys that are no text and have no name here, e.g. media keys and modifiers on their own. */
const UNNAMED_FIRST = 57344;
const UNNAMED_LAST = 63743;

const SHIFT = 1;
const ALT = 2;
const CTRL = 4;

/** A key press; modifiers that are not given are not held. */
export function pressed(
  name: string,
  sequence: string,
  modifiers: { ctrl?: boolean; alt?: boolean; shift?: boolean } = {},
): Key {
  const { ctrl = false, alt = false, shift = false } = modifiers;
  return { kind: "key", name, ctrl, alt, shift, sequence };
}

/** The key of one control character, e.g. byte 3 is ctrl-C. */
export function controlKey(character: string, alt: boolean, sequence: string): Key {
  const code = character.charCodeAt(0);
  const name = code === 32 ? undefined : BY_CODE[code];
  if (name !== undefined) return pressed(name, sequence, { alt });
  if (code === 0) return pressed("space", sequence, { ctrl: true, alt });
  // C0 is a letter, or one of @[\]^_, with bits 5 and 6 taken away.
  const letter = String.fromCharCode(code < 27 ? code + 96 : code + 64);
  return pressed(letter, sequence, { ctrl: true, alt });
}

/** The key of `SS3 X`; undefined when unknown. */
export function ss3Key(final: string, sequence: string): Key | undefined {
  const name = BY_FINAL[final];
  return name === undefined ? undefined : pressed(name, sequence);
}

/** The key of a CSI sequence without prefix; undefined when it is not one, or says that a key was released. */
function csiKey(
  final: string,
  parameters: readonly (readonly number[])[],
  sequence: string,
): Key | undefined {
  const first = parameters[0]?.[0] ?? 0;
  const modifier = parameters[1]?.[0] ?? 1;
  // Event types of the kitty protocol: 1 press, 2 repeat, 3 release.
  if (parameters[1]?.[1] === 3) return undefined;
  const held = modifiersOf(modifier);
  if (final === "Z") return pressed("tab", sequence, { ...held, shift: true });
  if (final === "u") return codeKey(parameters[0] ?? [], held, sequence);
  if (final === "~") {
    // xterm's modifyOtherKeys: CSI 27 ; modifier ; code ~
    if (first === 27) return codeKey(parameters[2] ?? [], held, sequence);
    const name = BY_NUMBER[first];
    return name === undefined ? undefined : pressed(name, sequence, held);
  }
  // `CSI M` is a mouse report of a mode that is never set. `CSI r ; c R` is the cursor's place, but in the first row, which nobody
  // asks for; `CSI R` is F3 in kitty before 0.27, with "disambiguate escape codes".
  if (final === "M") return undefined;
  if (final === "R" && parameters.length !== (first === 0 ? 1 : first === 1 ? 2 : -1)) {
    return undefined;
  }
  const name = BY_FINAL[final];
  return name === undefined || first > 1 ? undefined : pressed(name, sequence, held);
}

function modifiersOf(modifier: number): { ctrl: boolean; alt: boolean; shift: boolean } {
  const bits = Math.max(0, modifier - 1);
  return { ctrl: (bits & CTRL) !== 0, alt: (bits & ALT) !== 0, shift: (bits & SHIFT) !== 0 };
}

/** `codes` are the character without shift and, when the terminal says so, the one with shift. */
function codeKey(
  codes: readonly number[],
  held: { ctrl: boolean; alt: boolean; shift: boolean },
  sequence: string,
): Key | undefined {
  const code = codes[0] ?? 0;
  const name = BY_CODE[code];
  const plain = !held.ctrl && !held.alt;
  if (name === "space" && plain) return { kind: "text", text: " ", sequence };
  if (name !== undefined) return pressed(name, sequence, held);
  const character = characterOf(code);
  if (character === undefined) return undefined;
  if (!plain) return pressed(character, sequence, held);
  const shifted = characterOf(codes[1] ?? 0) ?? character.toUpperCase();
  return { kind: "text", text: held.shift ? shifted : character, sequence };
}

/** The character of a code point that types something. */
function characterOf(code: number): string | undefined {
  if (code === KEYPAD_EQUALS) return "=";
  const keypad = KEYPAD[code - KEYPAD_FIRST];
  if (keypad !== undefined) return keypad;
  const isPrivate = code >= UNNAMED_FIRST && code <= UNNAMED_LAST;
  const isSurrogate = code >= 0xd800 && code <= 0xdfff;
  const isControl = code < 32 || (code >= 127 && code < 160);
  if (isPrivate || isSurrogate || isControl || code > 0x10ffff) return undefined;
  return String.fromCodePoint(code);
}

// What a control sequence of the terminal means: a key, the mouse, the begin of a paste, or an answer. Pure.

/** What a sequence means. `paste`: what follows is pasted. */
export type ControlSequence =
  | { readonly kind: "key"; readonly key: Key }
  | { readonly kind: "reply"; readonly reply: Reply }
  | { readonly kind: "paste" };

/** Reads what stood between `CSI` and the final byte. Undefined for what means nothing. */
export function readControlSequence(body: string, finalByte: string): ControlSequence | undefined {
  const match = /^([<=>?]?)([\d:;]*)([ -/]*)$/.exec(body);
  const sequence = `\x1b[${body}${finalByte}`;
  if (match === null) {
    const number = body === "[" ? "ABCDE".indexOf(finalByte) + 1 : 0;
    return number > 0 ? asKey(pressed(`f${number}`, sequence)) : undefined;
  }
  const [, prefix, numbers, intermediates] = match;
  const parameters = numbers.split(";").map((part) => part.split(":").map(numberOf));
  const final = intermediates + finalByte;
  if (prefix === "<" && (final === "M" || final === "m")) {
    return readMouse(parameters, final === "M", sequence);
  }
  const first = parameters[0][0];
  if (prefix === "" && final === "~" && first === 200) return { kind: "paste" };
  if (prefix === "" && (final === "I" || final === "O")) {
    return asKey({ kind: "focus", focused: final === "I", sequence });
  }
  const key = prefix === "" ? csiKey(final, parameters, sequence) : undefined;
  if (key !== undefined) return asKey(key);
  const reply: Reply = { kind: "csi", prefix, final, parameters: parameters.map(([n]) => n) };
  return { kind: "reply", reply };
}

function readMouse(
  parameters: readonly (readonly number[])[],
  down: boolean,
  sequence: string,
): ControlSequence | undefined {
  const [button, column, row] = parameters.map(([n]) => n);
  if (row === undefined) return undefined;
  return asKey({
    kind: "mouse",
    button,
    pressed: down,
    column: Math.max(0, column - 1),
    row: Math.max(0, row - 1),
    sequence,
  });
}

function asKey(key: Key): ControlSequence {
  return { kind: "key", key };
}

/** Answers are small numbers; a made-up one with a thousand digits must not become Infinity. */
function numberOf(digits: string): number {
  return digits === "" ? 0 : Math.min(Number(digits.slice(0, 12)), 0xffff_ffff);
}

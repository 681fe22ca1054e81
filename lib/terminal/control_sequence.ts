/** What a control sequence of the terminal means: a key, the mouse, the begin of a paste, or an answer. Pure. */

import { csiKey, pressed } from "./key_table.ts";
import type { Key } from "./key.ts";
import type { Reply } from "./reply.ts";

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

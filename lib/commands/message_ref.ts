/** How a person names a message: by its number in its conversation, from the end, or by its id. Pure. */

/** What was meant. */
export type MessageRef =
  /** As lists show it, from 1. */
  | { readonly kind: "number"; readonly number: number }
  /** `-1` is the last one, `-2` the one before. */
  | { readonly kind: "from-end"; readonly count: number }
  /** 32 hexadecimal digits, as `--json` has it. */
  | { readonly kind: "id"; readonly id: string };

/** What can be written, for help and for who wrote something else. */
export const MESSAGE_REF_WORDS =
  "its number, -1 for the last one, -2 for the one before, or its id";

/** Undefined for anything else. */
export function parseMessageRef(text: string): MessageRef | undefined {
  if (/^[0-9a-f]{32}$/.test(text)) return { kind: "id", id: text };
  if (/^[1-9][0-9]{0,8}$/.test(text)) return { kind: "number", number: Number(text) };
  if (/^-[1-9][0-9]{0,3}$/.test(text)) return { kind: "from-end", count: Number(text.slice(1)) };
  return undefined;
}

/** What a person does at a terminal, as the input parser tells it. */

/** Keys with a name. Others are named by the character they type without ctrl and alt, e.g. `c` in ctrl-C. */
export type NamedKey =
  | "enter"
  | "tab"
  | "backspace"
  | "escape"
  | "up"
  | "down"
  | "left"
  | "right"
  | "home"
  | "end"
  | "pageup"
  | "pagedown"
  | "insert"
  | "delete"
  | "space";

/** One thing done. `sequence` is what the terminal sent for it, for components that parse keys themselves. */
export type Key =
  & { readonly sequence: string }
  & (
    /** Characters typed: one or more, as they arrived together. No control characters. */
    | { readonly kind: "text"; readonly text: string }
    /** Pasted (mode 2004): may hold line breaks and anything else. `cut` when it was longer than is taken. */
    | { readonly kind: "paste"; readonly text: string; readonly cut: boolean }
    | {
      readonly kind: "key";
      /** A `NamedKey`, `f1` … `f24`, or one character. */
      readonly name: string;
      readonly ctrl: boolean;
      readonly alt: boolean;
      readonly shift: boolean;
    }
    | {
      readonly kind: "mouse";
      /** Button bits as sent (SGR mouse mode 1006): 0–2 buttons, 64/65 wheel, 32 added while moving. */
      readonly button: number;
      readonly pressed: boolean;
      /** From 0, left and top. */
      readonly column: number;
      readonly row: number;
    }
    | { readonly kind: "focus"; readonly focused: boolean }
  );

/** A key for each character: those that arrive together, on a slow line or by key repeat, were pressed one by one. */
export function splitKey(key: Key): readonly Key[] {
  if (key.kind !== "text") return [key];
  return [...key.text].map((text) => ({ kind: "text", text, sequence: text }));
}

/** The key as people write it, e.g. `ctrl-a`, `alt-backspace`, `shift-tab`; undefined for what is no key press. */
export function keyName(key: Key): string | undefined {
  if (key.kind !== "key") return undefined;
  return `${key.ctrl ? "ctrl-" : ""}${key.alt ? "alt-" : ""}${
    key.shift ? "shift-" : ""
  }${key.name}`;
}

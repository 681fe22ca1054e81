/** What `?` says before there is anybody to talk as. */

import type { Capabilities } from "../../terminal/capability/capability.ts";
import { type SafeText, safeText } from "../../base/safe_text.ts";
import { layOutLines } from "../../terminal/cells/text_layout.ts";

const WORDS = [
  "An invite is a line that starts with heliograph:// and comes from somebody who is already there. It names the server and proves that it is the right one.",
  "A server is host or host:port. The first time you see its fingerprint: compare it with what its operator says. Then it asks for a name and a password, or creates a new account.",
  "Without a server two people connect directly: one waits, the other connects, and both see who the other is.",
  "On the next screen F1 shows all keys, and /help all commands. Nothing is sent before you choose.",
  "heliograph demo shows everything at work on this machine; heliograph --plain goes without a full screen.",
];

/** Paragraphs, as wide as the screen. */
export function beginHelp(
  widthCells: number,
  terminal: Capabilities | undefined,
): readonly SafeText[] {
  const words = terminal === undefined ? WORDS : [...WORDS, terminalWords(terminal)];
  return words.flatMap((text) => [
    ...layOutLines(safeText(` ${text}`), { widthCells: Math.max(2, widthCells), indentCells: 1 }),
    safeText(""),
  ]);
}

const METHODS: Readonly<Record<Capabilities["method"], string>> = {
  kitty: "kitty graphics",
  sixel: "sixel graphics",
  iterm2: "iTerm2 pictures",
  blocks: "pictures drawn with half blocks",
  quadrants: "pictures drawn with quadrants",
  sextants: "pictures drawn with sextants",
  octants: "pictures drawn with octants",
  ascii: "pictures drawn with letters",
  none: "no pictures",
};

/** `Terminal: kitty, kitty graphics, truecolor, 10×20 px cells` (journey J1). */
export function terminalWords(capabilities: Capabilities): string {
  const { name, method, truecolor, cell, multiplexer } = capabilities;
  const colours = truecolor ? "truecolor" : "256 colours";
  const inside = multiplexer === undefined ? "" : `, inside ${multiplexer}`;
  return `Terminal: ${name}, ${
    METHODS[method]
  }, ${colours}, ${cell.widthPx}×${cell.heightPx} px cells${inside}`;
}

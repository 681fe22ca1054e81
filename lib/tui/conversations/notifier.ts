/** Tells somebody who looks at something else that something came: a bell, and a word to the desktop. */

import { type Bytes, utf8 } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import { onOneLine, safeText } from "../../base/safe_text.ts";
import { isQuiet, type NotifyChoice, type QuietHours } from "../settings/settings.ts";

/** One for a screen. */
export class Notifier {
  readonly #options: {
    readonly clock: Clock;
    readonly choice: NotifyChoice;
    readonly names: boolean;
    readonly quiet: QuietHours | undefined;
  };
  #lastAtMs = -Infinity;

  constructor(options: {
    clock: Clock;
    choice: NotifyChoice;
    names: boolean;
    quiet: QuietHours | undefined;
  }) {
    this.#options = options;
  }

  /**
   * Bytes for the terminal; empty while it is too soon again, and in quiet hours. `room`: where it was said, unless that was between
   * two people. `terminal`: as it calls itself.
   */
  notify(
    { from, room }: { readonly from: string; readonly room: string | undefined },
    terminal: string,
  ): Bytes {
    const { clock, choice, names, quiet } = this.#options;
    const nowMs = clock.monotonicMs();
    if (choice === "off" || nowMs - this.#lastAtMs < QUIET_MS) return new Uint8Array(0);
    if (quiet !== undefined && isQuiet(quiet, clock.nowMs())) return new Uint8Array(0);
    this.#lastAtMs = nowMs;
    const bell = choice === "desktop" ? "" : "\x07";
    if (choice === "bell") return utf8(bell);
    // What was said stays sealed; who said it is told only where the person wants it.
    const where = room === undefined ? "" : ` in ${room}`;
    const words = onOneLine(safeText(names ? `New message from ${from}${where}` : "New message"));
    return utf8(bell + desktopSequence(words, terminal));
  }
}

/** A flood of messages is one notification. */
const QUIET_MS = 3_000;

/**
 * OSC 99 (kitty's desktop notifications), OSC 777 (urxvt; foot, ghostty and wezterm know it), OSC 9 (iTerm2). Others get none: what
 * a terminal does not know it may show.
 */
function desktopSequence(words: string, terminal: string): string {
  const name = terminal.toLowerCase();
  if (name.includes("kitty")) return `\x1b]99;;${words}\x1b\\`;
  if (/foot|ghostty|wezterm|rxvt/.test(name)) return `\x1b]777;notify;heliograph;${words}\x1b\\`;
  return name.includes("iterm") ? `\x1b]9;${words}\x1b\\` : "";
}

/** The row below a picture: what plays, what its keys do, or how the drawing goes. */

import type { ScreenStatistics } from "../screen/frame_outcome.ts";

/** What decides what it says. */
export interface BarFacts {
  readonly hasKeys: boolean;
  readonly method: string;
  readonly statistics: ScreenStatistics | undefined;
}

/** Keeps what was said last. */
export class VideoBar {
  #text = "Opening …";
  #keys = "";
  #showsFacts = false;

  tell(text: string, keys: string): void {
    this.#text = text;
    this.#keys = keys;
  }

  /** Facts about the picture instead of the keys, and back. */
  toggleFacts(): void {
    this.#showsFacts = !this.#showsFacts;
  }

  words({ hasKeys, method, statistics }: BarFacts): string {
    if (this.#showsFacts) return `${this.#text}  ${drawingWords(method, statistics)}`;
    const keys = hasKeys
      ? `${this.#keys}, f size, g drawing, i facts, escape to the text`
      : "F6 keys, F7 size";
    return `${this.#text}  ${keys}`;
  }
}

function drawingWords(method: string, statistics: ScreenStatistics | undefined): string {
  if (statistics === undefined) return method;
  const { drawn, dropped, refused, pictureBytes, paintMs, roundTripMs } = statistics;
  const kilobytes = drawn === 0 ? 0 : Math.round(pictureBytes / drawn / 1000);
  const times = [
    paintMs === undefined ? "" : `, paint ${paintMs.toFixed(1)} ms`,
    roundTripMs === undefined ? "" : `, terminal ${roundTripMs.toFixed(1)} ms`,
  ].join("");
  const bad = refused > 0 ? `, ${refused} refused` : "";
  return `${method}: ${drawn} drawn, ${dropped} dropped${bad}, ${kilobytes} kB each${times}`;
}

/** The rows below a picture: what plays, what its keys do, or how the drawing goes. */

import type { PlayingNow } from "../../app/video_surface.ts";
import type { ScreenStatistics } from "../../screen/frame_outcome.ts";

/** What decides what it says. */
export interface BarFacts {
  readonly hasKeys: boolean;
  readonly method: string;
  readonly statistics: ScreenStatistics | undefined;
  readonly nowMs: number;
}

/** One row: what is, and the keys for it, apart by ` · `; the first and the last of them stay longest. */
export interface BarRow {
  readonly words: string;
  readonly keys: string;
}

/** Counts at a moment. */
interface Sample {
  readonly atMs: number;
  readonly arrived: number;
  readonly drawn: number;
  readonly dropped: number;
  readonly bytes: number;
}

/** Rows that are kept for what is said. */
const SUBTITLE_ROWS = 2;
/** Over how long a rate is taken. */
const WINDOW_MS = 2_000;
/** Between two samples. */
const SAMPLE_MS = 250;

/** Keeps what was said last, and counts. */
export class VideoBar {
  #text = "Opening …";
  #keys = "";
  #playing: PlayingNow | undefined;
  #subtitle: string | undefined;
  #showsFacts = false;
  #arrived = 0;
  #samples: readonly Sample[] = [];

  tell(text: string, keys: string, playing?: PlayingNow): void {
    this.#text = text;
    this.#keys = keys;
    this.#playing = playing;
  }

  /** Where it is, to be drawn instead of said where there is one row. */
  get playing(): PlayingNow | undefined {
    return this.#playing;
  }

  /** The rows are about the drawing. */
  get showsFacts(): boolean {
    return this.#showsFacts;
  }

  /** What is said in the video: "" keeps its rows, undefined gives them back. */
  say(text: string | undefined): void {
    this.#subtitle = text;
  }

  /** A frame came. */
  count(): void {
    this.#arrived++;
  }

  /** Facts about the picture instead of the keys, and back. */
  toggleFacts(): void {
    this.#showsFacts = !this.#showsFacts;
  }

  /** At least one row. */
  rows({ hasKeys, method, statistics, nowMs }: BarFacts): readonly BarRow[] {
    const rates = this.#rates(statistics, nowMs);
    if (this.#showsFacts) {
      return [this.#text, ...drawingWords(method, statistics, rates)]
        .map((words) => ({ words, keys: "" }));
    }
    const own = this.#keys === "" ? [] : this.#keys.split(", ");
    const keys = hasKeys
      ? [...own, "f size", "g drawing", "i facts", "escape back to typing"]
      : ["F6 keys", "F7 size"];
    return [{ words: this.#text, keys: keys.join(" · ") }, ...this.#subtitleRows()];
  }

  #subtitleRows(): readonly BarRow[] {
    if (this.#subtitle === undefined) return [];
    const lines = this.#subtitle.split("\n");
    return Array.from({ length: SUBTITLE_ROWS }, (_, i) => ({ words: lines[i] ?? "", keys: "" }));
  }

  /** A new drawing counts from nothing. */
  forget(): void {
    this.#samples = [];
  }

  #rates(statistics: ScreenStatistics | undefined, nowMs: number): Rates {
    const { drawn = 0, dropped = 0, pictureBytes: bytes = 0 } = statistics ?? {};
    const now = { atMs: nowMs, arrived: this.#arrived, drawn, dropped, bytes };
    const last = this.#samples[this.#samples.length - 1];
    if (last === undefined || nowMs - last.atMs >= SAMPLE_MS) {
      const kept = this.#samples.filter(({ atMs }) => nowMs - atMs <= WINDOW_MS);
      this.#samples = [...kept, now];
    }
    const first = this.#samples[0];
    const seconds = Math.max(SAMPLE_MS, nowMs - first.atMs) / 1000;
    return {
      arrived: (now.arrived - first.arrived) / seconds,
      drawn: (now.drawn - first.drawn) / seconds,
      dropped: (now.dropped - first.dropped) / seconds,
      bytes: (now.bytes - first.bytes) / seconds,
    };
  }
}

/** Of a second. */
type Rates = Omit<Sample, "atMs">;

function drawingWords(
  method: string,
  statistics: ScreenStatistics | undefined,
  rates: Rates,
): readonly string[] {
  const perSecond = `a second: ${rates.arrived.toFixed(1)} sent, ${rates.drawn.toFixed(1)} drawn, ${
    rates.dropped.toFixed(1)
  } dropped`;
  if (statistics === undefined) return [`${method}  ${perSecond}`, ""];
  const { drawn, dropped, refused, pictureBytes, paintMs, roundTripMs } = statistics;
  const each = drawn === 0 ? 0 : Math.round(pictureBytes / drawn);
  const bad = refused > 0 ? `, ${refused} refused` : "";
  const times = [
    paintMs === undefined ? [] : `paint ${paintMs.toFixed(1)} ms`,
    roundTripMs === undefined ? "terminal does not say" : `terminal ${roundTripMs.toFixed(1)} ms`,
  ].flat();
  return [
    `${method}  ${perSecond}`,
    [
      // Kitty and a file: the terminal gets its name, and no picture.
      each < 1000
        ? `${each} bytes each, ${(rates.bytes / 1e3).toFixed(1)} kB/s`
        : `${Math.round(each / 1000)} kB each, ${(rates.bytes / 1e6).toFixed(2)} MB/s`,
      ...times,
      `${drawn} drawn, ${dropped} dropped${bad}`,
    ].join("  "),
  ];
}

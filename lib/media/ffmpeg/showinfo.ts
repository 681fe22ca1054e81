/** Reads the lines of ffmpeg's filter `showinfo`: one per decoded frame, in ffmpeg 4.1 and 5.1 alike. */

/** What a line of the filter says. */
export type ShowinfoLine =
  /** Said before the first frame: seconds per tick, as a fraction, and the announced rate. */
  | {
    readonly kind: "config";
    readonly tickSeconds: number;
    readonly ratePerSecond: number | undefined;
  }
  | {
    readonly kind: "frame";
    /** In ticks; `NaN` when the file tells none. */
    readonly pts: number;
    readonly widthPx: number;
    readonly heightPx: number;
    /** Width of a pixel divided by its height; 1 when not said. */
    readonly pixelAspect: number;
    /** The file holds this frame whole. */
    readonly isKey: boolean;
    /** Of its samples; 0 when not said. */
    readonly checksum: number;
  };

/**
 * Parses the lines of one filter. It is named by the caller with a random word, since the names of tags in a hostile file are printed
 * as they are, line breaks included, and could else pretend to be frames.
 */
export class ShowinfoParser {
  readonly #prefix: string;
  readonly filter: string;

  constructor(randomWord: string) {
    this.filter = `showinfo@${randomWord}`;
    this.#prefix = `[${this.filter} @ `;
  }

  /** Undefined for a line that is not this filter's. Its other lines (side data, colours) are `other`. */
  parse(line: string): ShowinfoLine | { readonly kind: "other" } | undefined {
    if (!line.startsWith(this.#prefix)) return undefined;
    const text = line.slice(line.indexOf("] ") + 2);
    const config = /^config in time_base: (\d+)\/(\d+)(?:, frame_rate: (\d+)\/(\d+))?/.exec(text);
    if (config !== null) {
      const rate = ratio(config[3], config[4]);
      return { kind: "config", tickSeconds: ratio(config[1], config[2]) ?? 0, ratePerSecond: rate };
    }
    const frame =
      /^n: *\d+ pts: *(-?\d+|NOPTS) .*? sar:(\d+)\/(\d+) s:(\d+)x(\d+) (?:i:\S+ iskey:(\d))?(?:.*? checksum:([\dA-F]{1,8}))?/
        .exec(text);
    if (frame === null) return { kind: "other" };
    return {
      kind: "frame",
      pts: frame[1] === "NOPTS" ? NaN : Number(frame[1]),
      widthPx: Number(frame[4]),
      heightPx: Number(frame[5]),
      pixelAspect: ratio(frame[2], frame[3]) ?? 1,
      isKey: frame[6] === "1",
      checksum: Number.parseInt(frame[7] ?? "0", 16),
    };
  }
}

/** A positive fraction; undefined when a part is missing or 0, as in `0/1` for "not known". */
function ratio(numerator: string | undefined, denominator: string | undefined): number | undefined {
  const value = Number(numerator) / Number(denominator);
  return value > 0 && Number.isFinite(value) ? value : undefined;
}

/** A picture that somebody sent as a file: what is known of it, and why one is not decoded (SR-67a). */

/** Kinds that are decoded, by their first bytes. */
export type StillFormat = "png" | "jpeg" | "gif" | "webp";

/** Why a picture is not drawn. `too-slow`: its time was over. */
export type StillProblem =
  | "not-a-picture"
  | "too-many-bytes"
  | "too-large"
  | "too-many-frames"
  | "unusual"
  | "damaged"
  | "too-slow";

/** As EXIF numbers them: 1 is upright, 3 upside down, 6 and 8 lie on a side, the others are mirrored. */
export type Orientation = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;

/** A size in pixels. */
export interface PixelSize {
  readonly widthPx: number;
  readonly heightPx: number;
}

/** What a picture says of itself: as it is seen, upright. */
export interface StillFacts extends PixelSize {
  readonly format: StillFormat;
  /** More than 1: it moves, and the first one is drawn. */
  readonly frames: number;
}

/** A picture whose header was judged, for its decoder. */
export interface JudgedStill {
  readonly facts: StillFacts;
  readonly orientation: Orientation;
  /** As it is stored, before it is turned. */
  readonly canvas: PixelSize;
  /** Where on it the first picture lies, and how large that is. */
  readonly first: PixelSize & { readonly xPx: number; readonly yPx: number };
  /** The parts that its decoder needs, and no others. */
  readonly kept: Uint8Array;
}

/** The answer of a header. */
export type Judgement =
  | { readonly ok: true; readonly still: JudgedStill }
  | { readonly ok: false; readonly problem: StillProblem };

/** A picture that is refused. */
export function refused(problem: StillProblem): Judgement {
  return { ok: false, problem };
}

/** Greatest file that is read. Photographs of telephones have 2 to 12 MB. */
export const STILL_MAX_BYTES = 16 * 1024 * 1024;
/** Greatest side. */
const STILL_MAX_SIDE_PX = 16_384;
/** Greatest picture that has to be decoded whole: 67 MB as RGBA. */
export const STILL_MAX_PIXELS = 16_777_216;
/** Greatest JPEG of one scan, which is scaled while it is decoded. */
export const STILL_MAX_SCALED_PIXELS = 40_000_000;
/** Frames of an animation, of which only the first is decoded. */
export const STILL_MAX_FRAMES = 200;

/**
 * Chunks or segments of a file: of 16 MiB in the smallest ones there would be a million, each a hundred times as large in memory as it
 * is. Files that streams write have one for each kilobyte, at most.
 */
export const STILL_MAX_PARTS = 20_000;

/** Undefined where the size is one that is decoded. */
export function sizeProblem(
  { widthPx, heightPx }: PixelSize,
  maxPixels = STILL_MAX_PIXELS,
): StillProblem | undefined {
  if (widthPx < 1 || heightPx < 1) return "damaged";
  const isTooLarge = widthPx > STILL_MAX_SIDE_PX || heightPx > STILL_MAX_SIDE_PX ||
    widthPx * heightPx > maxPixels;
  return isTooLarge ? "too-large" : undefined;
}

/** As a whole picture is judged whose only frame covers it. */
export function wholeStill(
  { format, size, orientation, frames, kept }: {
    readonly format: StillFormat;
    readonly size: PixelSize;
    readonly orientation: Orientation;
    readonly frames: number;
    readonly kept: Uint8Array;
  },
): Judgement {
  const { widthPx, heightPx } = size;
  // From 5 on it lies on a side.
  const seen = orientation < 5 ? size : { widthPx: heightPx, heightPx: widthPx };
  return {
    ok: true,
    still: {
      facts: { format, frames, widthPx: seen.widthPx, heightPx: seen.heightPx },
      orientation,
      canvas: { widthPx, heightPx },
      first: { xPx: 0, yPx: 0, widthPx, heightPx },
      kept,
    },
  };
}

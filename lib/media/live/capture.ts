/** Pictures of a file, camera or screen as JPEGs of one size and rate, while they are taken. */

import type { Bytes } from "../../base/bytes.ts";
import { MediaError } from "../../base/errors.ts";
import {
  captureFailure,
  captureInput,
  type CaptureSource,
  type CaptureSystem,
} from "./capture_source.ts";
import type { Ffmpeg } from "../ffmpeg/ffmpeg.ts";
import { checkJpeg } from "../picture/jpeg_check.ts";
import type { LiveStep } from "./live_steps.ts";
import { MpjpegParser } from "../ffmpeg/mpjpeg.ts";

/** Of one call of ffmpeg: a stream that lasts longer ends. */
const CAPTURE_TIME_LIMIT_MS = 12 * 60 * 60_000;

/** A picture as it was taken. */
export interface CapturedFrame {
  /** Place in this capture, from 0: at the rate of the step, so it tells the time. */
  readonly index: number;
  readonly widthPx: number;
  readonly heightPx: number;
  readonly jpeg: Bytes;
  /** When it is to be shown, by the monotonic time here, where the source says so. */
  readonly atMs?: number;
}

/** What is taken, and who takes it. */
export interface CaptureRequest {
  readonly source: CaptureSource;
  readonly step: LiveStep;
  /** Of a file: where to begin. */
  readonly fromMs: number;
  readonly system: CaptureSystem;
  /** Of a file the next one waits for the promise. A device does not wait: return soon. */
  readonly onFrame: (frame: CapturedFrame) => Promise<void>;
  /** Without it, half a day. */
  readonly timeLimitMs?: number;
}

/**
 * Resolves at the end of a file. Throws `MediaError` when no picture came (`device-busy`, `device-missing`, …) or somebody else
 * ended ffmpeg (`ffmpeg-killed`), when the file was cut short meanwhile (`source-cut`), what `onFrame` threw, or the signal's reason; then ffmpeg is gone.
 */
export async function capture(
  ffmpeg: Ffmpeg,
  request: CaptureRequest,
  options: { readonly signal: AbortSignal },
): Promise<void> {
  const { source, step, fromMs, system, onFrame, timeLimitMs = CAPTURE_TIME_LIMIT_MS } = request;
  const parser = new MpjpegParser();
  let index = 0;
  const { words, isKilled } = await ffmpeg.run({
    ...captureInput(source, fromMs, system),
    outputArgs: [
      ...["-map", "0:v:0", "-an", "-vf", filters(step, source.kind === "file")],
      ...["-c:v", "mjpeg", "-q:v", String(step.quality), "-huffman", "optimal"],
      ...["-f", "mpjpeg", "-"],
    ],
    timeLimitMs,
    onOutput: async (piece) => {
      for (const jpeg of parser.push(piece)) {
        const checked = checkJpeg(jpeg);
        if (!checked.ok) throw new MediaError("ffmpeg-output", "Cannot read a picture of ffmpeg");
        const { widthPx, heightPx } = checked.facts;
        await onFrame({ index: index++, widthPx, heightPx, jpeg });
      }
    },
  }, options);
  // Else what is missing would look like the end of the file.
  if (isKilled) throw new MediaError("ffmpeg-killed", "Cannot show the rest: ffmpeg was killed");
  await requireWhole(source);
  // From behind the end of a file there is nothing, and that is no fault.
  if (index === 0 && fromMs === 0) throw captureFailure(source, words);
}

/** The end of a file that has become shorter is not the end of what was to be shown. */
async function requireWhole(source: CaptureSource): Promise<void> {
  if (source.kind !== "file" || source.sizeBytes === undefined) return;
  const { path, sizeBytes } = source;
  let now: number;
  try {
    now = (await Deno.stat(path)).size;
  } catch (error) {
    // One that was deleted or moved is read on as it was.
    if (error instanceof Deno.errors.NotFound) return;
    throw new MediaError("source-lost", `Cannot read ${path} any longer`, { cause: error });
  }
  if (now >= sizeBytes) return;
  throw new MediaError("source-cut", `Cannot show the rest: ${path} was cut short meanwhile`);
}

/**
 * Into the size, never larger than the source, in its shape. The rate comes first: what is left out is not scaled. Colours as
 * in `extraction`.
 */
function filters({ widthPx, heightPx, framesPerSecond }: LiveStep, isFile: boolean): string {
  const size = `w=min(${widthPx}\\,iw):h=min(${heightPx}\\,ih)`;
  const scale = `scale=${size}:force_original_aspect_ratio=decrease:` +
    "flags=bicubic+accurate_rnd:out_color_matrix=bt601:out_range=full";
  // Counted from the beginning of the file, not from its first picture, which may come later than its first sound.
  const rate = `fps=${framesPerSecond}${isFile ? ":start_time=0" : ""}`;
  return [rate, scale, "setsar=1", "format=yuvj420p"].join(",");
}

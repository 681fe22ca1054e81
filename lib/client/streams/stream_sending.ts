/** What a person gives to be shown. */

import { MediaError, UsageError } from "../../base/errors.ts";
import { capture } from "../../media/capture.ts";
import type { CaptureSource, CaptureSystem } from "../../media/capture_source.ts";
import type { Ffmpeg } from "../../media/ffmpeg.ts";
import { LIVE_STEPS } from "../../media/live_steps.ts";
import type { BroadcasterOptions } from "./broadcaster.ts";

/** What a stream is sent from, and who is told. */
export interface StreamSending extends Pick<BroadcasterOptions, "capture" | "isDevice"> {
  readonly signal: AbortSignal;
  readonly onWatchers?: (count: number) => void;
}

const THIS_SYSTEM: CaptureSystem = {
  os: Deno.build.os,
  environment: (name) => Deno.env.get(name),
};

/** Pictures of a source of this machine, by ffmpeg. */
export function captureOf(
  ffmpeg: Ffmpeg,
  source: CaptureSource,
): Pick<StreamSending, "capture" | "isDevice"> {
  return {
    capture: (leg, signal) => capture(ffmpeg, { ...leg, source, system: THIS_SYSTEM }, { signal }),
    isDevice: source.kind !== "file",
  };
}

/** A source that gives no picture for so long gives none. */
const TRY_MS = 20_000;
const SEEN = new DOMException("There is a picture", "AbortError");

/**
 * Takes one picture and lets the source go, before anybody is asked to watch. Throws UsageError for a file without pictures and
 * a name that this system does not have, MediaError for a device that gives none, the signal's reason.
 */
export async function requirePicture(
  ffmpeg: Ffmpeg,
  source: CaptureSource,
  signal: AbortSignal,
): Promise<void> {
  const onFrame = () => Promise.reject(SEEN);
  const one = { step: LIVE_STEPS[0], fromMs: 0, onFrame, timeLimitMs: TRY_MS };
  try {
    await capture(ffmpeg, { ...one, source, system: THIS_SYSTEM }, { signal });
  } catch (error) {
    if (error === SEEN) return;
    if (error instanceof MediaError && error.code === "media-refused") {
      throw new UsageError("no-video", error.message);
    }
    throw error;
  }
}

/** What a person gives to be shown. */

import { capture } from "../../media/capture.ts";
import type { CaptureSource, CaptureSystem } from "../../media/capture_source.ts";
import type { Ffmpeg } from "../../media/ffmpeg.ts";
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

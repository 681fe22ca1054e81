/** What a person gives to be shown. */

import type { CaptureSource, CaptureSystem } from "../../media/capture_source.ts";
import type { Ffmpeg } from "../../media/ffmpeg.ts";

/** What a stream is sent from, and who is told. */
export interface StreamSending {
  readonly ffmpeg: Ffmpeg;
  readonly source: CaptureSource;
  readonly system: CaptureSystem;
  readonly signal: AbortSignal;
  readonly onWatchers?: (count: number) => void;
}

/** Of this machine. */
export const THIS_SYSTEM: CaptureSystem = {
  os: Deno.build.os,
  environment: (name) => Deno.env.get(name),
};

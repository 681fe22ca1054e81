/** Where a front end draws pictures: what rows ask of it, and what they hear of it. */

import type { PlayResult } from "../client/video/player.ts";
import type { VideoFormat, VideoMode } from "../protocol/hop/video.ts";

/** What to play, and how. */
export interface VideoRequest {
  readonly video: string;
  readonly mode: VideoMode;
  /** 0 plays every frame, as fast as possible. Undefined: as it is best where it is drawn. */
  readonly speed: number | undefined;
  /** Keeps the pictures, as the person wrote it. */
  readonly folder: string | undefined;
}

/** What was seen, for the closing line. */
export interface Watched extends PlayResult {
  readonly name: string;
  readonly total: number;
  readonly durationMs: number;
  /** Undefined: the server does not say it yet. */
  readonly format?: VideoFormat | undefined;
  /** False when the person left before the end. */
  readonly complete: boolean;
  /** True when they left by ctrl-C: then whatever went on behind the video ends too. */
  readonly interrupted: boolean;
}

/** How it went, in frames. */
export interface ViewerStatistics {
  readonly method: string;
  readonly drawn: number;
  readonly dropped: number;
  readonly refused: number;
}

/** What became of a video. */
export interface Played {
  readonly watched: Watched;
  readonly statistics: ViewerStatistics;
  /** Undefined where none were to be kept. */
  readonly saved: { readonly saved: number; readonly refused: number } | undefined;
}

/** Takes the screen while it draws. */
export interface VideoSurface {
  /** Plays a video of the server to its end, or until the person leaves. Throws UsageError `no-terminal`, Refusal, MediaError. */
  play(request: VideoRequest): Promise<Played>;
}

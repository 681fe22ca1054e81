/** Where a front end draws pictures: what rows ask of it, and what they hear of it. */

import type { HeliographError } from "../base/errors.ts";
import type { P2pMode } from "../client/direct/direct_settings.ts";
import type { LiveSummary } from "../client/streams/live_counts.ts";
import type { Sent, StreamSending } from "../client/streams/sending.ts";
import type { StreamRow } from "../client/streams/stream_store.ts";
import type { Streams } from "../client/streams/streams.ts";
import type { HostedFile } from "../client/party/hosted_file.ts";
import type { WatchParty } from "../client/party/parties.ts";
import type { PlayResult } from "../client/video/player.ts";
import { VIDEO_MODES, type VideoFormat, type VideoMode } from "../protocol/hop/video.ts";
import type { SoundChoice } from "./video_settings.ts";

/** What to play, and how. */
export interface VideoRequest {
  readonly video: string;
  /** Videos that follow, one after the other. */
  readonly then?: readonly string[];
  /** Where the first one begins; left out, where it was stopped last. */
  readonly startMs?: number | undefined;
  /** Undefined: as the person has set it. */
  readonly mode: VideoMode | undefined;
  /** Bytes a second at most, in mode `adaptive`. */
  readonly maxRate?: number | undefined;
  /** 0 plays every frame, as fast as possible. Undefined: as it is best where it is drawn. */
  readonly speed: number | undefined;
  /** Undefined: as the person has set it. */
  readonly sound?: SoundChoice | undefined;
  /** The language of subtitles. Undefined: as the person has set it. */
  readonly subtitles?: string | undefined;
  /** Keeps the pictures, as the person wrote it. */
  readonly folder: string | undefined;
  /** With whom it is watched; left out, alone. */
  readonly party?: WatchParty | undefined;
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
  /** With whom it was watched, the host went to its end, or claimed to. */
  readonly hostWentToEnd?: true;
}

/** Where a video is, for a front end that draws that. */
export interface PlayingNow {
  readonly name: string;
  readonly positionMs: number;
  readonly durationMs: number;
  /** What is here already reaches so far. */
  readonly bufferedMs: number;
  /** 0: every frame, as fast as possible. */
  readonly rate: number;
  readonly state: "playing" | "paused" | "seeking" | "waiting";
  /** The mode, and the size that it shows now. */
  readonly quality: string;
  /** What else there is to say, the weightiest first. */
  readonly also?: readonly string[];
}

/** The person points at a place of the video. */
export interface Sought {
  readonly kind: "seek";
  /** Of the whole, from 0 to 1. */
  readonly share: number;
}

/** How it went, in frames. */
export interface ViewerStatistics {
  readonly method: string;
  readonly drawn: number;
  readonly dropped: number;
  readonly refused: number;
}

/** Frames from one place to another, both included. */
export interface FrameRange {
  readonly from: number;
  readonly to: number;
}

/** Pictures that were to be kept. */
export interface SavedFrames {
  readonly saved: number;
  readonly refused: number;
  /** Frames of the video that were not kept. */
  readonly missing?: readonly FrameRange[];
}

/** What became of a video. */
export interface Played {
  readonly watched: Watched;
  /** The one that was asked for. */
  readonly mode: VideoMode;
  readonly statistics: ViewerStatistics;
  /** Undefined where none were to be kept. */
  readonly saved: SavedFrames | undefined;
  /** The videos of a list that were seen before this one, in that order. */
  readonly before: readonly Pick<Played, "watched" | "statistics">[];
}

/** How a live stream went for this person. */
export interface WatchedStream {
  readonly summary: LiveSummary;
  readonly statistics: Pick<ViewerStatistics, "refused">;
  /** They left by ctrl-C, or the signal aborted. */
  readonly interrupted: boolean;
  /** What ended it before its sender did, if anything: to be thrown once the rest is said. */
  readonly error: HeliographError | undefined;
  readonly saved: (NonNullable<Played["saved"]> & { readonly folder: string }) | undefined;
}

/** What a person shows live, ready to be sent. */
export interface ShownSource extends Pick<StreamSending, "capture" | "isDevice" | "sound"> {
  readonly kind: "file" | "camera" | "screen";
  /** What the other side is told of it. */
  readonly title: string;
  /** Why nothing is heard of it, when something was to be; undefined also where the person wants no sound. */
  readonly silence?: string | undefined;
  /** No picture of it is taken any more. Closing twice is fine. */
  close(): Promise<void>;
}

/** Takes the screen while it draws. */
export interface StreamSurface {
  /**
   * Says yes to a stream, and shows it to its end, or until the person leaves. `folder` keeps its pictures, as the person wrote
   * it. Throws UsageError `no-terminal`, StorageError, and what saying yes throws.
   */
  watch(
    streams: Streams,
    stream: StreamRow,
    options: {
      readonly folder: string | undefined;
      readonly mode: P2pMode | undefined;
      /** Undefined: as the person has set it. */
      readonly sound?: SoundChoice | undefined;
      /** The party that it belongs to: all who watch show each picture at the same moment. */
      readonly party?: WatchParty | undefined;
      readonly signal: AbortSignal;
    },
  ): Promise<WatchedStream>;
}

/** The same where there is a server with videos. */
export interface VideoSurface extends StreamSurface {
  /** Plays a video of the server to its end, or until the person leaves. Throws UsageError `no-terminal`, Refusal, MediaError. */
  play(request: VideoRequest): Promise<Played>;
  /** A file of this machine, tried; undefined where the person means none by it. Throws UsageError `no-video`, MediaError. Whoever asks closes it. */
  openFile(path: string, signal: AbortSignal): Promise<ShownSource | undefined>;
  /** Shows a file to a party, and what all see here too. Throws UsageError `no-terminal`, MediaError, TransportError. */
  host(hosted: HostedFile, signal: AbortSignal): Promise<HostedShown>;
}

/** How a file of the host's own went. */
export interface HostedShown {
  readonly sent: Sent;
  /** They left by ctrl-C, or the signal aborted. */
  readonly isInterrupted: boolean;
}

/** What a person gets who asks for another mode than `mode`, again and again for each of them. */
export function nextMode(mode: VideoMode): VideoMode {
  return VIDEO_MODES[(VIDEO_MODES.indexOf(mode) + 1) % VIDEO_MODES.length];
}

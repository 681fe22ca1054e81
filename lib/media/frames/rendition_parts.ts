/** What the cache of one rendition works with, and who looks at it. */

import type { Scope } from "../../base/scope.ts";
import type { Ffmpeg } from "../ffmpeg/ffmpeg.ts";
import type { WantedPicture } from "../ffmpeg/picture_filters.ts";
import type { SeekIndex } from "../library/picture_index.ts";
import type { VideoFile } from "../library/renditions.ts";
import type { SegmentShelf, ShelvedSegment } from "../segments/segment_shelf.ts";
import type { Timeline } from "../library/timeline.ts";

/** Segments that a viewer is reading, or also all that he is going to read. */
export type Reach = "here" | "ahead";

/** What a cache needs of the store. */
export interface CacheParts extends WantedPicture {
  /** Where its segments lie. */
  readonly folder: string;
  readonly file: VideoFile;
  /** ffmpeg's scale, 2 (best) to 31; left out, the one of all renditions. */
  readonly quality?: number;
  readonly timeline: Timeline;
  /** What tells its pictures apart, so that a decode may begin at any keyframe; undefined where nothing does. */
  readonly index: SeekIndex | undefined;
  readonly ffmpeg: Ffmpeg | undefined;
  readonly shelf: SegmentShelf;
  readonly scope: Scope;
  /** Whether a segment of any rendition should stay for a viewer of this reach. */
  readonly isPinned: (segment: ShelvedSegment, reach: Reach) => boolean;
  /** The file does not have the frames that its timeline says. May throw what is told to who waits for them. */
  readonly onMismatch: () => Promise<void>;
  /** An extraction has ended: the last viewer may have left before it. */
  readonly onEnded: () => void;
}

/** A viewer of the cache. */
export interface CacheUser {
  /** The frame it is at. */
  readonly position: number;
  readonly toFrame: number;
}

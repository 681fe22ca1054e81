/** The ladder: which picture sizes exist, from which file each is made, and how large its pictures are. */

import { type RenditionName, RENDITIONS } from "../../protocol/hop/video.ts";
import { Bug } from "../../base/errors.ts";
import { JPEG_MAX_HEIGHT_PX, JPEG_MAX_WIDTH_PX } from "../picture/media_limits.ts";

/** Height of the pictures of each rung. */
const RENDITION_HEIGHT_PX: Readonly<Record<RenditionName, number>> = {
  "240p": 240,
  "480p": 480,
  "720p": 720,
  "1080p": 1080,
  "1440p": 1440,
};

/** A regular file of the video folder, as the scan saw it. Its path is real (no links) and absolute. */
export interface VideoFile {
  readonly path: string;
  readonly sizeBytes: number;
  readonly modifiedMs: number;
}

/** What a video is made of: a plain file, ready renditions, or both. At least one of them. */
export interface VideoSources {
  readonly plain: VideoFile | undefined;
  readonly ready: Readonly<Partial<Record<RenditionName, VideoFile>>>;
}

/**
 * The file whose frames a rendition has: the ready one, else the best source, which is the plain file and without one
 * the tallest ready rendition. A made rendition has the frames of its source one for one.
 */
export function renditionFile(sources: VideoSources, rendition: RenditionName): VideoFile {
  return sources.ready[rendition] ?? bestSource(sources);
}

/** The file that the video's own size and length are read from. */
export function bestSource(sources: VideoSources): VideoFile {
  if (sources.plain !== undefined) return sources.plain;
  const tallestFirst = [...RENDITIONS].reverse();
  for (const rendition of tallestFirst) {
    const file = sources.ready[rendition];
    if (file !== undefined) return file;
  }
  throw new Bug("Cannot choose source: the video has no file");
}

/**
 * The picture size of a rendition: the height asked for and the width that keeps the shape of the drawn picture (after
 * rotation, with square pixels), both even, since 4:2:0 halves them. A picture that would be wider than a client decodes is made lower.
 */
export function renditionSize(
  drawn: { readonly widthPx: number; readonly heightPx: number },
  rendition: RenditionName,
): { readonly widthPx: number; readonly heightPx: number } {
  return fitHeight(drawn, RENDITION_HEIGHT_PX[rendition]);
}

/** The same for any height. */
export function fitHeight(
  drawn: { readonly widthPx: number; readonly heightPx: number },
  wantedPx: number,
): { readonly widthPx: number; readonly heightPx: number } {
  const aspect = drawn.widthPx / drawn.heightPx;
  const heightPx = Math.min(
    wantedPx,
    JPEG_MAX_HEIGHT_PX,
    JPEG_MAX_WIDTH_PX / aspect,
  );
  return { widthPx: toEven(heightPx * aspect, JPEG_MAX_WIDTH_PX), heightPx: toEven(heightPx) };
}

function toEven(length: number, limit = JPEG_MAX_HEIGHT_PX): number {
  return Math.min(limit, Math.max(2, 2 * Math.round(length / 2)));
}

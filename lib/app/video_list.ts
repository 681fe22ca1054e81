/** The server's videos, as they are listed. */

import { formatBytes } from "../client/transfers/describe.ts";
import type { Link } from "../client/link/link.ts";
import type { ReplyFields } from "../protocol/hop/mod.ts";

/** A video as the server's library lists it. */
export type ListedVideo = ReplyFields<"video.list">["videos"][number];

/** All of them, page by page. */
export async function listVideos(link: Link): Promise<readonly ListedVideo[]> {
  const videos: ListedVideo[] = [];
  for (;;) {
    const after = videos[videos.length - 1]?.number;
    const { fields } = await link.ask("video.list", after === undefined ? {} : { after });
    videos.push(...fields.videos);
    // A page without videos that promises more would be asked for without end.
    if (!fields.more || fields.videos.length === 0) return videos;
  }
}

/** Why the server cannot show a video, in the words of its list; undefined when the list does not say. */
export async function problemOf(link: Link, asked: string): Promise<string | undefined> {
  const wanted = asked.toLowerCase();
  const found = (await listVideos(link)).find(({ name, number }) =>
    name.toLowerCase() === wanted || `${number}` === asked
  );
  return found?.problem;
}

/** `2.  cockatoo  14.0 s  1280x720  1.9 MB  ready: 240p`. Its name is foreign text. */
export function videoLine(video: ListedVideo): string {
  const { number, name, durationMs, widthPx, heightPx, sizeBytes, ready, problem } = video;
  const size = widthPx === undefined ? "" : `${widthPx}x${heightPx}`;
  const length = durationMs === undefined ? "" : `${(durationMs / 1000).toFixed(1)} s`;
  const rest = problem ?? (ready.length === 0 ? "" : `ready: ${ready.join(" ")}`);
  return [`${number}.`, name, length, size, formatBytes(sizeBytes), rest].filter((part) =>
    part !== ""
  ).join("  ");
}

/** `0:05`, `1:02:05`: a moment of a video. */
export function clockWords(ms: number): string {
  const seconds = Math.floor(Math.max(0, ms) / 1000);
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const two = (value: number) => String(value).padStart(2, "0");
  return hours > 0
    ? `${hours}:${two(minutes)}:${two(seconds % 60)}`
    : `${minutes}:${two(seconds % 60)}`;
}

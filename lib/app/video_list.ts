/** The server's videos, as they are listed. */

import { formatBytes } from "../base/byte_words.ts";
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
  const { number, name, durationMs, widthPx, heightPx, sizeBytes } = video;
  const size = widthPx === undefined ? "" : `${widthPx}x${heightPx}`;
  const length = durationMs === undefined ? "" : lengthWords(durationMs);
  const state = stateWords(video);
  return [`${number}.`, name, length, size, formatBytes(sizeBytes), state].filter((part) =>
    part !== ""
  ).join("  ");
}

/** The same in parts, beside a poster: how long, how large; and what is ready, or why it cannot be watched. */
export function videoFacts(video: ListedVideo): readonly [facts: string, state: string] {
  const { durationMs, widthPx, heightPx, sizeBytes } = video;
  const length = durationMs === undefined ? [] : [lengthWords(durationMs)];
  const size = widthPx === undefined ? [] : [`${widthPx}×${heightPx}`];
  return [[...length, ...size, formatBytes(sizeBytes)].join(" · "), stateWords(video)];
}

function stateWords(
  { problem, ready, readyModes = [], cutShort, preparing }: ListedVideo,
): string {
  if (problem !== undefined) return problem;
  const all = [...readyModes, ...ready];
  const made = all.length === 0 ? [] : [`ready: ${all.join(" ")}`];
  const coming = preparing === undefined ? [] : [`${preparing} % prepared`];
  return [...made, ...coming, ...cutShort === true ? ["its file is cut short"] : []].join(", ");
}

/** Short ones to a tenth. */
function lengthWords(durationMs: number): string {
  return durationMs < 60_000 ? `${(durationMs / 1000).toFixed(1)} s` : clockWords(durationMs);
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

/** `1.56×`: nothing at its own speed, for a speed of 0 that every frame is shown. */
export function speedWords(rate: number): string | undefined {
  if (rate === 1) return undefined;
  return rate === 0 ? "every frame" : `${Math.round(100 * rate) / 100}×`;
}

/** What was asked for by name, a collection (`physics/`) as its videos. Asks the server only then. */
export async function withCollections(
  link: Link,
  names: readonly string[],
): Promise<readonly string[]> {
  if (!names.some((name) => name.endsWith("/"))) return names;
  const listed = await listVideos(link);
  return names.flatMap((name) => {
    if (!name.endsWith("/")) return name;
    const of = listed.filter((video) => video.name.startsWith(name) && video.problem === undefined);
    return of.length === 0 ? name : of.map((video) => video.name);
  });
}

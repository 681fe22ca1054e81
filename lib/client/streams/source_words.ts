/** What the offer of a stream shows, in words, and how long it holds. Titles are foreign: who shows the words makes them safe. Pure. */

import { STREAM_OFFER_MS } from "../../protocol/limits.ts";
import type { StreamSource } from "../../protocol/peer/stream.ts";

/** `film.mp4`, `their camera`, `their screen`. */
export function sourceWords(
  { source, title }: { readonly source: StreamSource; readonly title: string },
): string {
  if (source === "file") return title === "" ? "a video" : `"${title}"`;
  return `their ${source}`;
}

/** The same of what the person shows: `your screen`. */
export function ownSourceWords(what: Parameters<typeof sourceWords>[0]): string {
  return what.source === "file" ? sourceWords(what) : `your ${what.source}`;
}

/** How long an offer holds. */
export const OFFER_SECONDS = STREAM_OFFER_MS / 1000;

/** Until when this one does. */
export function offerEndsMs({ offeredMs }: { readonly offeredMs: number }): number {
  return offeredMs + STREAM_OFFER_MS;
}

/** What a stream shows, in words. Titles are foreign: who shows the words makes them safe. Pure. */

import type { StreamSource } from "../../protocol/peer/stream.ts";

/** `film.mp4`, `their camera`, `their screen`. */
export function sourceWords(
  { source, title }: { readonly source: StreamSource; readonly title: string },
): string {
  if (source === "file") return title === "" ? "a video" : `"${title}"`;
  return `their ${source}`;
}

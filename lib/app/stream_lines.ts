/** Streams in words. Pure. Titles and names are foreign: who shows the lines makes them safe. */

import { Refusal, TransportError } from "../base/errors.ts";
import type { Broadcasted } from "../client/streams/broadcaster.ts";
import type { TransportPause } from "../client/streams/live_now.ts";
import type { LiveFacts } from "../client/streams/live_watch.ts";
import { OFFER_SECONDS, sourceWords } from "../client/streams/source_words.ts";
import type { Picture } from "../client/video/frame_assembly.ts";
import type { StreamRow } from "../client/streams/stream_store.ts";
import type { Lasting } from "./person_row.ts";
import type { WatchedStream } from "./video_surface.ts";

/** A stream goes on over the next connection. */
export const LOST_STREAM: Lasting = {
  lost: (_client, reason) => `Connection lost: ${reason}. Trying again`,
};

/** `bob: "film.mp4"`. */
export function shownBy(stream: StreamRow): string {
  return `${stream.account}: ${sourceWords(stream)}`;
}

/** Row S0.33, for who watched. Bad pictures are those that open, and are not what they said they are. */
export function watchedStreamLine(
  { summary, statistics, error, saved }: Omit<WatchedStream, "interrupted">,
): string {
  const { complete, received, durationMs, lost, droppedHere, proven, reason } = summary;
  const badPictures = Math.max(statistics.refused, saved?.refused ?? 0);
  const refused = Object.values(summary.refused).reduce((sum, count) => sum + count, badPictures);
  const head = !complete
    ? error !== undefined ? "Stream lost" : "Stream left"
    : reason === "ended"
    ? "Stream ended"
    : reason === "stopped"
    ? "Stream stopped by its sender"
    : "Stream aborted by its sender";
  const counts = `${framesOf(received)}, ${seconds(durationMs)}, ${lost + droppedHere} dropped`;
  return `${head}: ${counts}${refused > 0 ? `, ${refused} refused` : ""}${
    proven === "not-proven" ? "; sender not proven" : ""
  }`;
}

/** The same for who sent. */
export function sentStreamLine(
  { end, frames, durationMs, dropped, watchers }: Broadcasted,
): string {
  // It was ended while it waited for somebody: nothing was sent, and no counts are to be read.
  if (watchers === 0 && end === "stopped") return "Stream stopped: nobody watched it";
  const head = end === "ended"
    ? "Stream ended"
    : end === "left"
    ? "Stream ended: nobody is watching"
    : "Stream stopped";
  return `${head}: ${framesOf(frames)}, ${seconds(durationMs)}, ${dropped} dropped, watched by ${
    watchers === 1 ? "1 device" : `${watchers} devices`
  }`;
}

/** Whether anybody came. */
export function isWatched({ end }: Broadcasted): boolean {
  return end !== "declined" && end !== "unanswered" && end !== "vanished";
}

/** Throws when nobody came: Refusal `declined`, TransportError `timeout`. */
export function requireWatched({ end }: Broadcasted, name: string): void {
  switch (end) {
    case "declined":
      throw new Refusal("declined", `${name} declined the stream`);
    case "unanswered":
      throw new TransportError(
        "timeout",
        `${name} did not answer in ${OFFER_SECONDS} s`,
      );
    case "vanished":
      throw new TransportError("timeout", `${name} accepted but did not start watching`);
  }
}

/** That nothing comes just now, and why; or that it goes on. */
export function pauseLine({ account }: StreamRow, pause: TransportPause | undefined): string {
  switch (pause) {
    case undefined:
      return `${account}'s stream continues`;
    case "silence":
      return `No pictures from ${account}: waiting`;
    case "own":
      return "Connection lost: waiting for it and the stream";
    case "sender":
      return `${account}'s stream is interrupted: waiting for it to come back`;
  }
}

/** What stands below the picture. */
export function liveStatus(
  stream: StreamRow,
  { ptsMs, widthPx, heightPx }: Pick<Picture, "ptsMs" | "widthPx" | "heightPx">,
  { proven, lost }: LiveFacts,
): string {
  const size = widthPx === 0 ? "" : `  ${widthPx}×${heightPx}`;
  const minutes = Math.floor(ptsMs / 60_000);
  const rest = String(Math.floor(ptsMs / 1000) % 60).padStart(2, "0");
  const doubt = proven === "not-proven" ? "  SENDER NOT PROVEN" : "";
  return `${stream.account}: ${
    sourceWords(stream)
  }  live ${minutes}:${rest}${size}  ${lost} dropped${doubt}`;
}

/** That the sender shows it in another size. */
export function sizeLine(
  { account }: StreamRow,
  { widthPx, heightPx, isLarger }: {
    readonly widthPx: number;
    readonly heightPx: number;
    readonly isLarger: boolean;
  },
): string {
  return `${account} now streams ${
    isLarger ? "larger" : "smaller"
  } pictures: ${widthPx}×${heightPx}`;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

// Frames in words.

/** `1 frame`, `2 frames`. */
export function framesOf(count: number): string {
  return `${count} ${count === 1 ? "frame" : "frames"}`;
}

/** Takes what was offered and watches it to its end, for every face. */

import type { HeliographError } from "../../base/errors.ts";
import type { LiveSummary } from "../../client/streams/live_counts.ts";
import type { StreamRow } from "../../client/streams/stream_store.ts";
import type { Streams } from "../../client/streams/streams.ts";
import { FrameSaver } from "../video/frame_saver.ts";
import type { Viewer } from "../video/viewer.ts";
import { showStream, type ShowStreamOptions } from "./show_stream.ts";
import { watchedStreamLine } from "./stream_lines.ts";

/** How it is to come, and where to. */
export interface WatchOptions extends Pick<ShowStreamOptions, "tell" | "clock" | "signal"> {
  readonly viewer: Viewer;
  /** Keeps every picture. */
  readonly folder: string | undefined;
  readonly mode?: Parameters<Streams["accept"]>[1]["mode"];
}

/** How it went for this person. */
export interface Watched {
  readonly summary: LiveSummary;
  /** Row S0.33. */
  readonly line: string;
  /** They left by ctrl-C, or `signal` aborted. */
  readonly interrupted: boolean;
  /** What ended it before its sender did, if anything: to be thrown once the line is said. */
  readonly error: HeliographError | undefined;
  readonly saver: { readonly saved: number; readonly refused: number } | undefined;
}

/** Throws what saying yes throws (see `Streams.accept`), and StorageError. The sender is told when this device watches no more. */
export async function watchOffered(
  streams: Streams,
  stream: StreamRow,
  { viewer, folder, mode, ...options }: WatchOptions,
): Promise<Watched> {
  await using owned = new AsyncDisposableStack();
  const saver = folder === undefined ? undefined : owned.use(await FrameSaver.open(folder));
  const watch = owned.use(await streams.accept(stream, { mode, signal: options.signal }));
  const { summary, interrupted, error } = await showStream(watch, stream, {
    sinks: { viewer, saver },
    ...options,
  });
  if (!summary.complete) await streams.leave(stream);
  const badPictures = Math.max(viewer.statistics.refused, saver?.refused ?? 0);
  const line = watchedStreamLine(summary, { isLost: error !== undefined, badPictures });
  const kept = saver && { saved: saver.saved, refused: saver.refused };
  return { summary, line, interrupted, error, saver: kept };
}

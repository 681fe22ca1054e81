/** Takes what was offered and watches it to its end, for every face. */

import type { WatchedStream } from "../../app/video_surface.ts";
import type { StreamRow } from "../../client/streams/stream_store.ts";
import type { Streams } from "../../client/streams/streams.ts";
import { FrameSaver } from "../video/frame_saver.ts";
import type { Viewer } from "../video/viewer.ts";
import { showStream, type ShowStreamOptions } from "./show_stream.ts";

/** How it is to come, and where to. */
export interface WatchOptions extends Pick<ShowStreamOptions, "tell" | "clock" | "signal"> {
  readonly viewer: Viewer;
  /** Keeps every picture. */
  readonly folder: string | undefined;
  resolve(folder: string): string;
  readonly mode: Parameters<Streams["accept"]>[1]["mode"];
}

/** Throws what saying yes throws (see `Streams.accept`), and StorageError. The sender is told when this device watches no more. */
export async function watchOffered(
  streams: Streams,
  stream: StreamRow,
  { viewer, folder, resolve, mode, ...options }: WatchOptions,
): Promise<WatchedStream> {
  await using owned = new AsyncDisposableStack();
  const saver = folder === undefined
    ? undefined
    : owned.use(await FrameSaver.open(resolve(folder)));
  const watch = owned.use(await streams.accept(stream, { mode, signal: options.signal }));
  const { summary, interrupted, error } = await showStream(watch, stream, {
    sinks: { viewer, saver },
    ...options,
  });
  if (!summary.complete) await streams.leave(stream);
  const { statistics } = viewer;
  const saved = saver === undefined || folder === undefined
    ? undefined
    : { saved: saver.saved, refused: saver.refused, folder };
  return { summary, statistics, interrupted, error, saved };
}

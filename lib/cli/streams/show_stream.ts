/** Shows a stream to its end: pictures to the viewer and the saver, keys to the person's leaving. */

import { anySignal, Scope } from "../../base/scope.ts";
import type { LiveSummary } from "../../client/streams/live_counts.ts";
import type { LiveWatch } from "../../client/streams/live_watch.ts";
import type { StreamRow } from "../../client/streams/stream_store.ts";
import type { Picture } from "../../client/video/picture.ts";
import { keyName } from "../../terminal/key.ts";
import type { Viewer } from "../video/viewer.ts";
import { liveStatus } from "./stream_lines.ts";

/** Where pictures go. Whoever opened them closes them. */
export interface LiveSinks {
  readonly viewer: Viewer;
  readonly saver?: { save(picture: Picture): void; flush(): Promise<void> } | undefined;
}

/** How it ended for this person. */
export interface ShownStream {
  readonly summary: LiveSummary;
  /** They left by ctrl-C. */
  readonly interrupted: boolean;
}

/** Between two lines of status. */
const STATUS_MS = 500;
const LEFT = new DOMException("The person left", "AbortError");
const INTERRUPTED = new DOMException("The person pressed ctrl-C", "AbortError");

/** Throws what `LiveWatch.play` throws. Ctrl-C and `q` end it early. */
export async function showStream(
  watch: LiveWatch,
  stream: StreamRow,
  options: {
    readonly sinks: LiveSinks;
    readonly clock: { monotonicMs(): number };
    readonly signal: AbortSignal;
  },
): Promise<ShownStream> {
  const { sinks: { viewer, saver }, clock } = options;
  const leaving = new AbortController();
  await using scope = new Scope(options.signal);
  scope.run("keys", (stop) => readKeys(viewer, stop, (reason) => leaving.abort(reason)));
  let statusAtMs = -Infinity;
  const handlers = {
    onFrame: (picture: Picture) => saver?.save(picture),
    show: async (picture: Picture, facts: Parameters<typeof liveStatus>[2]) => {
      await viewer.show(picture, { inOrder: false });
      if (clock.monotonicMs() - statusAtMs < STATUS_MS) return;
      statusAtMs = clock.monotonicMs();
      await viewer.status(liveStatus(stream, picture.ptsMs, facts), "q leave");
    },
  };
  const signal = anySignal(scope.signal, leaving.signal);
  try {
    const summary = await watch.play(handlers, { signal });
    await saver?.flush();
    return { summary, interrupted: false };
  } catch (error) {
    if (!leaving.signal.aborted || error !== leaving.signal.reason) throw error;
    await saver?.flush();
    return { summary: watch.summary(), interrupted: error === INTERRUPTED };
  }
}

async function readKeys(
  viewer: Viewer,
  stop: AbortSignal,
  leave: (reason: DOMException) => void,
): Promise<void> {
  for (;;) {
    const key = await viewer.nextKey(stop);
    if (key === undefined) return;
    const name = key.kind === "text" ? key.text : keyName(key) ?? "";
    if (name === "ctrl-c") return leave(INTERRUPTED);
    if (["q", "escape", "ctrl-d"].includes(name)) return leave(LEFT);
  }
}

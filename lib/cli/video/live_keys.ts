/** Keys that are pressed over pictures that have no bar: a live stream, and a file whose length nobody knows here. */

import { keyName, splitKey } from "../../terminal/input/key.ts";
import type { Viewer } from "./viewer.ts";

/** Tells of each key by its name, one after the other, until `stop` aborts or nobody can press one any more. */
export async function readLiveKeys(
  viewer: Viewer,
  stop: AbortSignal,
  press: (name: string) => Promise<void> | void,
): Promise<void> {
  for (;;) {
    const key = await viewer.nextKey(stop);
    if (key === undefined) return;
    // A click on the bar of a video.
    if (key.kind === "seek") continue;
    for (const single of splitKey(key)) {
      await press(single.kind === "text" ? single.text : keyName(single) ?? "");
    }
  }
}

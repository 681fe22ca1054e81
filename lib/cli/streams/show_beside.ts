/** What a dialogue shows beside the conversation: one thing at a time. */

import { UsageError } from "../../base/errors.ts";
import type { OpenedSource } from "./stream_source.ts";

/** What a dialogue shows now; its abort ends it. */
const showing = new WeakMap<object, AbortController>();
const STOPPED = new DOMException("The person ended the stream", "AbortError");

/** Throws UsageError while something is shown. `stop`: what ends it. */
export function requireIdle(dialogue: object, stop: string): void {
  if (!showing.has(dialogue)) return;
  throw new UsageError("streaming", `You show something already: ${stop} ends it`);
}

/** Ends what is shown. Throws UsageError `no-stream`. */
export function stopShowing(dialogue: object): void {
  const ending = showing.get(dialogue);
  if (ending === undefined) throw new UsageError("no-stream", "You show nothing now");
  ending.abort(STOPPED);
}

/** The task that tries a source and shows it until `stopShowing`. From now on `dialogue` shows something. */
export function showTask(
  dialogue: object,
  source: OpenedSource,
  { show, stopped }: {
    show(live: { readonly source: OpenedSource; readonly signal: AbortSignal }): Promise<void>;
    /** Says that it was ended before anything was shown. */
    stopped(): Promise<void>;
  },
): (until: AbortSignal) => Promise<void> {
  const ending = new AbortController();
  const { signal } = ending;
  showing.set(dialogue, ending);
  const close = async () => {
    await source.close();
    if (showing.get(dialogue) === ending) showing.delete(dialogue);
  };
  return async (until) => {
    until.addEventListener("abort", () => ending.abort(until.reason), { once: true, signal });
    try {
      await source.requirePicture(signal);
      await show({ source: { ...source, close }, signal });
    } catch (error) {
      if (error !== STOPPED) throw error;
      await stopped();
    } finally {
      await close();
    }
  };
}

/** Takes what was offered and shows it to its end: pictures to the viewer and the saver, keys to the person's leaving. */

import { liveStatus, pauseLine, sizeLine } from "../../app/stream_lines.ts";
import type { WatchedStream } from "../../app/video_surface.ts";
import { HeliographError, UsageError } from "../../base/errors.ts";
import type { Clock } from "../../base/clock.ts";
import { anySignal, Scope } from "../../base/scope.ts";
import { watchHosted } from "../../client/party/hosted_file.ts";
import type { WatchParty } from "../../client/party/parties.ts";
import type { LiveSummary } from "../../client/streams/live_counts.ts";
import type { TransportPause } from "../../client/streams/live_now.ts";
import type { LiveWatch } from "../../client/streams/live_watch.ts";
import type { StreamRow } from "../../client/streams/stream_store.ts";
import type { Streams } from "../../client/streams/streams.ts";
import type { Picture } from "../../client/video/frame_assembly.ts";
import type { FindSound } from "../video/live_ear.ts";
import { clockWords, speedWords } from "../../app/video_list.ts";
import { partyWords } from "../video/together.ts";
import { FrameSaver } from "../video/frame_saver.ts";
import type { Viewer } from "../video/viewer.ts";
import { LiveEar } from "../video/live_ear.ts";
import type { OpenedSource } from "./stream_source.ts";
import { readLiveKeys } from "../video/live_keys.ts";

/** Where pictures go. Whoever opened them closes them. */
export interface LiveSinks {
  readonly viewer: Viewer;
  readonly saver?: { save(picture: Picture): void; flush(): Promise<void> } | undefined;
}

/** How it is shown. */
export interface ShowStreamOptions {
  readonly sinks: LiveSinks;
  /** Says a line to the person where the viewer has no place for one. */
  readonly tell: (line: string) => Promise<void>;
  readonly clock: Clock;
  /** Looks for what plays sound; undefined: it is not heard. */
  readonly findSound: FindSound | undefined;
  /** The party that it belongs to. */
  readonly party?: WatchParty | undefined;
  readonly signal: AbortSignal;
}

/** How it ended for this person. */
export interface ShownStream {
  readonly summary: LiveSummary;
  /** They left by ctrl-C, or `signal` aborted. */
  readonly interrupted: boolean;
  /** What `LiveWatch.play` threw. */
  readonly error: HeliographError | undefined;
}

/** Between two lines of status. */
const STATUS_MS = 500;
const KEYS = "m mute, + - volume, q leave";
const LEFT = new DOMException("The person left", "AbortError");
const INTERRUPTED = new DOMException("The person pressed ctrl-C", "AbortError");

/** Ctrl-C and `q` end it early. Throws StorageError when pictures cannot be kept. */
async function showStream(
  watch: LiveWatch,
  stream: StreamRow,
  options: ShowStreamOptions,
): Promise<ShownStream> {
  const { sinks: { viewer, saver }, clock, tell, findSound, party } = options;
  const leaving = new AbortController();
  await using scope = new Scope(options.signal);
  const sound = new LiveEar(clock, () => {
    scope.run("status", () => viewer.status(whole(), KEYS));
  });
  scope.run("keys", (stop) =>
    readLiveKeys(viewer, stop, (name) => {
      if (sound.press(name)) return;
      if (name === "ctrl-c") leaving.abort(INTERRUPTED);
      else if (["q", "escape", "ctrl-d"].includes(name)) leaving.abort(LEFT);
    }));
  if (viewer.hasStatus && findSound !== undefined) {
    scope.run("sound", (stop) => sound.run(watch, findSound, stop));
  }
  let statusAtMs = -Infinity;
  const nothing = { ptsMs: 0, widthPx: 0, heightPx: 0 };
  let last = liveStatus(stream, nothing, { proven: "waiting", received: 0, lost: 0 });
  const whole = () => [last, ...sound.words, ...party ? placeWords(party, clock) : []].join("  ");
  if (party !== undefined) {
    if (!party.isTimed) await tell("The host's clock is wrong: pictures are shown as they come");
    scope.run("party", (stop) => party.keep(stop));
    scope.run("place", async (stop) => {
      for await (const _ of party.views(stop)) await viewer.status(whole(), KEYS);
    });
  }
  let size: Picture | undefined;
  const handlers = {
    onPause: (pause: TransportPause | undefined) => {
      scope.run("pause", async () => {
        const line = pauseLine(stream, pause);
        if (viewer.hasStatus) await viewer.status(pause === undefined ? whole() : line, KEYS);
        else await tell(line);
      });
    },
    onFrame: (picture: Picture) => saver?.save(picture),
    show: async (picture: Picture, facts: Parameters<typeof liveStatus>[2]) => {
      await viewer.show(picture, { inOrder: false });
      const { widthPx, heightPx } = picture;
      if (size !== undefined && size.widthPx !== widthPx && !viewer.hasStatus) {
        await tell(sizeLine(stream, { widthPx, heightPx, isLarger: widthPx > size.widthPx }));
      }
      size = picture;
      if (clock.monotonicMs() - statusAtMs < STATUS_MS) return;
      statusAtMs = clock.monotonicMs();
      last = liveStatus(stream, picture, facts);
      await viewer.status(whole(), KEYS);
    },
  };
  const signal = anySignal(scope.signal, leaving.signal);
  try {
    const summary = await watch.play(handlers, { signal });
    await saver?.flush();
    return { summary, interrupted: false, error: undefined };
  } catch (error) {
    await saver?.flush();
    const summary = watch.summary();
    if (error instanceof HeliographError) return { summary, interrupted: false, error };
    if (error !== LEFT && error !== INTERRUPTED && !options.signal.aborted) throw error;
    return { summary, interrupted: error !== LEFT, error: undefined };
  }
}

/** Where the host is, and who else is there. */
function placeWords(party: WatchParty, clock: Clock): readonly string[] {
  const { view, view: { point: { isPaused, rate } } } = party;
  const at = clockWords(party.positionAt(clock.monotonicMs()));
  const place = isPaused ? `paused at ${at}` : at;
  return [place, speedWords(rate) ?? [], partyWords(view)].flat();
}

/** How it is to come, and where to. */
interface WatchOptions
  extends Pick<ShowStreamOptions, "tell" | "clock" | "findSound" | "party" | "signal"> {
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
  const { party, signal } = options;
  const watch = owned.use(
    party === undefined
      ? await streams.accept(stream, { mode, signal })
      : await watchHosted(streams, party, signal),
  );
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

// What a dialogue shows beside the conversation: one thing at a time.

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

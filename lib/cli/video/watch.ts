/** Playing one video to its end: frames to the viewer and the saver, keys to the player. */

import { Refusal, TransportError } from "../../base/errors.ts";
import { anySignal, Scope } from "../../base/scope.ts";
import type { Link } from "../../client/link/link.ts";
import type { PlayedFrame } from "../../client/video/frame_assembly.ts";
import { Player, type PlayOptions, type PlayResult } from "../../client/video/player.ts";
import { PlaybackClock } from "../../media/playback_clock.ts";
import { FramesOnce } from "./frames_once.ts";
import type { Watched } from "../../app/video_surface.ts";
import { problemOf } from "../../app/video_list.ts";
import type { Viewer } from "./viewer.ts";
import { INTERRUPTED, KeyHands, LEFT, readKeys } from "./watch_keys.ts";
import { WatchStatus } from "./watch_status.ts";

/** Gets every frame that arrives, at once. */
export interface FrameSink {
  save(frame: PlayedFrame): void;
  /** Resolves when it is done with all of them. */
  flush(): Promise<void>;
}

/** Where frames go. Whoever opened them closes them. */
export interface FrameSinks {
  readonly viewer: Viewer;
  readonly saver?: FrameSink | undefined;
}

/** What to play, and how. */
export interface WatchOptions<Sinks extends FrameSinks>
  extends Pick<PlayOptions, "video" | "mode" | "clock" | "maxRate"> {
  /** 0 plays every frame, as fast as possible. */
  readonly speed: number;
  /** Called once the server has the video: nobody's screen is taken for one that it does not have. */
  open(): Promise<Sinks>;
  /** What is to be said all the time; left out, nothing. */
  readonly notice?: string | undefined;
  readonly signal: AbortSignal;
  /** Another link when one has ended, or why there is none. Left out, the end of the link is the end of the video. */
  reconnect?(signal: AbortSignal): Promise<Link>;
}

type Playing = WatchOptions<FrameSinks> & Pick<PlayOptions, "playback" | "drawing">;

/** Throws Refusal and MediaError as `Player` does, and what `open` throws. Ctrl-C and `q` end it early. */
export async function watch<Sinks extends FrameSinks>(
  link: Link,
  options: WatchOptions<Sinks>,
): Promise<{ watched: Watched; sinks: Sinks }> {
  const { clock } = options;
  const playback = new PlaybackClock(options.speed);
  const seen: { viewer?: Viewer } = {};
  const playing: Playing = { ...options, playback, drawing: () => seen.viewer?.drawing };
  let player = await openPlayer(link, playing);
  const sinks = await openSinks(player, options);
  const { viewer, saver } = sinks;
  seen.viewer = viewer;
  const leaving = new AbortController();
  const signal = anySignal(options.signal, leaving.signal);
  await using scope = new Scope(signal);
  const status = new WatchStatus(player, { viewer, clock, notice: options.notice });
  const keys = new KeyHands(player, {
    onSeek() {
      frames.sought();
      status.sought();
    },
    onPressed: () => status.changed(),
  });
  const frames = new FramesOnce({
    save: (frame) => saver?.save(frame),
    async show(frame) {
      playback.reached(frame.ptsMs);
      // The last one stays on the screen: it is not to be cut off by the end.
      const isLast = frame.index === frame.total - 1;
      await viewer.show(frame, { inOrder: options.speed === 0 || isLast });
      await status.shown(frame);
    },
  });
  scope.run("keys", async (stop) => {
    const leave = (reason: unknown) => leaving.abort(reason);
    await takeKeys(viewer, keys, { stop, leave, goesOn: options.reconnect !== undefined });
  });
  if (viewer.hasStatus) scope.run("status", (stop) => status.run(stop));
  let result: PlayResult | undefined;
  for (;;) {
    const leg = keys.beginLeg(player);
    viewer.adapts = player.mode === "adaptive";
    status.player = player;
    try {
      result = await player.play(frames, { signal: anySignal(signal, leg) });
      break;
    } catch (error) {
      const isOwn = [leaving.signal, leg].some((own) => own.aborted && error === own.reason);
      if (!isOwn && canGoOn(error, options) && !signal.aborted) {
        frames.connectionLost(player);
        await status.connectionLost();
        const next = await reopen(playing, keys, signal);
        if (next === undefined) break;
        [link, player] = next;
        continue;
      }
      if (!isOwn) throw error;
      await player.stop();
      if (leaving.signal.aborted) break;
      // Another mode: the same video from the same moment.
      playback.play();
      player = await openPlayer(link, { ...playing, mode: keys.mode });
      await player.seek(playback.positionMs);
    }
  }
  await saver?.flush();
  const { reason } = leaving.signal;
  if (reason !== LEFT && reason !== INTERRUPTED) leaving.signal.throwIfAborted();
  const { name, total, durationMs, format } = player;
  const watched = {
    ...frames.count(result),
    ...{ name, total, durationMs, format },
    complete: result !== undefined,
    interrupted: leaving.signal.reason === INTERRUPTED,
  };
  return { watched, sinks };
}

/** As `readKeys`; when nothing can be shown any more, or done about it, the video ends. */
async function takeKeys(
  viewer: Viewer,
  keys: KeyHands,
  options: Parameters<typeof readKeys>[2] & { leave: (reason: unknown) => void },
): Promise<void> {
  try {
    await readKeys(viewer, keys, options);
  } catch (error) {
    if (!options.stop.aborted) options.leave(error);
  }
}

/** Opens the stream. A video that cannot be watched is refused in the words of the server's list. */
async function openPlayer(link: Link, options: Playing): Promise<Player> {
  try {
    return await Player.open(link, options);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const { code, details } = error;
    const { video } = options;
    if (code === "unknown-video") {
      const how = details.suggestion === undefined ? ": the command videos lists them" : "";
      const message = `No video "${video}" on this server${how}`;
      throw new Refusal(code, message, { details, cause: error });
    }
    if (code !== "media-refused") throw error;
    const problem = await problemOf(link, video);
    if (problem === undefined) throw error;
    throw new Refusal(code, `Cannot watch ${video}: ${problem}`, { cause: error });
  }
}

async function openSinks<Sinks extends FrameSinks>(
  player: Player,
  options: WatchOptions<Sinks>,
): Promise<Sinks> {
  try {
    return await options.open();
  } catch (error) {
    await player.stop();
    throw error;
  }
}

/** Whether another link may come in the place of the one that ended. */
function canGoOn(error: unknown, { reconnect }: WatchOptions<FrameSinks>): boolean {
  return error instanceof TransportError && reconnect !== undefined;
}

/** The same video from the same moment, over another link. Undefined when the person leaves before there is one. */
async function reopen(
  options: Playing,
  keys: KeyHands,
  signal: AbortSignal,
): Promise<[Link, Player] | undefined> {
  for (;;) {
    let link: Link | undefined;
    try {
      link = await options.reconnect?.(signal);
    } catch (error) {
      if (error !== LEFT && error !== INTERRUPTED) throw error;
    }
    if (link === undefined) return undefined;
    try {
      const { playback } = options;
      const player = await openPlayer(link, { ...options, mode: keys.mode });
      let positionMs: number;
      do {
        // Keys are for the lost player until this one is handed over: another place may be chosen meanwhile.
        positionMs = playback.positionMs;
        await player.seek(positionMs);
      } while (positionMs !== playback.positionMs);
      if (playback.isPaused) await player.pause();
      return [link, player];
    } catch (error) {
      // This one is lost too.
      if (!(error instanceof TransportError)) throw error;
    }
  }
}

/** Playing one video to its end: frames to the viewer and the saver, keys to the player. */

import type { Clock } from "../../base/clock.ts";
import { Refusal, UsageError } from "../../base/errors.ts";
import { anySignal, Scope } from "../../base/scope.ts";
import type { Link } from "../../client/link.ts";
import type { PlayedFrame } from "../../client/video/frame_assembly.ts";
import { Player, type PlayResult } from "../../client/video/player.ts";
import type { OptionSpec } from "../../commands/command_table.ts";
import { VIDEO_MODES, type VideoMode } from "../../protocol/hop/video.ts";
import { keyName } from "../../terminal/key.ts";
import { problemOf } from "./video_list.ts";
import type { Viewer } from "./viewer.ts";

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
export interface WatchOptions<Sinks extends FrameSinks> {
  readonly video: string;
  readonly mode: VideoMode;
  /** 0 plays every frame, as fast as possible. */
  readonly speed: number;
  /** Called once the server has the video: nobody's screen is taken for one that it does not have. */
  open(): Promise<Sinks>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** What was seen, for the closing line. */
export interface Watched extends PlayResult {
  readonly name: string;
  readonly total: number;
  readonly durationMs: number;
  /** False when the person left before the end. */
  readonly complete: boolean;
  /** True when they left by ctrl-C: then whatever went on behind the video ends too. */
  readonly interrupted: boolean;
}

const SEEK_MS = 5000;
/** Between two lines of status. */
const STATUS_MS = 500;

/** Throws Refusal and MediaError as `Player` does, and what `open` throws. Ctrl-C and `q` end it early. */
export async function watch<Sinks extends FrameSinks>(
  link: Link,
  options: WatchOptions<Sinks>,
): Promise<{ watched: Watched; sinks: Sinks }> {
  const { clock } = options;
  let player = await openPlayer(link, options);
  const sinks = await openSinks(player, options);
  const { viewer, saver } = sinks;
  const leaving = new AbortController();
  const signal = anySignal(options.signal, leaving.signal);
  await using scope = new Scope(signal);
  const keys = new KeyHands(player, options.speed);
  scope.run(
    "keys",
    async (stop) => {
      try {
        await readKeys(viewer, keys, { stop, leave: (reason) => leaving.abort(reason) });
      } catch (error) {
        // Nothing can be shown any more, or done about it.
        if (!stop.aborted) leaving.abort(error);
      }
    },
  );
  let latest: PlayedFrame | undefined;
  let statusAtMs = -Infinity;
  const show = async (frame: PlayedFrame) => {
    latest = frame;
    keys.position(frame.ptsMs);
    await viewer.show(frame, { inOrder: options.speed === 0 });
    if (clock.monotonicMs() - statusAtMs < STATUS_MS) return;
    statusAtMs = clock.monotonicMs();
    await viewer.status(statusLine(player, frame), KEYS);
  };
  const handlers = { onFrame: (frame: PlayedFrame) => saver?.save(frame), show };
  let result: PlayResult | undefined;
  for (;;) {
    const leg = keys.beginLeg(player);
    try {
      result = await player.play(handlers, { signal: anySignal(signal, leg) });
      break;
    } catch (error) {
      const isOwn = [leaving.signal, leg].some((own) => own.aborted && error === own.reason);
      if (!isOwn) throw error;
      await player.stop();
      if (leaving.signal.aborted) break;
      // Another mode: the same video from the same moment.
      player = await openPlayer(link, { ...options, mode: keys.mode });
      await player.seek(keys.positionMs);
    }
  }
  await saver?.flush();
  const { reason } = leaving.signal;
  if (reason !== LEFT && reason !== INTERRUPTED) leaving.signal.throwIfAborted();
  const { name, total, durationMs } = player;
  const seen = (latest?.index ?? -1) + 1;
  const watched = {
    ...result ?? { received: seen, shown: seen, droppedByServer: 0, droppedHere: 0 },
    name,
    total,
    durationMs,
    complete: result !== undefined,
    interrupted: leaving.signal.reason === INTERRUPTED,
  };
  return { watched, sinks };
}

/** The reasons with which the person's own leaving aborts. */
const LEFT = new DOMException("The person left", "AbortError");
const INTERRUPTED = new DOMException("The person pressed ctrl-C", "AbortError");

/** Opens the stream. A video that cannot be watched is refused in the words of the server's list. */
async function openPlayer(link: Link, options: WatchOptions<FrameSinks>): Promise<Player> {
  try {
    return await Player.open(link, options);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const { code, details } = error;
    const { video } = options;
    if (code === "unknown-video") {
      throw new Refusal(code, `There is no video called ${video} here`, { details, cause: error });
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

async function readKeys(
  viewer: Viewer,
  keys: KeyHands,
  options: { stop: AbortSignal; leave: (reason: DOMException) => void },
): Promise<void> {
  for (;;) {
    const key = await viewer.nextKey(options.stop);
    if (key === undefined) return;
    const name = key.kind === "text" ? key.text : keyName(key) ?? "";
    if (name === "ctrl-c") return options.leave(INTERRUPTED);
    if (["q", "escape", "ctrl-d"].includes(name)) return options.leave(LEFT);
    await keys.press(name);
  }
}

const OTHER_MODE = new DOMException("The person chose another mode", "AbortError");

/** What keys do while a video plays. */
class KeyHands {
  #player: Player;
  #mode: VideoMode;
  #leg = new AbortController();
  #speed: number;
  #positionMs = 0;

  constructor(player: Player, speed: number) {
    this.#player = player;
    this.#mode = player.mode;
    this.#speed = speed;
  }

  /** The mode that was chosen last. */
  get mode(): VideoMode {
    return this.#mode;
  }

  get positionMs(): number {
    return this.#positionMs;
  }

  /** Keys are for this player from now on. What is returned aborts when another mode is chosen. */
  beginLeg(player: Player): AbortSignal {
    this.#player = player;
    this.#leg = new AbortController();
    return this.#leg.signal;
  }

  position(ptsMs: number): void {
    this.#positionMs = ptsMs;
  }

  async press(name: string): Promise<void> {
    const player = this.#player;
    switch (name) {
      case " ":
      case "p":
        return await (player.paused ? player.resume() : player.pause());
      case "left":
        return await player.seek(this.#positionMs -= SEEK_MS);
      case "right":
        return await player.seek(this.#positionMs += SEEK_MS);
      case "home":
        return await player.seek(this.#positionMs = 0);
      case "]":
        return await this.#setSpeed(this.#speed * 1.25);
      case "m":
        this.#mode = VIDEO_MODES[(VIDEO_MODES.indexOf(this.#mode) + 1) % VIDEO_MODES.length];
        return this.#leg.abort(OTHER_MODE);
      case "[":
        return await this.#setSpeed(this.#speed / 1.25);
    }
  }

  async #setSpeed(speed: number): Promise<void> {
    // At speed 0 there is no pace to change.
    if (this.#speed === 0) return;
    this.#speed = Math.min(16, Math.max(0.1, speed));
    await this.#player.setSpeed(this.#speed);
  }
}

function statusLine(player: Player, frame: PlayedFrame): string {
  const time = (ms: number) =>
    `${Math.floor(ms / 60_000)}:${String(Math.floor(ms / 1000) % 60).padStart(2, "0")}`;
  return `${player.name}  ${player.mode}  ${time(frame.ptsMs)}/${
    time(player.durationMs)
  }  ${frame.rendition}  ` +
    `${frame.index + 1}/${frame.total}`;
}

const KEYS = "space pause, arrows seek, [ ] speed, m mode, q leave";

/** What became of a video, in a line. */
export function watchedLine(watched: Watched): string {
  const dropped = watched.droppedByServer + watched.droppedHere;
  return `${
    watched.complete ? "Stream ended (EOF)" : "Stream left"
  }: ${watched.received} frames of ` +
    `${watched.total}, ${(watched.durationMs / 1000).toFixed(1)} s, ${dropped} dropped`;
}

/** What `parseSpeed` reads. */
export const SPEED_OPTION: OptionSpec = {
  flag: "--speed",
  valueName: "N",
  summary: "1 is the video's own pace; max shows every frame",
};

/** How fast, from what a person wrote; 0 means as fast as possible. Throws UsageError. */
export function parseSpeed(text: string | undefined): number {
  if (text === undefined) return 1;
  if (text === "max") return 0;
  const speed = Number(text);
  if (speed >= 0.1 && speed <= 16) return speed;
  throw new UsageError("bad-speed", `This is no speed: ${text}. Try 2, 0.5 or max`);
}

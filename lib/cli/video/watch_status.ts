/** Keeps the line below a picture true: said at once when a key changes something, and when pictures do not come. */

import type { Clock } from "../../base/clock.ts";
import type { PlayedFrame } from "../../client/video/frame_assembly.ts";
import type { Player } from "../../client/video/player.ts";
import { type StatusFacts, statusWords } from "./status_words.ts";
import type { Viewer } from "./viewer.ts";

/** Between two lines while it plays. */
const STATUS_MS = 500;
/** Without a picture for so long it waits for one: longer than a bad line takes for the smallest. */
const WAITING_MS = 1_500;

const KEYS =
  "space pause, arrows seek, [ ] speed, a adaptive, r mode, m mute, s subtitles, q leave";

/** What it watches and where it says it. */
export interface WatchStatusParts {
  readonly viewer: Viewer;
  readonly clock: Clock;
  /** To be said all the time; left out, nothing. */
  readonly notice?: string | undefined;
  /** What there is to say of sound and subtitles. */
  readonly extras?: () => readonly string[];
}

/** One for all players of a video. */
export class WatchStatus {
  readonly #parts: WatchStatusParts;
  #player: Player;
  #frame: PlayedFrame | undefined;
  #shownAtMs: number;
  #saidAtMs = -Infinity;
  #said = "";
  #isSeeking = false;
  /** There is no connection, and that is said. */
  #isLost = false;

  constructor(player: Player, parts: WatchStatusParts) {
    this.#player = player;
    this.#parts = parts;
    this.#shownAtMs = parts.clock.monotonicMs();
  }

  /** Another player goes on. */
  set player(player: Player) {
    this.#player = player;
    this.#isLost = false;
    this.#shownAtMs = this.#parts.clock.monotonicMs();
  }

  /** A frame was shown. */
  async shown(frame: PlayedFrame): Promise<void> {
    const wasWaiting = this.#state !== "playing";
    this.#frame = frame;
    this.#isSeeking = false;
    this.#shownAtMs = this.#parts.clock.monotonicMs();
    if (wasWaiting || this.#shownAtMs - this.#saidAtMs >= STATUS_MS) await this.#say();
  }

  /** Another place was chosen. */
  sought(): void {
    this.#isSeeking = true;
  }

  /** A key may have changed something. */
  async changed(): Promise<void> {
    await this.#say();
  }

  async connectionLost(): Promise<void> {
    this.#said = "";
    this.#isLost = true;
    await this.#parts.viewer.status(`${this.#player.name}  connection lost, trying again`, KEYS);
  }

  /** Looks whether pictures come, until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    for (;;) {
      await this.#parts.clock.sleep(STATUS_MS, { signal });
      if (this.#state === "waiting") await this.#say();
    }
  }

  get #state(): StatusFacts["state"] {
    const { playback } = this.#player;
    if (playback.isPaused) return "paused";
    if (this.#isSeeking) return "seeking";
    const sinceMs = this.#parts.clock.monotonicMs() - this.#shownAtMs;
    return sinceMs >= WAITING_MS ? "waiting" : "playing";
  }

  async #say(): Promise<void> {
    if (this.#isLost) return;
    const { viewer, clock, notice, extras } = this.#parts;
    const { name, mode, durationMs, playback: { positionMs, rate } } = this.#player;
    const words = statusWords({
      ...{ name, mode, durationMs, positionMs, rate },
      state: this.#state,
      extras: extras?.() ?? [],
      frame: this.#frame?.mode === mode ? this.#frame : undefined,
    });
    const text = notice === undefined ? words : `${words}  ${notice}`;
    this.#saidAtMs = clock.monotonicMs();
    if (text === this.#said) return;
    this.#said = text;
    await viewer.status(text, KEYS);
  }
}

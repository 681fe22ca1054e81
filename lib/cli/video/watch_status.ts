/** Keeps the line below a picture true: said at once when a key changes something, and when pictures do not come. */

import type { Clock } from "../../base/clock.ts";
import type { PlayedFrame } from "../../client/video/frame_assembly.ts";
import type { Player } from "../../client/video/player.ts";
import { alsoWords, qualityWords, type StatusFacts, statusWords } from "./status_words.ts";
import type { Playlist } from "./playlist.ts";
import type { Viewer } from "./viewer.ts";

/** Between two lines while it plays. */
const STATUS_MS = 500;
/** Without a picture for so long it waits for one: longer than a bad line takes for the smallest. */
const WAITING_MS = 1_500;

const KEYS =
  "space pause, arrows seek, [ ] speed, a adaptive, M mode, m mute, s subtitles, L loop, q leave";
/** With several videos, where the others are. */
const LIST_KEYS =
  "space pause, arrows seek, n next, p previous, [ ] speed, m mute, L loop, q leave";
/** Of pictures that the server has not yet. */
const MAKING = "the server is making them";
/** How long what happened once is said. */
const NEWS_MS = 5_000;

/** What it watches and where it says it. */
export interface WatchStatusParts {
  readonly viewer: Viewer;
  readonly clock: Clock;
  /** To be said all the time; left out, nothing. */
  readonly notice?: (() => string) | undefined;
  /** What there is to say of sound and subtitles. */
  readonly extras: () => readonly string[];
  readonly list: Pick<Playlist, "place" | "loop">;
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
  #soughtAtMs = -Infinity;
  /** There is no connection, and that is said. */
  #isLost = false;
  #news: { readonly words: string; readonly untilMs: number } | undefined;
  /** Frames that the stream left out, between those that came. */
  #skipped = 0;

  constructor(player: Player, parts: WatchStatusParts) {
    this.#player = player;
    this.#parts = parts;
    this.#shownAtMs = parts.clock.monotonicMs();
  }

  /** Another player goes on. */
  set player(player: Player) {
    if (player.name !== this.#player.name) {
      this.#frame = undefined;
      // What was not shown of the video before is not counted.
      this.#skipped = -this.#undrawn;
    }
    this.#player = player;
    this.#isLost = false;
    this.#shownAtMs = this.#parts.clock.monotonicMs();
  }

  /** A frame was shown. */
  async shown(frame: PlayedFrame): Promise<void> {
    const wasWaiting = this.#state !== "playing";
    const before = this.#isSeeking ? undefined : this.#frame;
    if (before?.mode === frame.mode) this.#skipped += Math.max(0, frame.index - before.index - 1);
    this.#frame = frame;
    this.#isSeeking = false;
    this.#shownAtMs = this.#parts.clock.monotonicMs();
    if (wasWaiting || this.#shownAtMs - this.#saidAtMs >= STATUS_MS) await this.#say();
  }

  /** Another place was chosen. */
  sought(): void {
    this.#isSeeking = true;
    this.#soughtAtMs = this.#parts.clock.monotonicMs();
  }

  /** A key may have changed something. */
  async changed(): Promise<void> {
    await this.#say();
  }

  /** Something happened that is worth a word for some seconds. */
  async tell(words: string): Promise<void> {
    this.#news = { words, untilMs: this.#parts.clock.monotonicMs() + NEWS_MS };
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

  /** What came and was not drawn, of all videos. */
  get #undrawn(): number {
    const { dropped, refused } = this.#parts.viewer.statistics;
    return dropped + refused;
  }

  get #state(): StatusFacts["state"] {
    const { playback } = this.#player;
    if (playback.isPaused) return "paused";
    const sinceMs = this.#parts.clock.monotonicMs() -
      (this.#isSeeking ? this.#soughtAtMs : this.#shownAtMs);
    if (sinceMs >= WAITING_MS) return "waiting";
    return this.#isSeeking ? "seeking" : "playing";
  }

  async #say(): Promise<void> {
    if (this.#isLost) return;
    const { viewer, clock, notice, extras, list: { place, loop } } = this.#parts;
    const { name, mode, durationMs, playback: { positionMs, rate } } = this.#player;
    const frame = this.#frame?.mode === mode ? this.#frame : undefined;
    const state = this.#state;
    const where = { durationMs, positionMs, rate, state };
    this.#saidAtMs = clock.monotonicMs();
    const isNews = this.#news !== undefined && this.#saidAtMs < this.#news.untilMs;
    const more = [
      state === "waiting" && this.#player.isMaking ? MAKING : [],
      isNews ? this.#news?.words ?? [] : [],
      notice?.() ?? [],
    ].flat();
    const facts = {
      ...{ ...where, name, mode, frame, place, loop, more },
      extras: extras(),
      notShown: this.#skipped + this.#undrawn,
    };
    const text = statusWords(facts);
    if (text === this.#said) return;
    this.#said = text;
    await viewer.status(text, place === undefined ? KEYS : LIST_KEYS, {
      ...where,
      name: place === undefined ? name : `${name} (${place})`,
      bufferedMs: this.#player.bufferedMs,
      quality: qualityWords(facts),
      also: [...more, ...alsoWords(facts)],
    });
  }
}

/** What a person's keys do while a video plays. */

import { nextMode } from "../../app/video_surface.ts";
import { Refusal, TransportError } from "../../base/errors.ts";
import type { Player } from "../../client/video/player.ts";
import type { PlaybackClock } from "../../media/playback/playback_clock.ts";
import { keyName, splitKey } from "../../terminal/input/key.ts";
import type { Viewer } from "./viewer.ts";

const SEEK_MS = 5_000;
const LONG_SEEK_MS = 60_000;

/** The reason with which the person's own leaving aborts. */
export const LEFT = new DOMException("The person left", "AbortError");
/** The same by ctrl-C. */
export const INTERRUPTED = new DOMException("The person pressed ctrl-C", "AbortError");

/** Presses keys until the person leaves, or there are no more. Rejects with what a key could not do. */
export async function readKeys(
  viewer: Viewer,
  keys: KeyHands,
  { stop, leave, goesOn }: {
    readonly stop: AbortSignal;
    readonly leave: (reason: DOMException) => void;
    /** What is pressed while there is no connection does not end it. */
    readonly goesOn: boolean;
  },
): Promise<void> {
  for (;;) {
    const key = await viewer.nextKey(stop);
    if (key === undefined) return;
    // Keys that arrived together do not wait for the server's word on each.
    const pressed: Promise<void>[] = key.kind === "seek" ? [keys.seekTo(key.share)] : [];
    for (const single of key.kind === "seek" ? [] : splitKey(key)) {
      const name = single.kind === "text" ? single.text : keyName(single) ?? "";
      if (name === "ctrl-c") return leave(INTERRUPTED);
      if (["q", "escape", "ctrl-d"].includes(name)) return leave(LEFT);
      pressed.push(keys.press(name));
    }
    // Seen at once, before the server has heard of it.
    const told = keys.told();
    for (const result of await Promise.allSettled([...pressed, told])) {
      if (result.status === "fulfilled") continue;
      // The video that it was for has just been left.
      if (result.reason instanceof Refusal && result.reason.code === "unknown-stream") continue;
      if (!goesOn || !(result.reason instanceof TransportError)) throw result.reason;
    }
  }
}

/** Something else is to be played: the same video in another mode, or another one of the list. */
const OTHER = new DOMException("The person chose something else", "AbortError");

/** Who is told what keys do. */
export interface KeyListeners {
  /** Another place is chosen, while there is a connection or not. */
  onSeek(): void;
  /** Another video is wanted: the next one or the one before. False when there is none. */
  onStep(by: 1 | -1): boolean;
  /** What plays again when it is over is to change. */
  onLoop(): void;
  /** A key of sound or subtitles, or of nothing. */
  onExtra(name: string): void;
  /** Something may have changed. */
  onPressed(): Promise<void>;
}

/** What plays, pauses and seeks: a player, or those who watch together. */
export type Steering = Pick<Player, "pause" | "resume" | "seek" | "setSpeed"> & {
  /** What was chosen and is not done yet; left out or undefined, what plays is what was chosen. */
  readonly wanted?: Pick<PlaybackClock, "isPaused" | "positionMs" | "rate"> | undefined;
};

/** What keys do while a video plays. */
export class KeyHands {
  #player: Player;
  #steering: Steering;
  #mode: Player["mode"];
  #leg = new AbortController();
  #wish: "mode" | "video" | undefined;
  readonly #playback: PlaybackClock;
  readonly #listeners: KeyListeners;

  constructor(player: Player, listeners: KeyListeners) {
    this.#player = player;
    this.#steering = player;
    this.#listeners = listeners;
    this.#playback = player.playback;
    this.#mode = player.mode;
  }

  /** The mode that was chosen last. */
  get mode(): Player["mode"] {
    return this.#mode;
  }

  /**
   * Keys are for this player from now on, by `steering` if others watch with it. What is returned aborts when another mode or
   * video is chosen, or has been meanwhile.
   */
  beginLeg(player: Player, steering: Steering = player): AbortSignal {
    this.#player = player;
    this.#steering = steering;
    this.#leg = new AbortController();
    if (this.#wish !== undefined) this.#leg.abort(OTHER);
    return this.#leg.signal;
  }

  /** What was chosen instead of what plays. */
  takeWish(): "mode" | "video" | undefined {
    const wish = this.#wish;
    this.#wish = undefined;
    return wish;
  }

  /** Resolves when what the last key changed is seen. */
  told(): Promise<void> {
    return this.#listeners.onPressed();
  }

  /** What it changes is changed when this returns; resolves when the server knows. */
  async press(name: string): Promise<void> {
    const player = this.#player;
    const { isPaused, positionMs, rate } = this.#steering.wanted ?? this.#playback;
    if (/^\d$/.test(name)) return await this.#seek(Number(name) / 10 * player.durationMs);
    switch (name) {
      case " ":
        return await (isPaused ? this.#steering.resume() : this.#steering.pause());
      case "left":
        return await this.#seek(positionMs - SEEK_MS);
      case "right":
        return await this.#seek(positionMs + SEEK_MS);
      case "down":
        return await this.#seek(positionMs - LONG_SEEK_MS);
      case "up":
        return await this.#seek(positionMs + LONG_SEEK_MS);
      case "home":
        return await this.#seek(0);
      case "backspace":
        return await this.#setSpeed(1);
      case "]":
        return await this.#setSpeed(rate * 1.25);
      case "a":
        return this.#choose(this.#mode === "adaptive" ? "thirds" : "adaptive");
      case "M":
        return this.#choose(nextMode(this.#mode));
      case "n":
        return this.#step(1);
      case "p":
        return this.#step(-1);
      case "L":
        return this.#listeners.onLoop();
      case "[":
        return await this.#setSpeed(rate / 1.25);
      default:
        return this.#listeners.onExtra(name);
    }
  }

  /** To a part of the whole, from 0 to 1. */
  async seekTo(share: number): Promise<void> {
    await this.#seek(share * this.#player.durationMs);
  }

  #choose(mode: Player["mode"]): void {
    this.#mode = mode;
    // Another video comes in this mode anyway.
    this.#wish ??= "mode";
    this.#leg.abort(OTHER);
  }

  #step(by: 1 | -1): void {
    if (!this.#listeners.onStep(by)) return;
    this.#wish = "video";
    this.#leg.abort(OTHER);
  }

  async #seek(positionMs: number): Promise<void> {
    this.#listeners.onSeek();
    const lastMs = Math.max(0, this.#player.durationMs - 1);
    await this.#steering.seek(Math.max(0, Math.min(lastMs, positionMs)));
  }

  async #setSpeed(speed: number): Promise<void> {
    // At speed 0 there is no pace to change.
    if (this.#playback.rate === 0) return;
    await this.#steering.setSpeed(Math.min(16, Math.max(0.1, speed)));
  }
}

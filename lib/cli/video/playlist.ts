/** Several videos, one after the other: which one is played, and what comes after it. Pure. */

/** What is played again when it is over. */
export type Loop = "none" | "one" | "all";

/** At least one video. */
export class Playlist {
  readonly #videos: readonly [string, ...string[]];
  #at = 0;
  #loop: Loop = "none";

  constructor(videos: readonly [string, ...string[]]) {
    this.#videos = videos;
  }

  get video(): string {
    return this.#videos[this.#at];
  }

  get loop(): Loop {
    return this.#loop;
  }

  /** `2 of 3`; undefined where there is one alone. */
  get place(): string | undefined {
    return this.#videos.length === 1 ? undefined : `${this.#at + 1} of ${this.#videos.length}`;
  }

  /** Nothing again, this one, where there are several all of them, and so on. */
  nextLoop(): void {
    const loops: readonly Loop[] = this.#videos.length === 1
      ? ["none", "one"]
      : ["none", "one", "all"];
    this.#loop = loops[(loops.indexOf(this.#loop) + 1) % loops.length];
  }

  /** One further, or one back. False where there is none: then nothing changes. */
  step(by: 1 | -1): boolean {
    const { length } = this.#videos;
    const wanted = this.#loop === "all" ? (this.#at + by + length) % length : this.#at + by;
    if (wanted < 0 || wanted >= length) return false;
    this.#at = wanted;
    return true;
  }

  /** What is to be played is over: whether the same plays again, another one, or nothing. */
  ended(): "again" | "other" | "nothing" {
    if (this.#loop === "one") return "again";
    return this.step(1) ? "other" : "nothing";
  }
}

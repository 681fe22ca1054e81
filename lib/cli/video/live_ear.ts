/** What is heard of something live, and the keys for it. */

import type { Clock } from "../../base/clock.ts";
import type { LiveWatch } from "../../client/streams/live_watch.ts";
import { SoundPlayer } from "../../client/video/sound_player.ts";
import type { SoundWays } from "../../media/sound/sound_ways.ts";
import { soundWords } from "./watch_extras.ts";

/** Looks for what plays sound here. */
export type FindSound = () => Promise<SoundWays>;

/** A stream that somebody watches, or a file that they host. */
type Heard = Pick<LiveWatch, "playback" | "hear">;

/** On the terminal where its pictures are drawn. */
export class LiveEar {
  readonly #clock: Clock;
  readonly #onChanged: () => void;
  #player: SoundPlayer | undefined;

  constructor(clock: Clock, onChanged: () => void) {
    this.#clock = clock;
    this.#onChanged = onChanged;
  }

  /** Until the signal aborts. */
  async run(
    source: Heard,
    findSound: FindSound,
    signal: AbortSignal,
  ): Promise<void> {
    const player = new SoundPlayer({
      ...{ clock: this.#clock, playback: source.playback, ...await findSound() },
      language: undefined,
      onChanged: this.#onChanged,
    });
    this.#player = player;
    // Nothing is asked for that nobody can hear.
    if (player.silence !== undefined) return this.#onChanged();
    await Promise.all([source.hear(player, signal), player.run(signal)]);
  }

  /** False when the key is none of these. */
  press(name: string): boolean {
    const change = SOUND_KEYS[name];
    if (change === undefined || this.#player === undefined) return false;
    change(this.#player);
    this.#onChanged();
    return true;
  }

  /** For the line below the picture. */
  get words(): readonly string[] {
    return this.#player === undefined ? [] : soundWords(this.#player);
  }
}

const SOUND_KEYS: Readonly<Record<string, ((player: SoundPlayer) => void) | undefined>> = {
  "m": (player) => player.toggleMute(),
  "+": (player) => player.changeVolume(1),
  "=": (player) => player.changeVolume(1),
  "-": (player) => player.changeVolume(-1),
};

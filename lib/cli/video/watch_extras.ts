/** Sound and subtitles of a video that is watched, over all its players. */

import type { Clock } from "../../base/clock.ts";
import { describeError } from "../../base/errors.ts";
import { onOneLine, safeText } from "../../base/safe_text.ts";
import { logger } from "../../base/log.ts";
import type { Link } from "../../client/link/link.ts";
import type { Player, SoundBeside } from "../../client/video/player.ts";
import { findTracks, SoundPlayer } from "../../client/video/sound_player.ts";
import { Subtitles } from "../../client/video/subtitles.ts";
import type { PlaybackClock } from "../../media/playback/playback_clock.ts";
import type { SoundWays } from "../../media/sound/sound_ways.ts";

import type { Viewer } from "./viewer.ts";

const log = logger("cli", "sound");

/** What the person wants of it. */
export interface ExtrasWish {
  /** Looked for when there is something to hear, and where it is drawn; undefined: no sound. */
  readonly findSound: (() => Promise<SoundWays>) | undefined;
  /** The language of subtitles; undefined: none at first. */
  readonly subtitles: string | undefined;
}

/** Neither. */
export const NO_EXTRAS: ExtrasWish = { findSound: undefined, subtitles: undefined };

/** What was said last, so that it is said once. */
export class SubtitleLine {
  readonly #viewer: Pick<Viewer, "hasStatus" | "subtitle">;
  readonly #tell: ((line: string) => Promise<void>) | undefined;
  #said: string | undefined;

  /** `tell` takes it where the viewer has no room. */
  constructor(
    viewer: Pick<Viewer, "hasStatus" | "subtitle">,
    tell?: (line: string) => Promise<void>,
  ) {
    this.#viewer = viewer;
    this.#tell = tell;
  }

  async say(text: string | undefined): Promise<void> {
    if (text === this.#said) return;
    this.#said = text;
    if (this.#viewer.hasStatus) await this.#viewer.subtitle(text);
    else if (text) await this.#tell?.(onOneLine(safeText(text)));
  }
}

/** One for all players of a video. */
export class WatchExtras implements SoundBeside {
  readonly #wish: ExtrasWish;
  readonly #parts: { readonly clock: Clock; readonly playback: PlaybackClock };
  readonly #subtitles: Subtitles;
  #sound: SoundPlayer | undefined;
  /** Subtitles were asked for by a key. */
  #wasAsked = false;
  #at: { readonly link: Link; readonly player: Player } | undefined;
  /** Something that is said of it may have changed. */
  onChanged: () => void = () => {};

  constructor(
    wish: ExtrasWish,
    parts: { readonly clock: Clock; readonly playback: PlaybackClock },
  ) {
    this.#wish = wish;
    this.#parts = parts;
    this.#subtitles = new Subtitles(wish.subtitles);
  }

  /** Plays the sound until the signal aborts, where there is any. */
  async run(signal: AbortSignal): Promise<void> {
    const { findSound } = this.#wish;
    if (findSound === undefined) return;
    const { ways, silence } = await findSound();
    const sound = new SoundPlayer({
      ...{ ...this.#parts, ways, silence, language: undefined },
      onChanged: () => this.onChanged(),
    });
    this.#sound = sound;
    await this.#attach();
    await sound.run(signal);
  }

  /** Another player goes on; what the video has is asked for meanwhile. */
  follow(link: Link, player: Player): void {
    if (this.#at?.player === player) return;
    this.#at = { link, player };
    void this.#attach();
  }

  /** There is no connection. */
  connectionLost(): void {
    this.#at = undefined;
    this.#sound?.detach();
  }

  changed(): void {
    this.#sound?.changed();
  }

  arrived(ptsMs: number): void {
    this.#sound?.arrived(ptsMs);
  }

  /** False when the key is none of these. */
  press(name: string): boolean {
    const sound = this.#sound;
    switch (name) {
      case "m":
        sound?.toggleMute();
        return true;
      case "+":
      case "=":
        sound?.changeVolume(1);
        return true;
      case "-":
        sound?.changeVolume(-1);
        return true;
      case "#":
        sound?.nextTrack();
        return true;
      case "s":
      case "j":
        this.#nextSubtitles();
        return true;
      default:
        return false;
    }
  }

  /** What is said then: "" for nothing just now, undefined where no subtitles are shown. */
  subtitleAt(positionMs: number): string | undefined {
    if (this.#subtitles.name === undefined) return undefined;
    return this.#subtitles.at(positionMs) ?? "";
  }

  /** For the line below the picture. */
  get words(): readonly string[] {
    const sound = this.#sound;
    const subtitles = this.#subtitles.name;
    return [
      sound === undefined ? [] : soundWords(sound),
      subtitles === undefined ? [] : `subtitles ${subtitles}`,
    ].flat();
  }

  /** Never rejects: what cannot be had is left out, and said where it is sound. */
  async #attach(): Promise<void> {
    const at = this.#at;
    // Looking at a film costs its server a moment: not for nothing.
    if (at === undefined || !this.#wantsTracks) return;
    const { link, player } = at;
    const { stream, format } = player;
    try {
      const found = await findTracks(link, stream);
      // Another player goes on meanwhile.
      if (this.#at !== at) return;
      if ("refused" in found) return this.#sound?.detach(found.refused);
      this.#sound?.attach({
        ...{ link, stream, name: player.name },
        framesPerSecond: format?.framesPerSecond ?? 24,
        get epoch() {
          return player.epoch;
        },
      }, found.sound);
      await this.#subtitles.attach({ link, stream }, found.subtitles);
    } catch (error) {
      log.info("no tracks", { reason: describeError(error) });
    }
    this.onChanged();
  }

  get #wantsTracks(): boolean {
    return this.#sound !== undefined || this.#wish.subtitles !== undefined || this.#wasAsked;
  }

  /** The first press finds them where nothing else has. */
  async #askedFor(): Promise<void> {
    if (this.#wantsTracks) return;
    this.#wasAsked = true;
    await this.#attach();
  }

  #nextSubtitles(): void {
    const at = this.#at;
    if (at === undefined) return;
    const { link, player: { stream } } = at;
    this.#askedFor().then(() => this.#subtitles.next({ link, stream })).catch((error) => {
      log.info("no subtitles", { reason: describeError(error) });
    }).then(() => this.onChanged());
  }
}

/** What is said of it below a picture. */
export function soundWords(sound: SoundPlayer): readonly string[] {
  const { silence, isMuted, volume, trackName } = sound;
  if (silence !== undefined) return [`no sound: ${silence}`];
  const loudness = isMuted ? "muted" : volume === 100 ? [] : `volume ${volume}%`;
  return [loudness, trackName === undefined ? [] : `sound ${trackName}`].flat();
}

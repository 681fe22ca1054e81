/**
 * Plays the sound of a video beside its pictures, over however many connections that takes. Once it is heard, the pictures
 * keep its time; when they cannot come in time, it waits for them.
 */

import type { Clock } from "../../base/clock.ts";
import { describeError, MediaError, Refusal } from "../../base/errors.ts";
import { logger } from "../../base/log.ts";
import { untilAborted } from "../../base/scope.ts";
import { Wakeup } from "../../base/wakeup.ts";
import type { PlaybackClock } from "../../media/playback/playback_clock.ts";
import { PACKET_MS, SAMPLE_RATE } from "../../media/sound/opus_packet.ts";
import { SAMPLE_BYTES, SoundDecoder, withGain } from "../../media/sound/opus_decoder.ts";
import { PictureLateness, SoundClock } from "../../media/sound/sound_clock.ts";
import type { SoundOutput, SoundPiece } from "../../media/sound/sound_output.ts";
import type { SoundWay } from "../../media/sound/sound_ways.ts";
import type { ReplyFields } from "../../protocol/hop/mod.ts";
import type { Link } from "../link/link.ts";
import { PREROLL_MS, SoundBuffer, type SoundReserve } from "./sound_buffer.ts";

const log = logger("client", "sound");

/**
 * The sound begins so far behind the pictures, and they wait for it: then they have time to come, and are never behind it. Pictures
 * that wait are easy to have, pictures that hurry are not: the server sends each when it is due.
 */
const CUSHION_MS = 40;
/** Without a picture for so long, or for three of them, the sound waits for one. */
const STALL_MS = 1_500;
const STALL_FRAMES = 3;
/** Further than this from a time that others keep too, it begins anew. */
const SHARED_OFF_MS = 30;
const VOLUME_STEP = 10;

/** A track, as the server says it. */
export type Track = ReplyFields<"video.tracks">["sound"][number];

/** What a player of the pictures is to it. */
export interface SoundSource {
  readonly link: Link;
  readonly stream: number;
  /** Of the video. */
  readonly name: string;
  readonly epoch: number;
  /** Of its pictures, on average. */
  readonly framesPerSecond: number;
}

/** What it works with. */
export interface SoundPlayerParts {
  readonly clock: Clock;
  readonly playback: PlaybackClock;
  /** The best first; empty with `silence` to say why. */
  readonly ways: readonly SoundWay[];
  /** Why there are none. */
  readonly silence: string | undefined;
  /** The language that is wanted most. */
  readonly language: string | undefined;
  /** What is said of the sound may have changed. */
  readonly onChanged: () => void;
}

/** One for all players of a video. Whoever made it runs it; it ends with the signal. */
export class SoundPlayer {
  readonly #parts: SoundPlayerParts;
  /** Of a film, which is asked for. */
  readonly #film = new SoundBuffer();
  #buffer: SoundReserve = this.#film;
  readonly #lateness = new PictureLateness();
  readonly #changed = new Wakeup();
  #source: SoundSource | undefined;
  #tracks: readonly Track[] | undefined;
  /** Of the video that it is of. */
  #name: string | undefined;
  #track = 0;
  #ways: readonly SoundWay[];
  #volume = 100;
  #isMuted = false;
  /** Why nothing is heard of any video, and of this one. */
  #silence: string | undefined;
  #absence: string | undefined;
  /** Pictures came last at this time, and the first is awaited since a change. */
  #pictureMs: number | undefined;
  /** What plays, as long as nothing has changed. */
  #turn: { isOver: boolean } | undefined;
  #heardBy: string | undefined;
  /** How late the card is, as far as that was measured against a time that others keep too. */
  #latencyMs = 0;

  constructor(parts: SoundPlayerParts) {
    this.#parts = parts;
    this.#ways = parts.ways;
    this.#silence = parts.silence;
  }

  /** Why nothing is heard, in words for the person; undefined while it is, or is about to be. */
  get silence(): string | undefined {
    if (this.#silence !== undefined) return this.#silence;
    if (this.#absence !== undefined) return this.#absence;
    if (this.#parts.playback.rate !== 1) return "only at its own pace";
    return this.#buffer.problem;
  }

  /** What it is played by, once it is. */
  get heardBy(): string | undefined {
    return this.#heardBy;
  }

  get isMuted(): boolean {
    return this.#isMuted;
  }

  /** In per cent. */
  get volume(): number {
    return this.#volume;
  }

  /** What is heard of several tracks; undefined where there is one alone. */
  get trackName(): string | undefined {
    const tracks = this.#tracks ?? [];
    if (tracks.length < 2) return undefined;
    const { title, language } = tracks[this.#track];
    return title ?? language ?? `track ${this.#track + 1}`;
  }

  toggleMute(): void {
    this.#isMuted = !this.#isMuted;
  }

  /** By steps of a tenth. */
  changeVolume(steps: number): void {
    this.#volume = Math.max(0, Math.min(100, this.#volume + steps * VOLUME_STEP));
    this.#isMuted = false;
  }

  nextTrack(): void {
    const count = this.#tracks?.length ?? 0;
    if (count < 2) return;
    this.#track = (this.#track + 1) % count;
    this.#buffer.clear();
    this.#interrupt();
  }

  /** The tracks that a server found, with the connection they come over. */
  attach(source: SoundSource, tracks: readonly Track[]): void {
    // The film may have fewer than before the connection was lost.
    const isOther = this.#name !== source.name || this.#track >= Math.max(1, tracks.length);
    this.#source = source;
    this.#name = source.name;
    if (isOther) {
      this.#buffer.clear();
      const { language } = this.#parts;
      const wanted = tracks.findIndex((one) => language !== undefined && one.language === language);
      this.#track = Math.max(0, wanted);
    }
    this.#tracks = tracks;
    this.#absence = tracks.length === 0 ? "this video has none" : undefined;
    source.link.on("video.sound", (fields, payload) => {
      const isOurs = source === this.#source && fields.stream === source.stream &&
        fields.epoch === source.epoch && fields.track === this.#track;
      if (!isOurs) return;
      try {
        this.#film.add(fields, payload);
      } catch (error) {
        this.#silence = "the server sends what cannot be";
        log.warn("sound refused", { reason: describeError(error) });
      }
      this.#changed.wake();
    });
    this.changed();
    this.#parts.onChanged();
  }

  /** What comes by itself, of a live stream: whoever fills it says so by `came`. */
  attachLive(sound: SoundReserve): void {
    this.#buffer = sound;
    this.#tracks = undefined;
    this.#absence = undefined;
    this.#interrupt();
    this.#parts.onChanged();
  }

  /** More sound is there. */
  came(): void {
    this.#changed.wake();
  }

  /** No server sends this kind of thing, or not now. */
  detach(absence?: string): void {
    this.#source = undefined;
    this.#absence = absence;
    this.#interrupt();
    this.#parts.onChanged();
  }

  /** The pictures go on from another place, at another pace, or not at all. */
  changed(): void {
    this.#buffer.renew(this.#parts.playback.positionMs);
    this.#interrupt();
  }

  /** A picture is here, to be shown at that place. */
  arrived(ptsMs: number): void {
    const { clock, playback } = this.#parts;
    const nowMs = clock.monotonicMs();
    const lateMs = nowMs - playback.dueMs(ptsMs);
    const isTooLate = this.#isStalled() || this.#turn !== undefined;
    if (
      playback.isTimed && !playback.isShared && isTooLate &&
      this.#lateness.add(lateMs, nowMs, this.#isStalled())
    ) {
      this.#interrupt();
      this.#lateness.reset();
      playback.forget(nowMs);
      playback.arrived(ptsMs, nowMs);
    }
    this.#pictureMs = nowMs;
    this.#changed.wake();
  }

  /** Plays until the signal aborts. Never rejects else: what cannot be heard is silence. */
  async run(signal: AbortSignal): Promise<void> {
    while (this.#silence === undefined) {
      const [way, ...others] = this.#ways;
      if (way === undefined) {
        this.#silence = "nothing here plays it";
        break;
      }
      try {
        // Not before there is something to be heard.
        await this.#ready(signal);
        await using output = await way.open();
        this.#heardBy = output.name;
        for (;;) await this.#play(output, await this.#ready(signal), signal);
      } catch (error) {
        signal.throwIfAborted();
        this.#heardBy = undefined;
        this.#parts.playback.follow();
        log.warn("sound ended", { way: way.name, reason: describeError(error) });
        this.#ways = others;
        if (others.length === 0) this.#silence = failureOf(error);
      }
      this.#parts.onChanged();
    }
    this.#parts.onChanged();
  }

  /** Waits until there is enough to begin with. Resolves with the place to begin at. */
  async #ready(signal: AbortSignal): Promise<number> {
    const { clock, playback } = this.#parts;
    for (;;) {
      signal.throwIfAborted();
      this.#ask();
      // Where others keep the same time nobody waits: it begins with what is heard when the card is ready.
      const aheadMs = playback.isShared ? this.#latencyMs : -CUSHION_MS;
      const { positionMs } = playback.point(clock.monotonicMs() + aheadMs);
      const isTime = playback.isTimed && playback.rate === 1 && !playback.isPaused;
      const startMs = this.#buffer.beginMs(Math.max(0, positionMs));
      if (isTime && startMs !== undefined && !this.#isStalled()) return startMs;
      await this.#changed.wait(signal);
    }
  }

  /** One piece: from there on as long as nothing changes and there is something to play. */
  async #play(output: SoundOutput, startMs: number, signal: AbortSignal): Promise<void> {
    const { clock, playback } = this.#parts;
    const turn: { isOver: boolean } = { isOver: false };
    this.#turn = turn;
    this.#lateness.reset();
    const ahead = new SoundClock(startMs);
    const beganMs = clock.monotonicMs();
    let lateMs = 0;
    let isLed = false;
    await using piece = await output.begin((reading) => {
      if (turn.isOver) return;
      ahead.add(reading);
      const { originMs } = ahead;
      if (originMs === undefined) return;
      // A card that is late gets more ahead; the pictures wait once, and then keep its time.
      if (!isLed) lateMs = Math.max(0, originMs - (beganMs - startMs));
      isLed = true;
      if (!playback.isShared) return playback.lead(originMs);
      const offMs = originMs - playback.dueMs(0);
      if (Math.abs(offMs) < SHARED_OFF_MS) return;
      this.#latencyMs = Math.max(0, this.#latencyMs + offMs);
      this.#interrupt();
    });
    using decoder = await SoundDecoder.open();
    try {
      await this.#feed(piece, {
        ...{ decoder, turn, startMs },
        dueMs: (placeMs) =>
          placeMs + (ahead.originMs ?? beganMs - startMs) - this.#buffer.leadMs - lateMs,
      }, signal);
    } finally {
      turn.isOver = true;
      if (this.#turn === turn) this.#turn = undefined;
      playback.follow();
    }
  }

  async #feed(
    piece: SoundPiece,
    { decoder, turn, startMs, dueMs }: {
      readonly decoder: SoundDecoder;
      readonly turn: { readonly isOver: boolean };
      readonly startMs: number;
      readonly dueMs: (placeMs: number) => number;
    },
    signal: AbortSignal,
  ): Promise<void> {
    const { clock } = this.#parts;
    const start = Math.round(startMs * SAMPLE_RATE / 1000);
    let next = Math.max(0, start - PREROLL_MS * SAMPLE_RATE / 1000);
    while (!turn.isOver && !this.#isStalled()) {
      signal.throwIfAborted();
      const placeMs = next * 1000 / SAMPLE_RATE;
      const waitMs = dueMs(placeMs) - clock.monotonicMs();
      if (waitMs > 0) {
        await this.#changed.waitUntil(clock, clock.monotonicMs() + waitMs, signal);
        continue;
      }
      this.#buffer.heard(placeMs);
      this.#ask();
      const found = this.#buffer.packetAt(next);
      if (found === undefined) {
        // It goes on when enough has come; what was written is heard.
        if (-waitMs > this.#buffer.leadMs) return;
        const untilMs = clock.monotonicMs() + PACKET_MS;
        await this.#changed.waitUntil(clock, untilMs, signal);
        continue;
      }
      const pcm = decoder.decode(found.packet);
      const end = found.from + pcm.length / SAMPLE_BYTES;
      // What only brings the decoder in is not heard.
      const skipped = Math.max(0, Math.min(end, start) - found.from);
      next = end;
      const heard = pcm.subarray(skipped * SAMPLE_BYTES);
      const gain = this.#isMuted ? 0 : (this.#volume / 100) ** 2;
      // Leaving does not wait for a program that hangs.
      if (heard.length > 0) await untilAborted(piece.write(withGain(heard, gain)), signal);
    }
  }

  /** Asks for more, where something is missing. */
  #ask(): void {
    const source = this.#source;
    const { playback, clock } = this.#parts;
    const isQuiet = this.#tracks === undefined || this.#tracks.length === 0 ||
      playback.isPaused || playback.rate !== 1;
    if (source === undefined || isQuiet) return;
    const wish = this.#buffer.wish(Math.max(0, playback.point(clock.monotonicMs()).positionMs));
    if (wish === undefined) return;
    source.link.tell("video.listen", {
      ...{ stream: source.stream, epoch: source.epoch, track: this.#track },
      ...{ from: wish.fromMs, until: wish.untilMs },
    });
  }

  #isStalled(): boolean {
    if (this.#pictureMs === undefined || !this.#buffer.waitsForPictures) return false;
    const frames = STALL_FRAMES * 1000 / Math.max(0.01, this.#source?.framesPerSecond ?? 24);
    const sinceMs = this.#parts.clock.monotonicMs() - this.#pictureMs;
    return sinceMs > Math.max(STALL_MS, frames);
  }

  #interrupt(): void {
    if (this.#turn !== undefined) this.#turn.isOver = true;
    this.#changed.wake();
  }
}

/** What goes before the reason in what a way to be heard says. */
const CANNOT_PLAY = "Cannot play sound: ";

function failureOf(error: unknown): string {
  return error instanceof MediaError && error.message.startsWith(CANNOT_PLAY)
    ? error.message.slice(CANNOT_PLAY.length)
    : "nothing here plays it";
}

/** What a video has beside its pictures. Empty from a server that knows of none; rejects with what else went wrong. */
export async function findTracks(
  link: Link,
  stream: number,
): Promise<ReplyFields<"video.tracks"> | { readonly refused: string }> {
  try {
    return (await link.ask("video.tracks", { stream })).fields;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    // A server of an earlier version does not know the request.
    return { refused: error.code === "bad-message" ? "this server sends none" : error.message };
  }
}

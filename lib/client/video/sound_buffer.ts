/** The sound of one stream as it comes from the server: asked for ahead of what is heard, checked, and kept until it is over. */

import type { Bytes } from "../../base/bytes.ts";
import { ProtocolError } from "../../base/errors.ts";
import { isSoundPacket, PACKET_SAMPLES, SAMPLE_RATE } from "../../media/sound/opus_packet.ts";
import type { PushFields } from "../../protocol/hop/mod.ts";

/** What is here ahead of what is heard, at most: a line may stand still so long without being heard. */
const AHEAD_MS = 4_000;
/** Asked for at once, so no more of it is ever on the way: 10 KB, which pictures and messages wait for. */
const STEP_MS = 1_000;
/** Asked for again when less than this of it is missing. */
const RENEW_MS = 400;
/** Kept behind what is heard: a decoder has to be brought in, and a pause or a step of the clock goes back a little. */
const BEHIND_MS = 600;
/** A unit may reach over what was asked for by itself, and begin before it by what brings the decoder in. */
const SLACK_MS = 700;

/** A decoder needs so much before it is where it should be (RFC 7845, section 4.6). */
export const PREROLL_MS = 80;
/** What has to be there before a piece begins. */
const BEGIN_MS = 300;

/** Some packets. */
interface Unit {
  /** In samples. */
  readonly at: number;
  readonly skip: number;
  readonly packets: readonly Bytes[];
}

/** Sound that is here, or will be, for whoever plays it. Places are in milliseconds of the film, or of the stream. */
export interface SoundReserve {
  /** Why nothing comes; undefined while it does, and at the end of the sound. */
  readonly problem: string | undefined;
  /** Written so far ahead of what is heard: what this program may stand still. Loudness changes so much later. */
  readonly leadMs: number;
  /** Whether it waits where no picture comes. */
  readonly waitsForPictures: boolean;
  /** Where it may begin while the pictures are at `positionMs`; undefined while there is too little to begin with. */
  beginMs(positionMs: number): number | undefined;
  /** What is to be asked for; undefined for nothing. */
  wish(positionMs: number): Wish | undefined;
  /** The pictures go on from there. */
  renew(positionMs: number): void;
  /** Another track. */
  clear(): void;
  /** Forgets what is over. */
  heard(positionMs: number): void;
  /** The packet in which a sample lies, where it begins, and what is before the sound in it; undefined when it is not here. */
  packetAt(sample: number): { readonly packet: Bytes; readonly from: number } | undefined;
}

/** What is asked of the server. */
export interface Wish {
  readonly fromMs: number;
  readonly untilMs: number;
}

/** A pure machine. Places are in milliseconds of the film. */
export class SoundBuffer implements SoundReserve {
  readonly leadMs = 250;
  readonly waitsForPictures = true;
  #units: Unit[] = [];
  /** Nothing comes behind what is here. */
  #isOver = false;
  #problem: string | undefined;
  #wish: Wish | undefined;

  /** Why nothing comes; undefined while it does, and at the end of the sound. */
  get problem(): string | undefined {
    return this.#problem;
  }

  beginMs(positionMs: number): number | undefined {
    const ahead = this.aheadMs(positionMs);
    const isHere = ahead >= BEGIN_MS || (ahead > 0 && this.isOverAt(positionMs + ahead));
    return isHere ? positionMs : undefined;
  }

  /** What is to be asked for now that it is heard up to `positionMs`; undefined for nothing. */
  wish(positionMs: number): Wish | undefined {
    if (this.#isOver) return undefined;
    const endMs = this.#endMs;
    const isNear = endMs !== undefined && positionMs <= endMs + BEHIND_MS;
    const fromMs = isNear ? Math.max(endMs, positionMs) : positionMs;
    const reachedMs = Math.max(this.#wish?.untilMs ?? fromMs, fromMs);
    if (this.#wish !== undefined && fromMs < this.#wish.untilMs - RENEW_MS) return undefined;
    const untilMs = Math.min(positionMs + AHEAD_MS, reachedMs + STEP_MS);
    if (untilMs < reachedMs + RENEW_MS) return undefined;
    this.#wish = { fromMs: Math.floor(fromMs), untilMs: Math.floor(untilMs) };
    return this.#wish;
  }

  /** Another place, or another epoch: what was asked for is void, what is here and of use stays. */
  renew(positionMs: number): void {
    this.#wish = undefined;
    const startMs = this.#startMs;
    const isHere = startMs !== undefined && this.#endMs !== undefined &&
      positionMs >= startMs && positionMs <= this.#endMs;
    if (isHere) return;
    this.#units = [];
    this.#isOver = this.#problem !== undefined;
  }

  /** Another track. */
  clear(): void {
    this.#units = [];
    this.#wish = undefined;
    this.#isOver = false;
    this.#problem = undefined;
  }

  /** Passes over what was not asked for. Throws ProtocolError for what cannot be. */
  add({ at, skip, sizes, problem }: PushFields<"video.sound">, payload: Bytes): void {
    if (sizes.length === 0) {
      this.#isOver = true;
      this.#problem = problem;
      return;
    }
    const packets: Bytes[] = [];
    let offset = 0;
    for (const size of sizes) packets.push(payload.slice(offset, offset += size));
    const wish = this.#wish;
    const atMs = at * 1000 / SAMPLE_RATE;
    const isWanted = wish !== undefined && atMs <= wish.untilMs + SLACK_MS &&
      atMs >= wish.fromMs - SLACK_MS;
    // Only the first sound of all has something before it: else units that overlap could fill the memory.
    const isPlaced = skip === 0 || at === 0;
    if (offset !== payload.length || !isPlaced || !packets.every(isSoundPacket)) {
      throw new ProtocolError("bad-sound", "Cannot play sound: the server sends what cannot be");
    }
    // What is here already comes again after a wish that reaches back.
    if (!isWanted || this.#units.some((unit) => unit.at === at)) return;
    const last = this.#units[this.#units.length - 1];
    if (last !== undefined && endOf(last) !== at) this.#units = [];
    this.#units.push({ at, skip, packets });
  }

  /** Forgets what is over. */
  heard(positionMs: number): void {
    const from = (positionMs - BEHIND_MS) * SAMPLE_RATE / 1000;
    while (this.#units.length > 0 && endOf(this.#units[0]) < from) this.#units.shift();
  }

  /** How much there is from there on; 0 when that place is not here. */
  aheadMs(positionMs: number): number {
    const [startMs, endMs] = [this.#startMs, this.#endMs];
    if (startMs === undefined || endMs === undefined || positionMs < startMs) return 0;
    return Math.max(0, endMs - positionMs);
  }

  /** Whether there is no sound from there on. */
  isOverAt(positionMs: number): boolean {
    return this.#isOver && positionMs >= (this.#endMs ?? 0);
  }

  /** The packet in which a sample lies, where that packet begins, and what is before the sound in it; undefined when it is not here. */
  packetAt(sample: number): { readonly packet: Bytes; readonly from: number } | undefined {
    const unit = this.#units.find((one) => one.at - one.skip <= sample && sample < endOf(one));
    if (unit === undefined) return undefined;
    const place = Math.floor((sample - unit.at + unit.skip) / PACKET_SAMPLES);
    return { packet: unit.packets[place], from: unit.at - unit.skip + place * PACKET_SAMPLES };
  }

  get #startMs(): number | undefined {
    return this.#units.length === 0 ? undefined : this.#units[0].at * 1000 / SAMPLE_RATE;
  }

  get #endMs(): number | undefined {
    const last = this.#units[this.#units.length - 1];
    return last === undefined ? undefined : endOf(last) * 1000 / SAMPLE_RATE;
  }
}

function endOf({ at, skip, packets }: Unit): number {
  return at - skip + packets.length * PACKET_SAMPLES;
}

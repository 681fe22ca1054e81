/** The sound of a live stream as it comes: checked, kept until it is heard, and never far behind its end. */

import type { Bytes } from "../../base/bytes.ts";
import { isSoundPacket, PACKET_SAMPLES, SAMPLE_RATE } from "../../media/sound/opus_packet.ts";
import type { StreamUnitFields } from "../../protocol/peer/stream.ts";
import { PREROLL_MS, type SoundReserve } from "../video/sound_buffer.ts";

const SAMPLES_PER_MS = SAMPLE_RATE / 1000;
/** What has to be there before it begins: as uneven as a line may be without a break in the sound. */
const BEGIN_MS = 200;
/** The same where each packet has a moment at which all hear it: it begins with what is due, and more comes as it is due. */
const TIMED_BEGIN_MS = 60;
/** Further behind the pictures sound is of no use: they would wait for it. */
const BEHIND_MAX_MS = 3_000;
/** More ahead than this is let go: what is live is not to come later and later. */
const AHEAD_MAX_MS = 2_000;
/** Kept behind what is heard: a decoder has to be brought in. */
const KEPT_MS = 300;
/** A hole up to this is made up by the decoder; behind a longer one it begins anew. */
const HOLE_MAX_MS = 400;
/** Of full band and stereo, with nothing in it: libopus makes up what it would have been (RFC 6716, section 2.1.7). */
const LOST_PACKET: Bytes = new Uint8Array([0xfc]);

interface Unit {
  /** In samples. */
  readonly at: number;
  readonly packets: readonly Bytes[];
}

/** A pure machine. Places are in milliseconds of the stream. */
export class LiveSoundBuffer implements SoundReserve {
  readonly leadMs = 150;
  readonly waitsForPictures = false;
  readonly #isTimed: boolean;
  #units: Unit[] = [];
  #endAt = 0;
  problem: string | undefined;

  /** `isTimed`: all who listen hear each place at the same moment, or not at all. */
  constructor({ isTimed }: { readonly isTimed: boolean }) {
    this.#isTimed = isTimed;
  }

  /** False for what cannot be: another form of packets, or what goes back. */
  add({ at, sizes }: StreamUnitFields<"stream.sound">, payload: Bytes): boolean {
    const packets: Bytes[] = [];
    let offset = 0;
    for (const size of sizes) packets.push(payload.slice(offset, offset += size));
    const isWhole = packets.length > 0 && offset === payload.length;
    if (!isWhole || !packets.every(isSoundPacket) || at < this.#endAt) return false;
    const hole = at - this.#endAt;
    // The sender's card was behind or ahead: what is not a whole packet cannot be made up.
    if (hole > HOLE_MAX_MS * SAMPLES_PER_MS || hole % PACKET_SAMPLES !== 0) this.#units = [];
    this.#units.push({ at, packets });
    this.#endAt = at + packets.length * PACKET_SAMPLES;
    const oldest = this.#endAt - (AHEAD_MAX_MS + KEPT_MS) * SAMPLES_PER_MS;
    while (endOf(this.#units[0]) < oldest) this.#units.shift();
    return true;
  }

  /** As far behind the newest as a line may be uneven; sound that is late makes the pictures wait. */
  beginMs(positionMs: number): number | undefined {
    const first = this.#units[0];
    if (first === undefined) return undefined;
    const firstMs = first.at === 0 ? 0 : first.at / SAMPLES_PER_MS + PREROLL_MS;
    const endMs = this.#endAt / SAMPLES_PER_MS;
    if (this.#isTimed) {
      return positionMs >= firstMs && positionMs + TIMED_BEGIN_MS <= endMs ? positionMs : undefined;
    }
    const latestMs = endMs - BEGIN_MS;
    const startMs = Math.max(firstMs, Math.min(positionMs, latestMs));
    return startMs > latestMs || positionMs - startMs > BEHIND_MAX_MS ? undefined : startMs;
  }

  wish(): undefined {
    return undefined;
  }

  renew(): void {
    // What is live has no other place.
  }

  clear(): void {
    this.#units = [];
  }

  heard(positionMs: number): void {
    const from = (positionMs - KEPT_MS) * SAMPLES_PER_MS;
    while (this.#units.length > 0 && endOf(this.#units[0]) < from) this.#units.shift();
  }

  packetAt(sample: number): { readonly packet: Bytes; readonly from: number } | undefined {
    const unit = this.#units.find((one) => sample < endOf(one));
    if (unit === undefined) return undefined;
    const place = Math.floor((sample - unit.at) / PACKET_SAMPLES);
    const from = unit.at + place * PACKET_SAMPLES;
    if (place >= 0) return { packet: unit.packets[place], from };
    // Before the first there is nothing to make up from.
    return unit === this.#units[0] ? undefined : { packet: LOST_PACKET, from };
  }
}

function endOf({ at, packets }: Unit): number {
  return at + packets.length * PACKET_SAMPLES;
}

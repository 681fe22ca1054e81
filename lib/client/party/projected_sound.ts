/**
 * The sound of a file that is projected: packets without a break, each with the moment at which it is heard. It is silent while the
 * file is paused or has another pace, and where a place that was sought has not begun yet (decision 0132).
 */

import type { Bytes } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import { describeError } from "../../base/errors.ts";
import { logger } from "../../base/log.ts";
import { anySignal, Scope, untilAborted } from "../../base/scope.ts";
import { Wakeup } from "../../base/wakeup.ts";
import { LOOKAHEAD_MS, PACKET_MS, SILENT_PACKET } from "../../media/sound/opus_packet.ts";
import type { CaptureSound } from "../streams/sound_broadcaster.ts";
import type { ProjectedPoint } from "./projector.ts";

const log = logger("client", "party");

/** Taken ahead of what has left, in packets: half a second. */
const AHEAD_PACKETS = 25;
/** So much later than it would a packet leaves where the sound begins at another place: ffmpeg takes a while to start. */
const HELD_MS = 100;
/** Whoever stood still for so long goes on with what is due, and does not bring the rest late. */
const STOOD_MS = 1_000;
const MOVED = new DOMException("The host has moved the video", "AbortError");

type Taker = Parameters<CaptureSound>[0]["onPacket"];

/** What it is made of. */
export interface ProjectedSoundOptions {
  readonly clock: Clock;
  /** Takes the sound of the file, from a place on. */
  readonly capture: CaptureSound;
  /** So long before its moment a packet leaves: as its picture does. */
  readonly leadMs: number;
  /** Where the file is. A change is another object. */
  readonly point: () => ProjectedPoint;
}

/** Any number may take it at a time. */
export class ProjectedSound {
  readonly #options: ProjectedSoundOptions;
  readonly #takers = new Set<Taker>();
  readonly #changed = new Wakeup();

  constructor(options: ProjectedSoundOptions) {
    this.#options = options;
  }

  /** Gives each packet with its moment, until the signal aborts. */
  readonly capture: CaptureSound = async ({ onPacket }, signal) => {
    this.#takers.add(onPacket);
    this.#changed.wake();
    try {
      await untilAborted(new Promise<never>(() => {}), signal);
    } finally {
      this.#takers.delete(onPacket);
    }
  };

  /** Takes it while somebody wants it, until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, leadMs, point } = this.#options;
    await using scope = new Scope(signal);
    let leg: SoundLeg | undefined;
    let atMs = -Infinity;
    for (;;) {
      scope.signal.throwIfAborted();
      if (this.#takers.size === 0) {
        leg?.end();
        leg = undefined;
        await this.#changed.wait(scope.signal);
        continue;
      }
      const soonestMs = clock.monotonicMs() + leadMs;
      if (atMs < soonestMs - STOOD_MS) atMs = Math.ceil(soonestMs);
      if (atMs > soonestMs) await clock.sleep(atMs - soonestMs, { signal: scope.signal });
      const now = point();
      if (leg?.point !== now) {
        leg?.end();
        const next = leg = new SoundLeg(now, atMs);
        scope.run("leg", (stop) => next.run(this.#options.capture, stop));
        await next.begun(clock, clock.monotonicMs() + HELD_MS, scope.signal);
      }
      const packet = leg.packetAt(atMs) ?? SILENT_PACKET;
      // What libopus is late by.
      const stampMs = atMs - LOOKAHEAD_MS;
      await Promise.all([...this.#takers].map((take) => take(packet, stampMs)));
      atMs += PACKET_MS;
    }
  }
}

/** From one change to the next. */
class SoundLeg {
  readonly point: ProjectedPoint;
  /** The moment of its first packet. */
  readonly #fromMs: number;
  /** What has not left, and how many were before. */
  readonly #packets: Bytes[] = [];
  #before = 0;
  readonly #changed = new Wakeup();
  #isBegun = false;
  readonly #ended = new AbortController();

  constructor(point: ProjectedPoint, atMs: number) {
    this.point = point;
    const untilMs = Math.max(0, point.localMs - atMs);
    this.#fromMs = atMs + Math.ceil(untilMs / PACKET_MS) * PACKET_MS;
  }

  /** Until it is ended, or the file is. Never rejects but with the signal's reason: there is silence then. */
  async run(capture: CaptureSound, signal: AbortSignal): Promise<void> {
    const { positionMs, localMs, rate, isPaused } = this.point;
    if (isPaused || rate !== 1) return this.#begin();
    const either = anySignal(signal, this.#ended.signal);
    const onPacket = async (packet: Bytes) => {
      while (this.#packets.length >= AHEAD_PACKETS) await this.#changed.wait(either);
      this.#packets.push(packet);
      this.#begin();
    };
    try {
      const fromMs = Math.round(positionMs + this.#fromMs - localMs);
      await capture({ fromMs, onPacket }, either);
    } catch (error) {
      signal.throwIfAborted();
      if (error !== MOVED) log.warn("no sound of the file", { reason: describeError(error) });
    }
    this.#begin();
  }

  /** Resolves when its first packet is here, when it is known that none comes, or at that time. */
  async begun(clock: Clock, untilMs: number, signal: AbortSignal): Promise<void> {
    while (!this.#isBegun && clock.monotonicMs() < untilMs && !signal.aborted) {
      await this.#changed.waitUntil(clock, untilMs, signal);
    }
  }

  /** What is heard then; undefined where nothing is, or it has not come in time. */
  packetAt(atMs: number): Bytes | undefined {
    const place = Math.round((atMs - this.#fromMs) / PACKET_MS);
    while (this.#before < place && this.#packets.length > 0) {
      this.#packets.shift();
      this.#before++;
    }
    this.#changed.wake();
    return place === this.#before ? this.#packets[0] : undefined;
  }

  #begin(): void {
    this.#isBegun = true;
    this.#changed.wake();
  }

  end(): void {
    this.#ended.abort(MOVED);
  }
}

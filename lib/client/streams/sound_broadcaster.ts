/**
 * Sends the sound of a stream beside its pictures, while somebody hears it: a little at a time, sealed and signed as they are. What
 * is wrong with it is said once, and the pictures go on.
 */

import { type Bytes, concatBytes } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import { describeError, HeliographError, MediaError } from "../../base/errors.ts";
import { logger } from "../../base/log.ts";
import { anySignal, Scope } from "../../base/scope.ts";
import { Wakeup } from "../../base/wakeup.ts";
import { MediaQueue } from "../../media/live/media_queue.ts";
import {
  LOOKAHEAD_MS,
  PACKET_MS,
  PACKET_SAMPLES,
  SAMPLE_RATE,
} from "../../media/sound/opus_packet.ts";
import { STREAM_SOUND_PACKETS } from "../../protocol/peer/stream.ts";
import type { MediaPublisher } from "./live_media.ts";
import type { ProofWriter } from "./proof_writer.ts";

const log = logger("client", "streams");

const SAMPLES_PER_MS = SAMPLE_RATE / 1000;
/** Sound of a file leaves so long before its time: an uneven line is not heard. */
const AHEAD_MS = 400;
/** How long the last proof may take to leave. */
const FAREWELL_MS = 2_000;
/** What waits for the line, in units: behind it sound is too late, and the oldest is dropped. */
const WAITING_UNITS = 16;
/** A card that is so far off this clock is set right: it runs a little fast or slow, or stood still. */
const CARD_OFF_MS = 60;
/**
 * Pictures of a device come so much later than its sound: each is held until the next, made a JPEG and read, while sound comes
 * every 20 ms. Measured with a screen at 15 pictures a second, 150 ms from what is seen there, and PulseAudio, 40 ms.
 */
const CARD_DELAY_MS = 110;

/**
 * Takes the sound of a source from a moment on, a packet at a time; resolves at the end of a file. `atMs`: when the packet begins,
 * by the monotonic time here, where the source says so.
 */
export type CaptureSound = (
  leg: {
    readonly fromMs: number;
    readonly onPacket: (packet: Bytes, atMs?: number) => Promise<void>;
  },
  signal: AbortSignal,
) => Promise<void>;

/** What it is made of. The caller closes the transport. */
export interface SoundBroadcasterOptions {
  readonly clock: Clock;
  readonly transport: MediaPublisher;
  readonly writer: ProofWriter;
  readonly capture: CaptureSound;
  /** A device gives its sound when it is time; that of a file is held back until then. */
  readonly isDevice: boolean;
  /** There is no sound any more, and why. */
  readonly onSilence?: ((why: HeliographError) => void) | undefined;
}

interface Waiting {
  readonly at: number;
  readonly packets: readonly Bytes[];
}

const UNHEARD = new DOMException("Nobody hears it", "AbortError");

/** Used once. */
export class SoundBroadcaster {
  readonly #options: SoundBroadcasterOptions;
  readonly #queue = new MediaQueue<Waiting>([WAITING_UNITS]);
  readonly #wakeup = new Wakeup();
  readonly #heard = new Wakeup();
  /** Behind what was taken: it never goes back. */
  #endAt = 0;
  #isOver = false;

  constructor(options: SoundBroadcasterOptions) {
    this.#options = options;
    options.transport.onChange(() => this.#heard.wake());
  }

  /** From `originMs`, when the stream began by this clock as it is now. Resolves when there is no more; rejects with the signal's reason only. */
  async run(originMs: () => number, signal: AbortSignal): Promise<void> {
    const { transport, onSilence } = this.#options;
    try {
      await using scope = new Scope(signal);
      scope.run("sound", async (stop) => {
        await this.#captureAll(originMs, stop);
        this.#isOver = true;
        this.#wakeup.wake();
      });
      await Promise.race([this.#sendAll(scope.signal), scope.failed]);
    } catch (error) {
      signal.throwIfAborted();
      await this.#proveAll();
      log.warn("no more sound", { reason: describeError(error) });
      const isOurs = error instanceof HeliographError;
      onSilence?.(isOurs ? error : new MediaError("sound-failed", "The sound cannot be sent"));
    }
    // Whoever hears it learns that there is no more.
    await transport.close();
  }

  async #captureAll(originMs: () => number, signal: AbortSignal): Promise<void> {
    const { transport, capture, isDevice, clock } = this.#options;
    for (;;) {
      while (transport.subscribers === 0) await this.#heard.wait(signal);
      const leg = new AbortController();
      const watching = this.#untilUnheard(leg, signal);
      const fromMs = Math.max(0, Math.round(clock.monotonicMs() - originMs()));
      try {
        const either = anySignal(signal, leg.signal);
        await capture({ fromMs, onPacket: this.#taker(originMs, fromMs, either) }, either);
        if (!isDevice) return;
        throw new MediaError("device-failed", "The microphone delivers no more sound");
      } catch (error) {
        if (error !== UNHEARD || signal.aborted) throw error;
      } finally {
        leg.abort(UNHEARD);
        await watching;
      }
    }
  }

  async #untilUnheard(leg: AbortController, signal: AbortSignal): Promise<void> {
    const { transport, clock } = this.#options;
    const either = anySignal(signal, leg.signal);
    while (!either.aborted && transport.subscribers > 0) {
      await this.#heard.waitUntil(clock, undefined, either);
    }
    leg.abort(UNHEARD);
  }

  /** What becomes of each packet of one capture. */
  #taker(
    originMs: () => number,
    fromMs: number,
    signal: AbortSignal,
  ): Parameters<CaptureSound>[0]["onPacket"] {
    const { clock, isDevice } = this.#options;
    let at = Math.round((fromMs - LOOKAHEAD_MS) * SAMPLES_PER_MS);
    let isFirst = true;
    let packets: Bytes[] = [];
    return async (packet, atMs) => {
      const nowMs = clock.monotonicMs() - originMs();
      if (isDevice || atMs !== undefined) {
        const takenMs = atMs === undefined ? nowMs - PACKET_MS + CARD_DELAY_MS : atMs - originMs();
        const takenAt = Math.round(takenMs * SAMPLES_PER_MS);
        const offMs = (takenAt - at) / SAMPLES_PER_MS;
        const mostMs = atMs === undefined ? CARD_OFF_MS : PACKET_MS;
        if (isFirst || offMs > mostMs) {
          packets = [];
          // By whole packets: what is missing can be made up then.
          at = isFirst ? takenAt : at + Math.round(offMs / PACKET_MS) * PACKET_SAMPLES;
        } else if (offMs < -mostMs) {
          // More than there is time for: one less is not heard.
          return;
        }
        isFirst = false;
      } else {
        const waitMs = at / SAMPLES_PER_MS - AHEAD_MS - nowMs;
        if (waitMs > 0) await clock.sleep(waitMs, { signal });
      }
      if (at >= this.#endAt) packets.push(packet);
      at += PACKET_SAMPLES;
      if (packets.length < STREAM_SOUND_PACKETS) return;
      this.#endAt = at;
      this.#queue.offer({ at: at - packets.length * PACKET_SAMPLES, packets });
      packets = [];
      this.#wakeup.wake();
    };
  }

  async #sendAll(signal: AbortSignal): Promise<void> {
    const { transport, writer, clock } = this.#options;
    for (;;) {
      signal.throwIfAborted();
      const next = this.#queue.take();
      if (next === undefined) {
        if (this.#isOver) break;
        await this.#wakeup.wait(signal);
        continue;
      }
      const fields = { at: next.at, sizes: next.packets.map(({ length }) => length) };
      const unit = await writer.seal("stream.sound", fields, concatBytes(...next.packets));
      await transport.publish(unit, signal);
      if (writer.isDue(clock.monotonicMs())) await this.#prove(signal);
    }
    if (writer.hasUnproven) await this.#prove(signal);
  }

  /** What was sent is the sender's own, however it ended. */
  async #proveAll(): Promise<void> {
    const { transport, writer, clock } = this.#options;
    if (!transport.isOpen || !writer.hasUnproven) return;
    await this.#prove(clock.deadline(FAREWELL_MS)).catch((error) => {
      // The way is gone, too: its end says the same.
      log.debug("sound not proven", { reason: describeError(error) });
    });
  }

  async #prove(signal: AbortSignal): Promise<void> {
    const { transport, writer, clock } = this.#options;
    await transport.publish(await writer.prove(clock.monotonicMs()), signal);
  }
}

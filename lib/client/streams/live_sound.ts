/** The sound of a stream at who watches: its units opened, judged and counted as those of the pictures, and kept until they are heard. */

import type { Bytes } from "../../base/bytes.ts";
import { Channel } from "../../base/channel.ts";
import type { Clock } from "../../base/clock.ts";
import { describeError, HeliographError, Refusal } from "../../base/errors.ts";
import { logger } from "../../base/log.ts";
import { unitHash } from "../../crypto/statements/stream_proof.ts";
import type { SoundReserve } from "../video/sound_buffer.ts";
import { LiveSoundBuffer } from "./live_sound_buffer.ts";
import type { TransportEnd, TransportRefused } from "./live_media.ts";
import { ProofLedger, type Proven } from "./proof_ledger.ts";
import type { Refused } from "./unit_opener.ts";
import type { SoundParts } from "./watching_parts.ts";

const log = logger("client", "streams");

/** Units that wait to be opened: more than is of use. */
const MAX_UNITS = 128;

/** Who plays it: a `SoundPlayer`. */
export interface LiveListener {
  attachLive(sound: SoundReserve): void;
  /** More is there. */
  came(): void;
  /** There is none, and why. */
  detach(absence: string): void;
  /** A picture is here, to be shown at that place. */
  arrived(ptsMs: number): void;
}

/** Used once. */
export class LiveSound {
  readonly #clock: Clock;
  readonly #buffer: LiveSoundBuffer;
  readonly #ledger = new ProofLedger();
  #parts: SoundParts | undefined;
  #malformed = 0;
  /** When its last unit came, once it has ended. */
  #lastMs: number | undefined;

  constructor(clock: Clock, how: ConstructorParameters<typeof LiveSoundBuffer>[0]) {
    this.#clock = clock;
    this.#buffer = new LiveSoundBuffer(how);
  }

  /** Whether it is the sender's own; `waiting` too where there is none. Behind its end nothing is signed any more. */
  get proven(): Proven {
    return this.#ledger.state(this.#lastMs ?? this.#clock.monotonicMs());
  }

  /** Units that were no part of it: by the seal and the proofs, and by the transport. */
  get refused(): readonly [Readonly<Refused>, Readonly<TransportRefused>] | undefined {
    if (this.#parts === undefined) return undefined;
    const { opener: { refused }, transport } = this.#parts;
    return [{
      ...refused,
      forged: refused.forged + this.#ledger.forged,
      malformed: refused.malformed + this.#malformed,
    }, transport.refused];
  }

  /** Until there is no more, or the signal aborts. Never rejects else: the pictures go on without it. */
  async run(
    open: () => Promise<SoundParts>,
    listener: LiveListener,
    signal: AbortSignal,
  ): Promise<void> {
    try {
      this.#parts = await open();
    } catch (error) {
      if (!(error instanceof HeliographError)) throw error;
      log.info("no sound", { reason: describeError(error) });
      const isNone = error instanceof Refusal && error.code === "unknown-stream";
      return listener.detach(isNone ? "the sender sends none" : "it cannot be had");
    }
    const { transport } = this.#parts;
    try {
      signal.throwIfAborted();
      const units = new Channel<Bytes | TransportEnd>();
      transport.onUnit((unit) => {
        if (units.size < MAX_UNITS) units.push(unit);
      });
      transport.onEnd((end) => units.push(end));
      listener.attachLive(this.#buffer);
      let cameMs = this.#clock.monotonicMs();
      for (;;) {
        const unit = await units.next({ signal });
        if (unit === undefined || typeof unit === "string") break;
        cameMs = this.#clock.monotonicMs();
        if (await this.#take(unit, this.#parts)) listener.came();
      }
      this.#lastMs = cameMs;
      // What is here is heard to its end.
      this.#buffer.problem = "the sender's sound has ended";
    } finally {
      await transport.close();
    }
  }

  /** True for sound. */
  async #take(unit: Bytes, { opener, verify }: SoundParts): Promise<boolean> {
    const opened = await opener.open(unit);
    if (opened === undefined) return false;
    const nowMs = this.#clock.monotonicMs();
    this.#ledger.note(opened.counter, await unitHash(unit), nowMs);
    if (opened.kind === "stream.proof") {
      const proof = await verify(opened.payload);
      if (proof === undefined) this.#ledger.disprove(nowMs);
      else this.#ledger.prove(proof, nowMs);
      return false;
    }
    const isTaken = opened.kind === "stream.sound" &&
      this.#buffer.add(opened.fields, opened.payload);
    // A picture among the sound, too.
    if (!isTaken) this.#malformed++;
    return isTaken;
  }
}

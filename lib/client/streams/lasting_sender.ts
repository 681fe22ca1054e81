/**
 * The transport of who sends: over the server, and directly where both persons allow it. Units have one number on both ways, so a
 * watcher may change from one to the other. A connection to the server that is lost is waited for, and the stream opened anew.
 */

import type { Bytes } from "../../base/bytes.ts";
import { describeError, HeliographError, Refusal, TransportError } from "../../base/errors.ts";
import { logger } from "../../base/log.ts";
import { Scope, untilAborted } from "../../base/scope.ts";
import { Wakeup } from "../../base/wakeup.ts";
import type { DirectLine } from "../direct/direct_line.ts";
import { meetDirectly, sendDirectly, untilAsked } from "./direct_ends.ts";
import { RelaySender } from "./relay_ends.ts";
import {
  type LastingOptions,
  type MediaPublisher,
  type PublishedLine,
  TRANSPORT_GRACE_MS,
} from "./live_media.ts";
import type { UnitLane } from "./unit_lane.ts";

const log = logger("client", "streams");

/** How often to look whether the server is back. */
const LOOK_MS = 250;
/** How long a watcher whose direct connection is lost may take to come to the server. */
const SETTLE_MS = 2_000;

/** What the sender alone knows. */
export interface LastingSenderOptions extends LastingOptions {
  /** Whether somebody has said that they watch. */
  readonly isWatched: () => boolean;
}

/** See `MediaPublisher`. */
export class LastingSender implements MediaPublisher {
  readonly #options: LastingSenderOptions;
  readonly #scope = new Scope();
  readonly #changed = new Wakeup();
  #relay: PublishedLine | undefined;
  /** As it was counted last: while the server is away, too. */
  #counted = 0;
  #direct: PublishedLine | undefined;
  /** Who watches directly has not left the server yet, and is counted there. */
  #isLeaving = false;
  #settleUntilMs = -Infinity;
  #lostMs: number | undefined;
  #unit = 0;
  #directUnits = 0;
  #isClosed = false;
  #end: HeliographError | undefined;
  #onFeedback: (word: Bytes) => void = () => {};
  #onChange: () => void = () => {};

  private constructor(options: LastingSenderOptions) {
    this.#options = options;
  }

  /** Throws Refusal `not-member`, `too-many`, `rate-limited`, TransportError. */
  static async open(options: LastingSenderOptions): Promise<LastingSender> {
    const transport = new LastingSender(options);
    const first = await transport.#openRelay();
    transport.#scope.run("relay", (signal) => transport.#keepRelay(first, signal));
    const use = (line: DirectLine) => transport.#goDirectly(line);
    meetDirectly(transport.#scope, options, { proposes: options.isWatched, use });
    return transport;
  }

  get subscribers(): number {
    const isDirect = this.#direct !== undefined;
    if (this.#options.mode === "only") return isDirect || this.#isSettling ? 1 : 0;
    if (isDirect) return this.#counted + (this.#isLeaving ? 0 : 1);
    return this.#isSettling ? Math.max(1, this.#counted) : this.#counted;
  }

  get goodput(): number {
    return (this.#direct ?? this.#relay)?.lane.goodput ?? 0;
  }

  /** Units that went directly, too or only. */
  get directUnits(): number {
    return this.#directUnits;
  }

  get isOpen(): boolean {
    return !this.#isClosed && this.#end === undefined;
  }

  onFeedback(handler: (word: Bytes) => void): void {
    this.#onFeedback = handler;
  }

  onChange(handler: () => void): void {
    this.#onChange = handler;
  }

  async publish(bytes: Bytes, signal: AbortSignal): Promise<void> {
    const unit = this.#unit++;
    for (;;) {
      signal.throwIfAborted();
      this.#requireOpen();
      const lanes = this.#lanes();
      const sent = await Promise.all(lanes.map((lane) => this.#try(lane, unit, bytes, signal)));
      if (sent.includes(true)) return;
      if (lanes.length > 0) continue;
      const untilMs = this.#isSettling ? this.#settleUntilMs : undefined;
      await this.#changed.waitUntil(this.#clock, untilMs, signal);
    }
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#changed.wake();
    // What was sent directly arrives before the server says that it is over.
    await this.#scope.close();
    await this.#relay?.close();
  }

  get #clock() {
    return this.#options.host.messenger.profile.clock;
  }

  get #isSettling(): boolean {
    return this.#clock.monotonicMs() < this.#settleUntilMs;
  }

  /** Directly, and over the server for those who watch there; else over the server, unless its watcher is just coming. */
  #lanes(): readonly UnitLane[] {
    const relay = this.#options.mode === "only" ? undefined : this.#relay?.lane;
    const open = relay?.isOpen === true ? [relay] : [];
    const direct = this.#direct?.lane;
    if (direct?.isOpen === true) return this.#counted > 0 ? [direct, ...open] : [direct];
    return this.#counted === 0 && this.#isSettling ? [] : open;
  }

  /** False when this way has ended. */
  async #try(lane: UnitLane, unit: number, bytes: Bytes, signal: AbortSignal): Promise<boolean> {
    try {
      await lane.send(unit, bytes, signal);
      if (lane === this.#direct?.lane) this.#directUnits++;
      return true;
    } catch (error) {
      if (signal.aborted || !(error instanceof TransportError)) throw error;
      return false;
    }
  }

  async #openRelay(): Promise<PublishedLine> {
    const { host: { link }, stream, conversation } = this.#options;
    this.#relay = await RelaySender.open({ link, clock: this.#clock, stream, conversation }, {
      heard: (word) => this.#onFeedback(word),
      // Also before it is known as open: the first watcher may come in the same packet of the network as the answer.
      counted: (subscribers) => {
        if (subscribers < this.#counted) this.#isLeaving = false;
        this.#counted = subscribers;
        this.#tellChange();
      },
    });
    return this.#relay;
  }

  async #keepRelay(first: PublishedLine, signal: AbortSignal): Promise<void> {
    for (let relay: PublishedLine | undefined = first;;) {
      if (relay !== undefined) {
        this.#lostMs = undefined;
        this.#tellChange();
        await untilAborted(relay.closed, signal);
        this.#relay = undefined;
      }
      this.#lostMs ??= this.#clock.monotonicMs();
      relay = await this.#openAgain();
      if (relay !== undefined) continue;
      const lostForMs = this.#clock.monotonicMs() - this.#lostMs;
      if (lostForMs > TRANSPORT_GRACE_MS && this.#direct === undefined) {
        return this.#fail(new TransportError("offline", "The connection to the server ended"));
      }
      await this.#clock.sleep(LOOK_MS, { signal });
    }
  }

  /** Undefined when that is not possible yet. */
  async #openAgain(): Promise<PublishedLine | undefined> {
    if (!this.#options.host.isOnline) return undefined;
    try {
      const relay = await this.#openRelay();
      // Nobody has come back yet; they are counted as they come.
      this.#settleFor(TRANSPORT_GRACE_MS);
      this.#counted = relay.subscribers;
      return relay;
    } catch (error) {
      log.info("stream not opened again", { reason: describeError(error) });
      if (error instanceof Refusal && error.code === "not-member") this.#fail(error);
      return undefined;
    }
  }

  async #goDirectly(line: DirectLine): Promise<void> {
    const { stream, lines } = this.#options;
    // Sound goes to who wants to hear it: an earlier program would let it fill the line.
    if (lines?.isSound === true) await untilAsked(line, stream);
    if (!line.isOpen || this.#isClosed) return;
    this.#direct = sendDirectly(line, {
      stream,
      clock: this.#clock,
      heard: (word) => this.#onFeedback(word),
    });
    this.#isLeaving = this.#counted > 0;
    this.#tellChange();
    await this.#direct.closed;
    this.#direct = undefined;
    this.#settleFor(SETTLE_MS);
    this.#tellChange();
  }

  /** Whoever watched is counted meanwhile; when the time is over they are not, and nothing else says so. */
  #settleFor(durationMs: number): void {
    this.#settleUntilMs = this.#clock.monotonicMs() + durationMs;
    this.#scope.run("settling", async (signal) => {
      while (this.#isSettling) {
        const leftMs = this.#settleUntilMs - this.#clock.monotonicMs();
        await this.#clock.sleep(leftMs, { signal });
      }
      this.#tellChange();
    });
  }

  #fail(error: HeliographError): void {
    this.#end ??= error;
    this.#tellChange();
  }

  #tellChange(): void {
    this.#changed.wake();
    this.#onChange();
  }

  #requireOpen(): void {
    if (this.#end !== undefined) throw this.#end;
    if (this.#isClosed) throw new TransportError("offline", "The stream is closed");
  }
}

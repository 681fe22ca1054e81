/**
 * The transport of who watches: over the server, and directly where both persons allow it. What is lost is waited for a while, and
 * joined again; units come in the order of their numbers, each once, whichever way they took.
 */

import type { TransportPause } from "./live_now.ts";
import type { Bytes } from "../../base/bytes.ts";
import { describeError, Refusal, TransportError } from "../../base/errors.ts";
import { logger } from "../../base/log.ts";
import { Scope } from "../../base/scope.ts";
import { Wakeup } from "../../base/wakeup.ts";
import type { DirectLine } from "../direct/direct_line.ts";
import { askDirectly, meetDirectly, watchDirectly } from "./direct_ends.ts";
import { RelayWatcher } from "./relay_ends.ts";
import {
  type LastingOptions,
  type MediaSubscriber,
  type SubscribedLine,
  TRANSPORT_GRACE_MS,
  type TransportEnd,
  type TransportRefused,
} from "./live_media.ts";

const log = logger("client", "streams");

/** From one try to join again to the next: twice as long each time. */
const REJOIN_MS = 500;
const REJOIN_MAX_MS = 4_000;
/** How long units of the direct connection wait for those before them, which come over the server. */
const HANDOVER_MS = 1_000;
/** How long somebody who watches directly only waits for the first connection: two tries. */
const ONLY_MS = 30_000;

/** What the watcher alone knows. */
export interface LastingWatcherOptions extends LastingOptions {
  /** Whether its sender has said that it is over. */
  readonly isOver: () => boolean;
}

/** See `MediaSubscriber`. */
export class LastingWatcher implements MediaSubscriber {
  readonly #options: LastingWatcherOptions;
  readonly #scope = new Scope();
  readonly #changed = new Wakeup();
  readonly refused: TransportRefused = { malformed: 0, repeated: 0 };
  readonly #order: UnitOrder;
  #relay: SubscribedLine | undefined;
  #direct: SubscribedLine | undefined;
  /** When units of the direct connection have waited long enough. */
  #handoverMs: number | undefined;
  #end: TransportEnd | undefined;
  /** What came before somebody takes it: the first units may come with the answer. */
  #early: Bytes[] = [];
  #onUnit: (unit: Bytes) => void = (unit) => this.#early.push(unit);
  #onEnd: (end: TransportEnd) => void = () => {};
  #onPause: (pause: TransportPause | undefined) => void = () => {};

  private constructor(options: LastingWatcherOptions) {
    this.#options = options;
    this.#order = new UnitOrder((unit) => this.#onUnit(unit), this.refused);
  }

  /** Throws Refusal `unknown-stream`, `too-many`, `rate-limited`, TransportError. */
  static async open(options: LastingWatcherOptions): Promise<LastingWatcher> {
    const transport = new LastingWatcher(options);
    if (options.mode !== "only") await transport.#join();
    transport.#scope.run("relay", (signal) => transport.#tryStay(signal));
    const use = (line: DirectLine) => transport.#goDirectly(line);
    meetDirectly(transport.#scope, options, { proposes: () => false, use });
    return transport;
  }

  onUnit(handler: (unit: Bytes) => void): void {
    this.#onUnit = handler;
    for (const unit of this.#early.splice(0)) handler(unit);
  }

  onEnd(handler: (end: TransportEnd) => void): void {
    this.#onEnd = handler;
    if (this.#end !== undefined) handler(this.#end);
  }

  onPause(handler: (pause: TransportPause | undefined) => void): void {
    this.#onPause = handler;
  }

  /** Lost while there is no way. */
  feedback(word: Bytes): void {
    (this.#direct ?? this.#relay)?.feedback(word);
  }

  async close(): Promise<void> {
    await this.#scope.close();
    const relay = this.#relay;
    this.#relay = undefined;
    await relay?.close();
  }

  get #clock() {
    return this.#options.host.messenger.profile.clock;
  }

  async #join(): Promise<void> {
    const { host: { link }, stream, conversation } = this.#options;
    const options = { link, clock: this.#clock, stream, conversation };
    const take = (unit: number, bytes: Bytes) => {
      this.#order.fromServer(unit, bytes);
      this.#changed.wake();
    };
    this.#relay = await RelayWatcher.open(options, { take, refused: this.refused });
  }

  async #tryStay(signal: AbortSignal): Promise<void> {
    try {
      await this.#stay(signal);
    } catch (error) {
      signal.throwIfAborted();
      log.warn("watching failed", { reason: describeError(error) });
      this.#over("lost");
    }
  }

  /** Over the server while there is no direct connection. Ends with the stream. */
  async #stay(signal: AbortSignal): Promise<void> {
    let lostMs = this.#clock.monotonicMs();
    let hadWay = false;
    for (let tries = 0; this.#end === undefined;) {
      if (this.#relay !== undefined || this.#direct !== undefined) {
        hadWay = true;
        this.#onPause(undefined);
      }
      if (this.#relay !== undefined) {
        tries = 0;
        const end = await this.#untilLeft(this.#relay, signal);
        lostMs = this.#clock.monotonicMs();
        // Who watches directly hears the end there, behind everything else.
        if (end === "removed" || end === "ended" && this.#direct === undefined) {
          return this.#over(end);
        }
        continue;
      }
      if (this.#direct !== undefined) {
        await this.#changed.wait(signal);
        lostMs = this.#clock.monotonicMs();
        continue;
      }
      if (this.#options.isOver()) return this.#over("ended");
      if (hadWay) this.#onPause(this.#options.host.isOnline ? "sender" : "own");
      const isOnly = this.#options.mode === "only";
      if (!isOnly && await this.#joinAgain()) continue;
      const waitedMs = this.#clock.monotonicMs() - lostMs;
      if (waitedMs > (isOnly ? ONLY_MS : TRANSPORT_GRACE_MS)) {
        return this.#over(isOnly ? "no-way" : "lost");
      }
      const pauseMs = Math.min(REJOIN_MAX_MS, REJOIN_MS * 2 ** tries++);
      await this.#changed.waitUntil(this.#clock, this.#clock.monotonicMs() + pauseMs, signal);
      signal.throwIfAborted();
    }
  }

  /** Until it ends, or everything comes directly: then nobody here watches over the server. */
  async #untilLeft(relay: SubscribedLine, signal: AbortSignal): Promise<TransportEnd | undefined> {
    const ended = relay.ended.then((end) => {
      if (this.#relay === relay) this.#relay = undefined;
      this.#changed.wake();
      return end;
    });
    while (this.#relay === relay) {
      if (this.#direct !== undefined && this.#order.isHandedOver) {
        this.#relay = undefined;
        await relay.close();
        return undefined;
      }
      await this.#changed.waitUntil(this.#clock, this.#handoverMs, signal);
      signal.throwIfAborted();
      if (this.#clock.monotonicMs() >= (this.#handoverMs ?? Infinity)) this.#order.handOver();
    }
    return await ended;
  }

  async #joinAgain(): Promise<boolean> {
    if (!this.#options.host.isOnline) return false;
    try {
      await this.#join();
      return true;
    } catch (error) {
      if (!(error instanceof Refusal || error instanceof TransportError)) throw error;
      log.info("stream not joined again", { reason: describeError(error) });
      return false;
    }
  }

  async #goDirectly(line: DirectLine): Promise<void> {
    this.#order.beginDirect(this.#relay !== undefined);
    const take = (unit: number, bytes: Bytes) => {
      this.#handoverMs ??= this.#clock.monotonicMs() + HANDOVER_MS;
      this.#order.fromPeer(unit, bytes);
      this.#changed.wake();
    };
    const { stream, lines } = this.#options;
    this.#direct = watchDirectly(line, { stream, take, refused: this.refused });
    if (lines?.isSound === true) askDirectly(line, stream);
    this.#changed.wake();
    await this.#direct.ended;
    this.#order.endDirect();
    this.#direct = undefined;
    this.#handoverMs = undefined;
    this.#changed.wake();
  }

  #over(end: TransportEnd): void {
    this.#end = end;
    this.#onEnd(end);
  }
}

// Units of two ways in one order: while a direct connection begins, units of it wait for those before them, which are still on
// their way over the server. Nothing comes twice, and what one way repeats is counted. What the server says of numbers never
// keeps out what comes directly. Pure.

/** Units that wait at most, and by which the server may be ahead: about four seconds of pictures. */
const MAX_HELD = 64;

/** Of one watcher. */
export class UnitOrder {
  readonly #give: (unit: Bytes) => void;
  readonly #refused: { repeated: number };
  /** Behind what each way has brought. */
  #nextOfServer = 0;
  #nextOfPeer = 0;
  #held: { readonly unit: number; readonly bytes: Bytes }[] = [];
  #state: "server" | "both" | "direct" = "server";

  constructor(
    give: (unit: Bytes) => void,
    refused: { repeated: number },
  ) {
    this.#give = give;
    this.#refused = refused;
  }

  /** Nothing that the server still brings is needed: everything comes directly. */
  get isHandedOver(): boolean {
    return this.#state === "direct";
  }

  /** A direct connection has begun. `overlaps`: the server brings units too. */
  beginDirect(overlaps: boolean): void {
    this.#state = overlaps ? "both" : "direct";
  }

  /** It has ended: what it brought is given, and the server's count again. */
  endDirect(): void {
    this.handOver();
    this.#state = "server";
  }

  fromServer(unit: number, bytes: Bytes): void {
    // On each way numbers only rise; that both ways bring one is as it should be.
    if (unit < this.#nextOfServer) this.#refused.repeated++;
    const first = this.#held[0]?.unit ?? Infinity;
    const isNext = unit >= this.#nextOfServer && unit >= this.#nextOfPeer && unit < first;
    if (this.#state !== "direct" && isNext) {
      this.#nextOfServer = unit + 1;
      this.#give(bytes);
    }
    if (this.#state === "both" && unit >= first - 1) this.handOver();
  }

  fromPeer(unit: number, bytes: Bytes): void {
    if (this.#state === "direct") return this.#pass(unit, bytes);
    this.#held.push({ unit, bytes });
    const isGapless = this.#held[0].unit <= this.#nextOfServer;
    if (isGapless || this.#held.length >= MAX_HELD) this.handOver();
  }

  /** Gives what waits: what was to come before it does not come any more. */
  handOver(): void {
    this.#state = "direct";
    for (const { unit, bytes } of this.#held.splice(0)) this.#pass(unit, bytes);
  }

  #pass(unit: number, bytes: Bytes): void {
    if (unit < this.#nextOfPeer) this.#refused.repeated++;
    const lead = this.#nextOfServer - unit;
    if (unit < this.#nextOfPeer || lead > 0 && lead <= MAX_HELD) return;
    this.#nextOfPeer = unit + 1;
    this.#give(bytes);
  }
}

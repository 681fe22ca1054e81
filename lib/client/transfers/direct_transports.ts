/**
 * Direct transports of the transfers that run: proposes them, answers proposals, and tells which transfer has one. See docs/direct.md
 * for the states. One for each link; it works in the process that runs transfers.
 */

import type { QuicPeer } from "../../net/quic/quic_socket.ts";
import type { ProfileWrites } from "../profile/writes.ts";
import { Bell } from "../../base/bell.ts";
import type { Clock } from "../../base/clock.ts";
import { describeError, TransportError } from "../../base/errors.ts";
import { logger } from "../../base/log.ts";
import { anySignal, Scope } from "../../base/scope.ts";
import type { TransferId } from "../../base/ids.ts";
import type { BlockTransport, TransportChoice } from "./block_transport.ts";
import type { Transfer } from "./transfer.ts";
import type { DirectControlMessages } from "../direct/control_messages.ts";
import { DirectLine } from "../direct/direct_line.ts";
import { DirectTransport, NoTransportYet } from "./direct_transport.ts";
import type { P2pMode } from "../direct/direct_settings.ts";
import { DIRECT_REFUSED, type Signal, type Signaling } from "../direct/signaling.ts";

const log = logger("client", "direct");

/** From one look to the next at least, and after one that failed. */
const LOOK_MS = 200;
/** A transfer that may take both transports waits so long for the direct one before it takes the other. */
const FIRST_MS = 4_000;
/** After a connection was lost: the receiver says how far it is, and the sender goes on from there. */
const SETTLE_MS = 1_500;
/** From one try to the next; twice as long each time. */
const RETRY_MS = 10_000;
const RETRY_MAX_MS = 160_000;

/** How a transfer stands with its direct transport. */
type Way =
  /** `untilMs`: until then it takes no other transport. */
  | { readonly state: "meeting"; readonly untilMs: number; readonly stop: AbortController }
  | { readonly state: "open"; readonly transport: DirectTransport; readonly line: DirectLine }
  | { readonly state: "closed"; readonly untilMs: number; readonly nextMs: number }
  /** This person has not allowed it, or the other one has not. */
  | { readonly state: "refused"; readonly by: "here" | "there"; readonly nextMs: number };

interface Place {
  way: Way;
  tries: number;
}

/** What the person wants of a transfer. */
export interface Wish {
  readonly mode: P2pMode;
  /** Whether the other end may see this person's address. */
  readonly isAllowed: boolean;
}

/** What it needs of its client. */
export interface DirectTransportsOptions {
  readonly clock: Clock;
  readonly writes: ProfileWrites;
  readonly controlMessages: DirectControlMessages;
  readonly introductions: Signaling;
  /** Whether a live stream runs in this program. */
  isLiveRunning(): boolean;
  wish(transfer: Transfer): Wish;
  /** Writes a line for the person into the conversation. */
  told(transfer: Transfer, text: string): Promise<void>;
}

/** Closing it closes the connections. */
export class DirectTransports implements TransportChoice {
  readonly #options: DirectTransportsOptions;
  readonly #none: NoTransportYet;
  readonly #places = new Map<TransferId, Place>();
  readonly #bell = new Bell();
  readonly #listeners = new Set<() => void>();

  constructor(options: DirectTransportsOptions) {
    this.#options = options;
    this.#none = new NoTransportYet(options.clock);
  }

  transportOf(transfer: Transfer): BlockTransport | undefined {
    if (!isMoving(transfer)) return undefined;
    const { mode, isAllowed } = this.#options.wish(transfer);
    const way = this.#places.get(transfer.id)?.way;
    if (way?.state === "open" && way.transport.isOpen) return way.transport;
    if (mode === "only") return this.#none;
    // About to be closed: until then the other side may not know.
    if (way?.state === "open") return this.#none;
    // Proposed at the next look.
    const isNext = way === undefined && transfer.direction === "out";
    if (isNext && isAllowed && mode === "prefer") return this.#none;
    const isWaiting = way?.state === "meeting" || way?.state === "closed";
    return isWaiting && this.#nowMs < way.untilMs ? this.#none : undefined;
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Works until `signal` aborts; rejects with its reason. `active`: the transfers that are not over. */
  async run(active: () => Promise<readonly Transfer[]>, signal: AbortSignal): Promise<void> {
    const { clock, writes } = this.#options;
    await using scope = new Scope(signal);
    const stopListening = writes.listen(() => this.#bell.ring());
    try {
      for (;;) {
        const transfers = await active();
        let isWell = true;
        for (const transfer of transfers) {
          isWell = await this.#tryLook(transfer, scope) && isWell;
        }
        const ids = new Set(transfers.map(({ id }) => id));
        for (const [id, place] of this.#places) if (!ids.has(id)) this.#leave(id, place);
        await clock.sleep(LOOK_MS, { signal });
        if (isWell) await this.#bell.wait(clock, { timeoutMs: this.#dueMs, signal });
        // By time alone another transport may be due.
        for (const listener of this.#listeners) listener();
      }
    } finally {
      stopListening();
      for (const [id, place] of this.#places) this.#leave(id, place);
    }
  }

  get #nowMs(): number {
    return this.#options.clock.monotonicMs();
  }

  /** How soon time alone changes something. */
  get #dueMs(): number | undefined {
    const moments = [...this.#places.values()].flatMap(({ way }) => [
      "untilMs" in way ? way.untilMs : 0,
      "nextMs" in way ? way.nextMs : 0,
    ]);
    const nowMs = this.#nowMs;
    const next = Math.min(...moments.filter((atMs) => atMs > nowMs));
    return next === Infinity ? undefined : next - nowMs;
  }

  #set(place: Place, way: Way): void {
    place.way = way;
    this.#tellChange();
  }

  #tellChange(): void {
    this.#bell.ring();
    for (const listener of this.#listeners) listener();
  }

  /** What fails for one transfer is tried again, and is not the end of the others' transports. False when it failed. */
  async #tryLook(transfer: Transfer, scope: Scope): Promise<boolean> {
    try {
      await this.#look(transfer, scope);
      return true;
    } catch (error) {
      scope.signal.throwIfAborted();
      log.warn("direct road not looked after", { reason: describeError(error) });
      return false;
    }
  }

  async #look(transfer: Transfer, scope: Scope): Promise<void> {
    const controlMessages = await this.#options.controlMessages.take(transfer.id);
    if (transfer.state.state === "uploaded") this.#leaveUnused(transfer.id);
    if (!isMoving(transfer)) return;
    const { mode, isAllowed } = this.#options.wish(transfer);
    const isWanted = isAllowed && mode !== "never";
    for (const controlMessage of controlMessages) {
      if (controlMessage.kind === "direct.answer") {
        this.#options.introductions.answered(controlMessage);
      } else if (transfer.direction === "in") {
        if (!isWanted) await this.#options.introductions.refuse(transfer, controlMessage);
        else {this.#meet(
            transfer,
            scope,
            this.#options.introductions.answer(transfer, controlMessage),
          );}
      }
    }
    if (transfer.direction === "in" || transfer.state.state !== "uploading") return;
    if (!isWanted) return await this.#cannot(transfer, mode);
    const way = this.#places.get(transfer.id)?.way;
    if (this.#isDue(way, mode)) {
      this.#meet(transfer, scope, this.#options.introductions.offer(transfer));
    }
  }

  /** The server has it: a receiver that came to ask here must go there. */
  #leaveUnused(id: TransferId): void {
    const place = this.#places.get(id);
    if (place === undefined || place.way.state === "open" && place.way.transport.isWhole) return;
    this.#leave(id, place);
  }

  #isDue(way: Way | undefined, mode: P2pMode): boolean {
    if (way === undefined || way.state === "refused" && way.by === "here") return true;
    // Who wants nothing else asks again; the other person may have agreed meanwhile.
    const isOver = way.state === "closed" || way.state === "refused" && mode === "only";
    return isOver && this.#nowMs >= way.nextMs;
  }

  /** A transfer that may go directly only, to somebody to whom that is not allowed: told once. */
  async #cannot(transfer: Transfer, mode: P2pMode): Promise<void> {
    if (mode !== "only" || this.#places.has(transfer.id)) return;
    const way: Way = { state: "refused", by: "here", nextMs: 0 };
    this.#places.set(transfer.id, { way, tries: 0 });
    await this.#options.told(
      transfer,
      `Transfer ${transfer.number} waits: it may only go directly, and that shows ${transfer.peer} your address. To agree: direct allow ${transfer.peer}`,
    );
  }

  #meet(transfer: Transfer, scope: Scope, introduction: Signal): void {
    const before = this.#places.get(transfer.id);
    // The other side has given up what was before, or it would not ask again.
    if (before !== undefined) this.#end(before);
    const tries = before?.tries ?? 0;
    const stop = new AbortController();
    const place: Place = {
      way: { state: "meeting", untilMs: this.#nowMs + (tries === 0 ? FIRST_MS : 0), stop },
      tries: tries + 1,
    };
    this.#places.set(transfer.id, place);
    this.#tellChange();
    const signal = anySignal(scope.signal, stop.signal);
    scope.run(`direct ${transfer.number}`, async () => {
      try {
        await this.#use(transfer, place, await introduction.meet(signal), signal);
      } catch (error) {
        if (!signal.aborted) await this.#failed(transfer, place, error);
      }
    });
  }

  async #use(
    transfer: Transfer,
    place: Place,
    peer: QuicPeer,
    signal: AbortSignal,
  ): Promise<void> {
    const { clock, isLiveRunning } = this.#options;
    await using line = new DirectLine(peer, clock);
    const transport = new DirectTransport(line, transfer.upload, clock, isLiveRunning);
    place.tries = 0;
    this.#set(place, { state: "open", transport, line });
    log.info("direct connection", { transfer: transfer.number, host: peer.remote.host });
    const onAbort = () => void line.close();
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      const ended = new AbortController();
      const sending = transport.lane.run(ended.signal).catch((error) => {
        log.debug("lane ended", { reason: describeError(error) });
        // A transport on which nothing can be sent must not look like one.
        void line.close();
      });
      const { kind } = await line.closed;
      this.#tellChange();
      log.info("direct connection ended", { transfer: transfer.number, reason: kind });
      ended.abort();
      await sending;
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
    if (signal.aborted) return;
    const nowMs = this.#nowMs;
    this.#set(place, { state: "closed", untilMs: nowMs + SETTLE_MS, nextMs: nowMs + RETRY_MS });
  }

  async #failed(transfer: Transfer, place: Place, error: unknown): Promise<void> {
    log.info("no direct connection", { transfer: transfer.number, reason: describeError(error) });
    if (error instanceof TransportError && error.code === DIRECT_REFUSED) {
      this.#set(place, { state: "refused", by: "there", nextMs: this.#nowMs + RETRY_MAX_MS });
      const transport = this.#options.wish(transfer).mode === "only"
        ? "it waits, since it may only go directly"
        : "it goes through the server";
      return await this.#options.told(
        transfer,
        `${transfer.peer} has not allowed direct connections with you: transfer ${transfer.number}, ${transport}`,
      );
    }
    const nowMs = this.#nowMs;
    const waitMs = Math.min(RETRY_MAX_MS, RETRY_MS * 2 ** (place.tries - 1));
    this.#set(place, { state: "closed", untilMs: nowMs, nextMs: nowMs + waitMs });
    if (place.tries > 1 || transfer.direction === "in") return;
    const transport = this.#options.wish(transfer).mode === "only"
      ? "It is tried again, since it may only go directly"
      : "It goes through the server";
    await this.#options.told(
      transfer,
      `No direct connection to ${transfer.peer} for transfer ${transfer.number}. ${transport}`,
    );
  }

  #leave(id: TransferId, place: Place): void {
    this.#end(place);
    this.#places.delete(id);
  }

  #end({ way }: Place): void {
    if (way.state === "meeting") way.stop.abort();
    if (way.state === "open") void way.line.close();
  }
}

/** Whether there is something to send or to receive now. */
function isMoving({ state }: Transfer): boolean {
  return state.state === "uploading" || state.state === "receiving";
}

/**
 * When the server ends, and what its clients are told before: now or in a while, for good or to come back. And that a node of
 * several gives its people to the others, before it ends.
 */

import type { Clock } from "../../base/clock.ts";
import { logger } from "../../base/log.ts";
import { durationWords } from "../../commands/when.ts";
import { momentWords } from "../auth/denials.ts";
import type { Presence } from "../presence/presence.ts";

const log = logger("server");

/** For good, or to start again. */
export type EndKind = "stop" | "restart";

/** An end that was ordered. */
export interface PlannedEnd {
  readonly kind: EndKind;
  readonly atMs: number;
  /** For the clients; may be empty. */
  readonly reason: string;
}

/** So that the answer to whoever ordered it leaves before. */
const AT_ONCE_MS = 50;

/** What clients are told when their connection is about to be closed (row S2.09, journey J9). */
export function farewellOf({ kind, reason }: Pick<PlannedEnd, "kind" | "reason">): string {
  const words = kind === "restart"
    ? "Server restarting, back in a moment"
    : "The server is stopping";
  return reason === "" ? words : `${words}: ${reason}`;
}

/** `in 6 seconds, at 22 Nov 2026 07:59:07 UTC`: how long from now as well, since the reader may be anywhere. */
export function endWords({ delayMs, atMs }: { delayMs: number; atMs: number }): string {
  return `in ${durationWords(Math.ceil(delayMs / 1000))}, at ${momentWords(atMs)}`;
}

/** One end at a time: a new order takes the place of the one before. */
export class Ending {
  /** Resolves when the end is due; whoever serves waits for it. */
  readonly due: Promise<PlannedEnd>;
  readonly #clock: Clock;
  readonly #presence: Presence;
  readonly #resolve: (end: PlannedEnd) => void;
  #planned: PlannedEnd | undefined;
  #cancel: (() => void) | undefined;

  constructor(clock: Clock, presence: Presence) {
    this.#clock = clock;
    this.#presence = presence;
    const { promise, resolve } = Promise.withResolvers<PlannedEnd>();
    this.due = promise;
    this.#resolve = resolve;
  }

  /** Undefined while none is ordered. */
  get planned(): PlannedEnd | undefined {
    return this.#planned;
  }

  /** Ends in `delayMs`. Who is here is told until when, if there is a while. */
  plan(kind: EndKind, { delayMs, reason }: { delayMs: number; reason: string }): PlannedEnd {
    this.#cancel?.();
    const planned = { kind, atMs: this.#clock.nowMs() + delayMs, reason };
    this.#planned = planned;
    this.#cancel = this.#clock.after(Math.max(AT_ONCE_MS, delayMs), () => this.#resolve(planned));
    log.info("server.ending", { kind, delayMs });
    if (delayMs > 0) {
      const what = kind === "restart" ? "The server is restarting" : "The server is stopping";
      const why = reason === "" ? "" : `: ${reason}`;
      this.#presence.notify(`${what} ${endWords({ delayMs, atMs: planned.atMs })}${why}`);
    }
    return planned;
  }

  /** Takes the order back, and tells so. False when there is none, or it is too late. */
  cancel(): boolean {
    if (this.#planned === undefined) return false;
    this.#cancel?.();
    this.#planned = undefined;
    log.info("server.ending", { kind: "cancelled" });
    this.#presence.notify("The server keeps running");
    return true;
  }

  /** Nothing is due any more. */
  close(): void {
    this.#cancel?.();
  }
}

/** Of one run of a node: a restart undoes it. */
export class Draining {
  /** Resolves once it is ordered; whoever serves closes the door then and calls `run`. */
  readonly ordered: Promise<void>;
  readonly #order: () => void;
  #isOrdered = false;

  constructor() {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.ordered = promise;
    this.#order = resolve;
  }

  get isOrdered(): boolean {
    return this.#isOrdered;
  }

  /** From now on. Ordering it twice is fine. */
  order(): void {
    if (this.#isOrdered) return;
    this.#isOrdered = true;
    log.info("server.draining", {});
    this.#order();
  }
}

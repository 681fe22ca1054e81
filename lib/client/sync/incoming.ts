/** What has arrived from the mailbox and is not processed yet, in its order, and never more than a server may send ahead. */

import { Channel } from "../../base/channel.ts";
import { ProtocolError } from "../../base/errors.ts";
import { MIB } from "../../protocol/limits.ts";
import type { Delivery } from "../announcements/broadcasts.ts";
import type { Delivered } from "../store/deferred.ts";

/** Envelopes that are stored in one transaction: what a crash makes this device open again. */
const RUN = 64;
/**
 * What may wait. A server has 1,000 envelopes or 512 KiB on the way at most (docs/protocol.md, "Delivery"), or one that is
 * larger, and the same once more when it is asked to begin anew.
 */
const MAX_WAITING = 4000;
const MAX_WAITING_BYTES = 4 * MIB;

/** One thing to do for the reader of a mailbox. */
export type Incoming =
  | { readonly type: "envelope"; readonly delivered: Delivered }
  | { readonly type: "broadcast"; readonly delivery: Delivery }
  | { readonly type: "caught-up" }
  /** This account has removed a device. */
  | { readonly type: "devices" }
  /** Something of a room changed. */
  | { readonly type: "rooms" }
  /** What was too dear a minute ago may be opened. */
  | { readonly type: "steps" }
  | { readonly type: "retry" };

/** Filled by the link, emptied by the one reader. */
export class IncomingQueue {
  readonly #channel = new Channel<Incoming>();
  /** Taken from the channel and not processed. */
  #backlog: Incoming[] = [];
  /** Of the envelopes in both. */
  #bytes = 0;
  #isBegun = false;

  get isEmpty(): boolean {
    return this.#size === 0;
  }

  /**
   * From here on envelopes are taken. Those before belong to an earlier subscription of the same link: all of it comes again, and
   * the end before the beginning would make the beginning look as if it had been read.
   */
  begin(): void {
    this.#isBegun = true;
  }

  /** Throws ProtocolError, which ends the link, for more than the server may have on the way. */
  push(incoming: Incoming): void {
    if (!this.#isBegun && (incoming.type === "envelope" || incoming.type === "caught-up")) return;
    const bytes = incoming.type === "envelope" ? incoming.delivered.body.length : 0;
    if (this.#size >= MAX_WAITING || this.#bytes + bytes > MAX_WAITING_BYTES) {
      throw new ProtocolError("too-many-envelopes", "Cannot receive: the server sends too much");
    }
    this.#bytes += bytes;
    this.#channel.push(incoming);
  }

  /** Nothing more comes. */
  close(): void {
    this.#channel.close();
  }

  /** Waits for something to do, which stays in the queue. Undefined when nothing more comes. */
  async first(signal: AbortSignal): Promise<Incoming | undefined> {
    if (this.#backlog.length === 0) {
      const next = await this.#channel.next({ signal });
      if (next === undefined) return undefined;
      this.#backlog.push(next);
    }
    while (this.#channel.size > 0) {
      const next = await this.#channel.next();
      if (next !== undefined) this.#backlog.push(next);
    }
    return this.#backlog[0];
  }

  /** Whether another of this kind waits behind the first. */
  hasMore(type: Incoming["type"]): boolean {
    return this.#backlog.slice(1).some((incoming) => incoming.type === type);
  }

  /** Takes out the first one. */
  shift(): void {
    this.#backlog.shift();
  }

  /** Takes out the envelopes at the head that are stored together with `first`. */
  takeRun(first: Delivered): readonly Delivered[] {
    const run: Delivered[] = [];
    for (const incoming of this.#backlog) {
      if (incoming.type !== "envelope" || run.length === RUN) break;
      const { fields } = incoming.delivered;
      if (fields.conversation !== first.fields.conversation) break;
      if (fields.type === "welcome" && run.length > 0) break;
      run.push(incoming.delivered);
      if (fields.type === "welcome") break;
    }
    this.#backlog = this.#backlog.slice(run.length);
    for (const { body } of run) this.#bytes -= body.length;
    return run;
  }

  get #size(): number {
    return this.#channel.size + this.#backlog.length;
  }
}

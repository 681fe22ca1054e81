/** The streams that run now. Nothing of them is stored. */

import type { AccountId, ConversationId, StreamId } from "../../base/ids.ts";
import { STREAMS_SENT_MAX } from "../../protocol/limits.ts";
import { refuse } from "../refusal.ts";
import { LiveStream, type LiveStreamOptions } from "./live_stream.ts";

/** All of a server. */
export class StreamRelay {
  readonly #streams = new Map<StreamId, LiveStream>();

  get count(): number {
    return this.#streams.size;
  }

  /**
   * Opened again by the same account it begins anew: its connection was lost, which the server may not have noticed. Throws
   * Refusal `not-permitted` for an id of somebody else's, `too-many`.
   */
  open(options: LiveStreamOptions): LiveStream {
    const { stream, account, conversation } = options;
    const before = this.#streams.get(stream);
    if (before !== undefined) {
      const { options: { account: owner, conversation: place } } = before;
      if (owner !== account || place !== conversation) {
        throw refuse("not-permitted", "Cannot open stream: there is one of this id");
      }
      this.end(before, "lost");
    }
    const own = [...this.#streams.values()].filter((one) => one.options.account === account);
    if (own.length >= STREAMS_SENT_MAX) {
      throw refuse("too-many", `You send ${STREAMS_SENT_MAX} streams already: end one first`);
    }
    const opened = new LiveStream(options);
    this.#streams.set(stream, opened);
    return opened;
  }

  find(stream: StreamId): LiveStream | undefined {
    return this.#streams.get(stream);
  }

  /** Whoever watches is told, behind what was sent. */
  end(live: LiveStream, reason: "ended" | "lost"): void {
    const { stream } = live.options;
    // Ended before, e.g. since its sender was removed; the id may be another one's now.
    if (this.#streams.get(stream) !== live) return;
    this.#streams.delete(stream);
    live.end(reason);
  }

  /** These accounts are no members of the conversation any more: they watch nothing in it, and send nothing. */
  removed(conversation: ConversationId, accounts: readonly AccountId[]): void {
    for (const live of [...this.#streams.values()]) {
      if (live.options.conversation !== conversation) continue;
      live.remove(accounts);
      if (accounts.includes(live.options.account)) this.end(live, "lost");
    }
  }
}

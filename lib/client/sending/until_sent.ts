/** Waits until what was written down for somebody has left, where the conversation with them may be only beginning. */

import type { Peer } from "../../base/ids.ts";
import type { Messenger } from "../store/messenger.ts";
import type { Held } from "./online_link.ts";

/** Another process may be taking up a conversation that the other side began: that takes a moment. */
const PATIENCE_MS = 10_000;
/** How often what stays is tried again: the server counts some tries. */
const AGAIN_MS = 1_000;

/** How it ended: it has left, something holds it back, or the conversation is not ready yet. */
export type SentEnd =
  | { readonly is: "sent" }
  | { readonly is: "held"; readonly error: NonNullable<Held["error"]> }
  | { readonly is: "late" };

/** What is waited for. */
export interface UntilSentOptions {
  /** Sends what waits; returns what could not leave. */
  flush(): Promise<readonly Held[]>;
  /** Left out: when nothing waits for this one any more. */
  readonly hasLeft?: () => boolean;
  readonly signal: AbortSignal;
}

/** The caller receives meanwhile: at a first contact the other side may have begun the conversation. */
export async function untilSent(
  { drafts, outbox, profile: { clock, writes } }: Messenger,
  peer: Peer,
  { flush, signal, ...options }: UntilSentOptions,
): Promise<SentEnd> {
  const waits = () => drafts.peers().includes(peer) || outbox.peers().includes(peer);
  const { hasLeft = () => !waits() } = options;
  const untilMs = clock.monotonicMs() + PATIENCE_MS;
  let nextMs = -Infinity;
  return await writes.until<SentEnd>(async () => {
    if (clock.monotonicMs() >= nextMs) {
      nextMs = clock.monotonicMs() + AGAIN_MS;
      const held = (await flush()).find((one) => one.peer === peer);
      if (held?.error !== undefined) return { is: "held", error: held.error };
    }
    if (hasLeft()) return { is: "sent" };
    return clock.monotonicMs() < untilMs ? undefined : { is: "late" };
  }, { againMs: () => Math.min(nextMs, untilMs) - clock.monotonicMs(), signal });
}

/** With whom there are conversations, and how much of them is new. */

import type { Peer } from "../base/ids.ts";
import type { Client } from "../client/client.ts";
import { unreadMark } from "../client/messaging/marks.ts";

/** What there is of one conversation, or of the broadcasts. */
export interface Heap {
  /** When something was said last. */
  readonly atMs: number;
  readonly unread: number;
}

/** Everything that was said, in heaps. */
export interface Overview {
  readonly conversations: ReadonlyMap<Peer, Heap>;
  /** Undefined when there are none. */
  readonly broadcasts: Heap | undefined;
}

/** Counts what is on this machine. */
export async function overviewOf({ messenger }: Client): Promise<Overview> {
  const mark = unreadMark(messenger.profile.database).get();
  const conversations = new Map<Peer, Heap>();
  let broadcasts: Heap | undefined;
  for await (const page of messenger.history.pages()) {
    for (const { kind, peer, own, place, atMs } of page) {
      const before = kind === "broadcast" ? broadcasts : conversations.get(peer);
      const heap = { atMs, unread: (before?.unread ?? 0) + (!own && place > mark ? 1 : 0) };
      if (kind === "broadcast") broadcasts = heap;
      else conversations.set(peer, heap);
    }
  }
  return { conversations, broadcasts };
}

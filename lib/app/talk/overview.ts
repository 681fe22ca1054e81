/** With whom there are conversations, and how much of them is new. */

import type { Peer } from "../../base/ids.ts";
import type { Client } from "../../client/client.ts";

/** What there is of one conversation, or of the broadcasts. */
export interface Heap {
  /** When something was said last. */
  readonly atMs: number;
  /** Texts that were not shown yet. */
  readonly unread: number;
  /** Texts of others. */
  readonly theirs: number;
}

/** Everything that was said, in heaps, the one that was used last at the end. */
export interface Overview {
  readonly conversations: ReadonlyMap<Peer, Heap>;
  /** Undefined when there are none. */
  readonly broadcasts: Heap | undefined;
}

/** Counts what is on this machine. Opens one entry of each conversation. */
export async function overviewOf(
  { messenger: { history } }: Pick<Client, "messenger">,
): Promise<Overview> {
  const heaps = history.index.heaps();
  const newest = await history.at(heaps.map(({ lastPlace }) => lastPlace));
  const times = new Map(newest.map(({ place, atMs }) => [place, atMs]));
  const conversations = new Map<Peer, Heap>();
  let broadcasts: Heap | undefined;
  for (const { peer, lastPlace, unread, theirs } of heaps) {
    const heap = { atMs: times.get(lastPlace) ?? 0, unread, theirs };
    if (peer === undefined) broadcasts = heap;
    else conversations.set(peer, heap);
  }
  return { conversations, broadcasts };
}

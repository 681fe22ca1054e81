/** What was said since a time, with its numbers. */

import type { AccountId, Peer } from "../base/ids.ts";
import type { Client } from "../client/client.ts";
import type { HistoryEntry } from "../client/messaging/history.ts";
import { roomNumberOf } from "../client/messaging/room_texts.ts";

/** An entry with its number among its like. */
export interface Numbered {
  readonly number: number;
  readonly entry: HistoryEntry;
}

/** Row S3.41. */
export const NOTHING_NEW = "no new message";

/** Texts of this machine's history. Each is numbered in its conversation, from 1. */
export async function* textsSince(
  client: Client,
  { sinceMs, takes }: { sinceMs: number; takes: (peer: Peer) => boolean },
): AsyncGenerator<Numbered> {
  const { history, profile: { database } } = client.messenger;
  const counts = new Map<Peer, number>();
  for await (const page of history.pages()) {
    for (const entry of page) {
      if (entry.kind !== "text" || !takes(entry.peer)) continue;
      // A room's texts come with its own numbers (row S3.35).
      const number = roomNumberOf(database, entry) ?? (counts.get(entry.peer) ?? 0) + 1;
      counts.set(entry.peer, number);
      if (entry.atMs >= sinceMs) yield { number, entry };
    }
  }
}

/** Broadcasts that the server still has. */
export async function* broadcastsSince(
  client: Client,
  { sinceMs, from }: { sinceMs: number; from: AccountId | undefined },
): AsyncGenerator<Numbered> {
  for await (const entry of client.publicly.broadcastsSince(sinceMs)) {
    if (from === undefined || entry.from === from) yield { number: entry.number ?? 0, entry };
  }
}

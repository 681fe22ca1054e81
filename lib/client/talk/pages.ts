/** Pages of what was said: the newest first to be opened, the oldest first to be read. */

import { isRoom, type Peer } from "../../base/ids.ts";
import type { EntryKind } from "../store/history_index.ts";
import type { History, PlacedEntry } from "../store/history.ts";

/** Which texts or lines, and how many. */
export interface PageRequest {
  /** With one, in one room, in all rooms, or everywhere. */
  readonly about: Peer | "rooms" | undefined;
  readonly kinds: readonly EntryKind[];
  /** Only one's own, or only others'; both when left out. */
  readonly own?: boolean | undefined;
  /** The newest of them; all when left out. */
  readonly limit?: number | undefined;
  /** Before this place in the history, or before this time. */
  readonly before?: { readonly place: number } | { readonly ms: number } | undefined;
  readonly sinceMs?: number | undefined;
}

/** Entries that are opened at once. */
const BATCH = 256;
/** Clocks may be so far apart, and a text told again so much later, that older ones stand behind newer ones. */
const DISORDER_MS = 24 * 3_600_000;

/** The newest entries that were asked for, oldest first. Opens little more than those. */
export async function readPage(
  history: History,
  { about, kinds, own, limit = Infinity, before, sinceMs = -Infinity }: PageRequest,
): Promise<readonly PlacedEntry[]> {
  const beforeMs = before !== undefined && "ms" in before ? before.ms : Infinity;
  let place = before !== undefined && "place" in before ? before.place : undefined;
  const peer = about === "rooms" ? undefined : about;
  const takes = ({ atMs, peer }: PlacedEntry) =>
    atMs >= sinceMs && atMs < beforeMs && (about !== "rooms" || isRoom(peer));
  const parts: (readonly PlacedEntry[])[] = [];
  for (let count = 0; count < limit;) {
    const batch = await history.latest({
      limit: Math.min(BATCH, beforeMs === Infinity ? limit - count : BATCH),
      kinds,
      ...(own === undefined ? {} : { own }),
      ...(peer === undefined ? {} : { peer }),
      ...(place === undefined ? {} : { before: place }),
    });
    if (batch.length === 0) break;
    // Of one conversation the first in its order; of several the one that came first.
    place = peer === undefined ? Math.min(...batch.map(({ place }) => place)) : batch[0].place;
    const taken = batch.filter(takes).slice(-Math.min(limit - count, BATCH));
    parts.unshift(taken);
    count += taken.length;
    if (batch.every(({ atMs }) => atMs < sinceMs - DISORDER_MS)) break;
  }
  const entries = parts.flat();
  return peer === undefined ? inRoomOrder(history, entries) : entries;
}

function inRoomOrder(
  { index }: History,
  entries: readonly PlacedEntry[],
): readonly PlacedEntry[] {
  const byPlace = new Map(entries.map((entry) => [entry.place, entry]));
  return index.inRoomOrder([...byPlace.keys()].toSorted((a, b) => a - b))
    .flatMap((place) => byPlace.get(place) ?? []);
}

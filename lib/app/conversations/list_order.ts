/**
 * In which order the list of conversations stands, and below which headings. Pure. It is worked out when something comes, and not
 * when a conversation is opened: who walks through the list finds it as it was.
 */

import type { Peer } from "../../base/ids.ts";
import { compareNames } from "../names.ts";
import type { ListedPeer } from "./listed_peers.ts";

/** What the list is parted by, in its order. */
export const HEADINGS = ["pinned", "rooms", "people"] as const;

/** One of them. */
export type Heading = typeof HEADINGS[number];

/** What stands below a heading. */
export interface Section {
  readonly heading: Heading;
  readonly peers: readonly ListedPeer[];
}

/** What the order goes by, of one conversation. */
interface Activity {
  readonly unread: number;
  readonly mentions: number;
  /** The last place of the history; 0: nothing was ever said. */
  readonly recent: number;
}

const PRESENCE_RANKS: Readonly<Record<ListedPeer["presence"], number>> = {
  room: 0,
  here: 0,
  busy: 0,
  away: 1,
};

/** Comparing names costs more than all else: it is done once for each list. */
const named = new WeakMap<readonly ListedPeer[], readonly ListedPeer[]>();
type Groups = ReadonlyMap<Heading, readonly ListedPeer[]>;
const grouped = new WeakMap<readonly ListedPeer[], Groups>();

/** By name, room 2 before room 10; who is there before who is away. */
export function byName(peers: readonly ListedPeer[]): readonly ListedPeer[] {
  const before = named.get(peers);
  if (before !== undefined) return before;
  const sorted = peers.toSorted((a, b) =>
    PRESENCE_RANKS[a.presence] - PRESENCE_RANKS[b.presence] || compareNames(a.name, b.name) ||
    (a.peer < b.peer ? -1 : 1)
  );
  named.set(peers, sorted);
  return sorted;
}

/**
 * Pinned ones by name, so that they are always found where they were; of the others first those in which the person is meant, then
 * those with something new, then by what was said last, then by name; muted ones last. Headings with nothing below them are left out.
 */
export function sectionsOf(
  peers: readonly ListedPeer[],
  activityOf: (peer: Peer) => Activity,
): readonly Section[] {
  const groups = groupsOf(peers);
  return HEADINGS.flatMap((heading): readonly Section[] => {
    const group = groups.get(heading);
    if (group === undefined) return [];
    if (heading === "pinned") return [{ heading, peers: group }];
    const ranked = group.map((listed) => {
      const { unread, mentions, recent } = activityOf(listed.peer);
      const rank = listed.notify === "none" ? 3 : mentions > 0 ? 0 : unread > 0 ? 1 : 2;
      return { listed, rank, recent };
    });
    // The sort is stable: what is equal stays in the order of the names.
    ranked.sort((a, b) => a.rank - b.rank || b.recent - a.recent);
    return [{ heading, peers: ranked.map(({ listed }) => listed) }];
  });
}

/** Below each heading by name. */
function groupsOf(peers: readonly ListedPeer[]): Groups {
  const before = grouped.get(peers);
  if (before !== undefined) return before;
  const groups = Map.groupBy(byName(peers), headingOf);
  groups.get("pinned")?.sort(roomsFirst);
  grouped.set(peers, groups);
  return groups;
}

function headingOf({ isPinned, presence }: ListedPeer): Heading {
  return isPinned ? "pinned" : presence === "room" ? "rooms" : "people";
}

/** Who is there and who is not changes nothing here. */
function roomsFirst(a: ListedPeer, b: ListedPeer): number {
  const isRoom = ({ presence }: ListedPeer) => presence === "room" ? 0 : 1;
  return isRoom(a) - isRoom(b) || compareNames(a.name, b.name);
}

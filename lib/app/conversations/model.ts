/** The conversations as a front end draws them: plain data, which `update.ts` brings up to date with what happens. */

import type { AccountId, Peer } from "../../base/ids.ts";
import type { ActiveTransfer, ConnectionState, ShownEntry } from "../events.ts";
import type { Request } from "../questions/requests.ts";
import type { ListedPeer } from "./listed_peers.ts";

/** Where something stands: with somebody, in a room, or, when undefined, among the program's own words. */
export type Place = Peer | undefined;

/** Something in a conversation. `key` is its own, and says nothing of the order. */
export type Item =
  /** What stands in the history. `mentions`: others say the person's name in it. */
  | ShownEntry & { readonly kind: "entry"; readonly key: string; readonly mentions: boolean }
  /** The program's own words, which are not stored. Foreign text may be in them. */
  | {
    readonly kind: "line";
    readonly key: string;
    readonly text: string;
    readonly atMs: number;
  };

/** The last row that is seen: line `line` of the item. */
export interface Anchor {
  readonly key: string;
  readonly line: number;
}

/** One conversation as far as it was read from the disk. */
export interface Page {
  readonly items: readonly Item[];
  /** Whether nothing older is on the disk. */
  readonly isWhole: boolean;
  readonly unread: number;
  /** Of those: said to this person, or with their name. */
  readonly mentions: number;
  /** The item after which what is new begins. */
  readonly freshAfter: string | undefined;
  /** Undefined: the newest is seen, and what comes is followed. */
  readonly anchor: Anchor | undefined;
}

/** All of it, and where the person is in it. */
export interface Model {
  readonly ownName: string;
  readonly ownAccount: AccountId | undefined;
  readonly nowMs: number;
  readonly connection: ConnectionState;
  readonly waiting: number | undefined;
  readonly transfers: readonly ActiveTransfer[];
  /** What others ask of the person, oldest first. */
  readonly requests: readonly Request[];
  /** In whatever order; see `peersInOrder`. */
  readonly peers: readonly ListedPeer[];
  readonly open: Place;
  readonly pages: ReadonlyMap<Place, Page>;
  /** Up to this place of the history what is new was counted; what comes behind is counted as it comes. */
  readonly countedUpTo: number;
  /** False only where the terminal said that it lost the focus. */
  readonly isFocused: boolean;
}

/** A conversation of which nothing is known yet. */
const EMPTY_PAGE: Page = {
  items: [],
  isWhole: false,
  unread: 0,
  mentions: 0,
  freshAfter: undefined,
  anchor: undefined,
};

/** Before anything has happened. */
export function newModel(ownName: string, nowMs: number, ownAccount?: AccountId): Model {
  return {
    ownName,
    ownAccount,
    nowMs,
    connection: "starting",
    waiting: undefined,
    transfers: [],
    requests: [],
    peers: [],
    open: undefined,
    pages: new Map([[undefined, { ...EMPTY_PAGE, isWhole: true }]]),
    countedUpTo: -1,
    isFocused: true,
  };
}

/** The page of a place. */
export function pageOf(model: Model, place: Place): Page {
  return model.pages.get(place) ?? EMPTY_PAGE;
}

/** Who or what is behind a place. */
export function listedAt(model: Pick<Model, "peers">, place: Place): ListedPeer | undefined {
  return place === undefined ? undefined : model.peers.find(({ peer }) => peer === place);
}

const RANKS: Readonly<Record<ListedPeer["presence"], number>> = {
  room: 0,
  here: 1,
  busy: 1,
  away: 2,
};
/** A list is put in order once: on a big server that costs more than a paint. */
const ordered = new WeakMap<Model["peers"], Model["peers"]>();

/** Rooms first, then who is there, then who is away. */
export function peersInOrder({ peers }: Pick<Model, "peers">): readonly ListedPeer[] {
  const before = ordered.get(peers);
  if (before !== undefined) return before;
  const sorted = peers.toSorted((a, b) =>
    RANKS[a.presence] - RANKS[b.presence] || a.name.localeCompare(b.name) ||
    (a.peer < b.peer ? -1 : 1)
  );
  ordered.set(peers, sorted);
  return sorted;
}

/** The program's own page, then the list. */
export function placesInOrder(model: Model): readonly Place[] {
  return [undefined, ...peersInOrder(model).map(({ peer }): Peer => peer)];
}

/** Its place in the history; undefined for a line of the program that is not stored. */
export function placeOfItem(item: Item): number | undefined {
  return item.kind === "entry" ? item.entry.place : undefined;
}

/** Whether somebody said it, and not the program. */
export function isSaid(item: Item): item is Extract<Item, { kind: "entry" }> {
  return item.kind === "entry" && (item.entry.kind === "text" || item.entry.kind === "broadcast");
}

/** What the screen shows, as plain data. */

import type { Peer } from "../base/ids.ts";
import type { SafeText } from "../base/safe_text.ts";
import type { ConnectionState } from "../app/events.ts";
import type { Request } from "../app/questions/requests.ts";
import type { ListedPeer, Place } from "./talk.ts";

/** How far an own text has come. */
export type Delivery = "waiting" | "sent" | "delivered" | "failed";

/** Something in a conversation. `key` is its own, and says nothing of the order. */
export type Item =
  | {
    readonly kind: "said";
    readonly key: string;
    /** Its place in the history. */
    readonly place: number;
    /** For its delivery. */
    readonly id: string;
    /** In a room the room's number, by which its texts stand; undefined until the server has given it. */
    readonly number: number | undefined;
    readonly from: SafeText;
    readonly own: boolean;
    readonly isVerified: boolean;
    readonly mentions: boolean;
    /** Stands before the text, e.g. that a broadcast is readable by all. */
    readonly mark: SafeText | undefined;
    readonly text: SafeText;
    readonly atMs: number;
  }
  /** The program's own words. Those in the history have a place. */
  | {
    readonly kind: "line";
    readonly key: string;
    readonly place: number | undefined;
    readonly text: SafeText;
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

/** Everything that decides what is on the screen, but for what is being typed and what is open over it. */
export interface Model {
  readonly ownName: string;
  readonly nowMs: number;
  readonly connection: ConnectionState;
  readonly waiting: number | undefined;
  /** Of files on their way; empty when there are none. */
  readonly transfers: string;
  /** What others ask of the person, oldest first. */
  readonly asks: readonly Request[];
  readonly peers: readonly ListedPeer[];
  readonly open: Place;
  readonly pages: ReadonlyMap<Place, Page>;
  readonly deliveries: ReadonlyMap<string, Delivery>;
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
export function newModel(ownName: string, nowMs: number): Model {
  return {
    ownName,
    nowMs,
    connection: "starting",
    waiting: undefined,
    transfers: "",
    asks: [],
    peers: [],
    open: undefined,
    pages: new Map([[undefined, { ...EMPTY_PAGE, isWhole: true }]]),
    deliveries: new Map(),
    isFocused: true,
  };
}

/** The page of a place. */
export function pageOf(model: Model, place: Place): Page {
  return model.pages.get(place) ?? EMPTY_PAGE;
}

/** Who or what is behind a place. */
export function listedAt(model: Model, place: Place): ListedPeer | undefined {
  return place === undefined ? undefined : model.peers.find(({ peer }) => peer === place);
}

/** In the order of the list: the program's own page, rooms, those who are here, those who are away. */
export function placesInOrder(model: Model): readonly Place[] {
  return [undefined, ...model.peers.map(({ peer }): Peer => peer)];
}

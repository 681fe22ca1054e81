/** The conversations as a front end draws them: plain data, which `update.ts` brings up to date with what happens. */

import type { AccountId, Peer } from "../../base/ids.ts";
import type { ConnectionState, ShownEntry } from "../events.ts";
import type { SeenMark } from "../../client/store/attention.ts";
import { placeOf as conversationOf, type Transfer } from "../../client/transfers/transfer.ts";
import type { Card, CardId, MovingTransfer } from "./cards.ts";
import type { Request } from "../questions/requests.ts";
import { type HomeFacts, NO_HOME_FACTS } from "./home_facts.ts";
import { byName, type Heading, type Section, sectionsOf } from "./list_order.ts";
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
    /** A command that was typed, or an answer to it, which stands below it. */
    readonly isAnswer: boolean;
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
  /** The last place of the history where something stands here; 0: nothing does. */
  readonly recent: number;
  /** The item after which what is new begins. */
  readonly freshAfter: string | undefined;
  /** Undefined: the newest is seen, and what comes is followed. */
  readonly anchor: Anchor | undefined;
}

/** All of it, and where the person is in it. */
export interface Model {
  readonly ownName: string;
  /** What means the person in a text: their name, and words that they chose. */
  readonly highlights: readonly string[];
  /** Where that is: somebody with two profiles has two screens. Empty: nobody knows. */
  readonly ownServer: string;
  readonly ownAccount: AccountId | undefined;
  readonly nowMs: number;
  readonly connection: ConnectionState;
  readonly waiting: number | undefined;
  /** Files on their way. */
  readonly transfers: readonly MovingTransfer[];
  /** Files and streams, as they stand: those that were told, and those of pages that were read. */
  readonly cards: ReadonlyMap<CardId, Card>;
  /** How far others have seen conversations, as far as they and the person tell that. */
  readonly seen: ReadonlyMap<Peer, readonly SeenMark[]>;
  /** Who types now. */
  readonly typing: ReadonlyMap<Peer, readonly AccountId[]>;
  /** Files that have ended, each in its conversation, since the person was there last. */
  readonly ended: readonly Transfer[];
  /** The last files, and the server's videos, for the program's own page. */
  readonly home: HomeFacts;
  /** What others ask of the person, oldest first. */
  readonly requests: readonly Request[];
  /** In whatever order; see `peersInOrder` and `sections`. */
  readonly peers: readonly ListedPeer[];
  /** As the list shows them. */
  readonly sections: readonly Section[];
  /** Below these headings only what is new is shown. */
  readonly folded: ReadonlySet<Heading>;
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
  recent: 0,
  freshAfter: undefined,
  anchor: undefined,
};

/** Before anything has happened. `words`: what means the person, besides their name. */
export function newModel(
  own: {
    readonly name: string;
    readonly account?: AccountId;
    readonly serverAddress?: string;
  },
  nowMs: number,
  words: readonly string[] = [],
): Model {
  return {
    ownName: own.name,
    ownAccount: own.account,
    ownServer: own.serverAddress ?? "",
    highlights: [own.name, ...words],
    nowMs,
    connection: "starting",
    waiting: undefined,
    transfers: [],
    cards: new Map(),
    seen: new Map(),
    typing: new Map(),
    ended: [],
    home: NO_HOME_FACTS,
    requests: [],
    peers: [],
    sections: [],
    folded: new Set(),
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

/** By peer: made once for each list. */
const byPeer = new WeakMap<Model["peers"], ReadonlyMap<Peer, ListedPeer>>();

/** Who or what is behind a place. */
export function listedAt({ peers }: Pick<Model, "peers">, place: Place): ListedPeer | undefined {
  if (place === undefined) return undefined;
  let found = byPeer.get(peers);
  if (found === undefined) {
    found = new Map(peers.map((listed) => [listed.peer, listed]));
    byPeer.set(peers, found);
  }
  return found.get(place);
}

/** Rooms and who is there before who is away, by name. */
export function peersInOrder({ peers }: Pick<Model, "peers">): readonly ListedPeer[] {
  return byName(peers);
}

/** Puts the list in order again, by what was said since. */
export function arrange(model: Model): Model {
  return { ...model, sections: sectionsOf(model.peers, (peer) => pageOf(model, peer)) };
}

/** What is shown below a heading: of one that is folded what is open or new. */
export function shownOf(model: Model, { heading, peers }: Section): readonly ListedPeer[] {
  if (!model.folded.has(heading)) return peers;
  return peers.filter(({ peer, notify }) =>
    peer === model.open || notify !== "none" && pageOf(model, peer).unread > 0
  );
}

/** The program's own page, then the list as it is shown. */
export function placesInOrder(model: Model): readonly Place[] {
  const listed = model.sections.flatMap((section) => shownOf(model, section));
  return [undefined, ...listed.map(({ peer }): Peer => peer)];
}

/** Its place in the history; undefined for a line of the program that is not stored. */
export function placeOfItem(item: Item): number | undefined {
  return item.kind === "entry" ? item.entry.place : undefined;
}

/** Whether somebody said it, and not the program. */
export function isSaid(item: Item): item is Extract<Item, { kind: "entry" }> {
  return item.kind === "entry" && (item.entry.kind === "text" || item.entry.kind === "broadcast");
}

/** Whether nothing of a conversation is notified or counted. */
export function isMuted(model: Model, place: Place): boolean {
  return listedAt(model, place)?.notify === "none";
}

/** With another page at a place. */
export function withPage(model: Model, place: Place, page: Page): Model {
  return { ...model, pages: new Map(model.pages).set(place, page) };
}

/** What is in front of the person is not unread. */
export function seeOpen(before: Model): Model {
  const page = pageOf(before, before.open);
  if (!before.isFocused || page.anchor !== undefined) return before;
  const model = seeEnded(before);
  if (page.unread === 0) return model;
  return withPage(model, model.open, { ...page, unread: 0, mentions: 0 });
}

/** The cards of what ended are before their eyes. */
function seeEnded(model: Model): Model {
  const ended = model.ended.filter((transfer) => conversationOf(transfer) !== model.open);
  return ended.length === model.ended.length ? model : { ...model, ended };
}

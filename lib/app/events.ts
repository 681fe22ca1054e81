/** What happens to a person's client, told to whatever front end shows it: every event carries what it is about. */

import type { AccountId, Peer } from "../base/ids.ts";
import type { KnownPeer } from "../client/p2p/address_book.ts";
import type { NodeEvent } from "../client/p2p/node_parts.ts";
import type { Pair } from "../client/p2p/pair.ts";
import type { ConnectionNews } from "../client/reconnect.ts";
import type { SeenMark } from "../client/store/attention.ts";
import type { PlacedEntry } from "../client/store/history.ts";
import type { StreamRow } from "../client/streams/stream_store.ts";
import type { ClientEvent } from "../client/sync/client_event.ts";
import type { EntryFacts } from "../client/talk/facts.ts";
import type { Transfer } from "../client/transfers/transfer.ts";
import type { Busy } from "../crypto/statements/busy.ts";
import type { Card, CardId, MovingTransfer, StreamCard } from "./conversations/cards.ts";
import type { ListedPeer } from "./conversations/listed_peers.ts";
import type { HeldBack } from "./conversations/outbox_sender.ts";
import type { Movements, Person } from "./conversations/people.ts";
import type { ConversationClient } from "./person_row.ts";
import type { DueAnswer, Request } from "./questions/requests.ts";

/** How it stands with the server. */
export type ConnectionState = "starting" | "online" | "offline";

/** Something that was said, or a line of the program, with what belongs to it. */
export interface ShownEntry {
  readonly entry: PlacedEntry;
  readonly facts: EntryFacts;
}

/** What is told of the history, with how the cards stand that begin there. */
interface ToldEntry extends ShownEntry {
  readonly cards?: ReadonlyMap<CardId, Card>;
}

/** How much of each conversation was not shown. Undefined: the broadcasts. */
export type UnreadCounts = ReadonlyMap<Peer | undefined, number>;

/** What happens. */
export type AppEvent =
  /** There is something to talk with: a connection, or the word that there is none. `requests`: strangers who wait. */
  | {
    readonly type: "started";
    readonly state: "online" | "offline";
    readonly motd: string;
    /** Tries to sign in to this account that failed since the person was last here. */
    readonly failedTries: number;
    readonly requests: number;
    readonly active: readonly Person[];
  }
  /** What was said before is told: the person's lines may run. */
  | { readonly type: "ready" }
  | {
    readonly type: "connection";
    readonly before: ConnectionState;
    readonly news: ConnectionNews;
    readonly active: readonly Person[];
  }
  /** There are unread messages: `entry` tells of the last of them after this. `upTo`: the last place that is counted. */
  | {
    readonly type: "unread";
    readonly count: number;
    readonly shown: number;
    readonly counts: UnreadCounts;
    readonly upTo: number;
  }
  /**
   * In the order of the history, whichever process of the profile wrote it. `target`: of a change, the text that it is about as
   * that stands now. `wasShown`: to the person, in this program or another one.
   */
  | ToldEntry & {
    readonly type: "entry";
    readonly target: ShownEntry | undefined;
    readonly wasShown: boolean;
  }
  /** `number`: what the room has given an own text. */
  | Extract<ClientEvent, { type: "delivery" }>
  /** Something was read at another device of the account; undefined: broadcasts. */
  | { readonly type: "read"; readonly peer: Peer | undefined; readonly unread: number }
  /** What was to disappear is erased. */
  | { readonly type: "gone"; readonly places: readonly number[]; readonly counts: UnreadCounts }
  /** Who is known, and which rooms the person is in: all of them. */
  | { readonly type: "list"; readonly peers: readonly ListedPeer[] }
  /** Who came and went, and who deleted their account. */
  | {
    readonly type: "movement";
    readonly moved: Movements;
    readonly deleted: readonly string[];
    readonly active: readonly Person[];
  }
  /** Somebody is busy, or free again where `busy` is undefined; `said` is what they signed of it. */
  | {
    readonly type: "presence";
    readonly name: string;
    readonly busy: { readonly sinceMs: number; readonly said: Busy | undefined } | undefined;
  }
  /** While the person is busy: how many entries wait. Undefined: they are not. */
  | {
    readonly type: "quiet";
    readonly waiting: number | undefined;
    readonly before: number | undefined;
    readonly busy: Busy | undefined;
  }
  /** A stranger writes for the first time. `kind`: of what waits of them first. */
  | Extract<ClientEvent, { type: "request" }> & { readonly kind: string | undefined }
  /** What waits for the person's word, all of it. */
  | { readonly type: "requests"; readonly requests: readonly Request[] }
  /** A rule of the person's, or the time, answers what waited. */
  | { readonly type: "due"; readonly due: DueAnswer }
  /** Files on their way, all of them, and those that have ended since that was told. */
  | {
    readonly type: "transfers";
    readonly active: readonly MovingTransfer[];
    readonly ended: readonly MovingTransfer[];
  }
  /** What is shown live stands otherwise than was told. */
  | { readonly type: "streams"; readonly streams: readonly StreamCard[] }
  /** How far others have seen conversations: all that is known. */
  | { readonly type: "seen"; readonly marks: readonly SeenMark[] }
  /** Who types now, and where. */
  | {
    readonly type: "typing";
    readonly now: readonly { readonly peer: Peer; readonly account: AccountId }[];
  }
  /** Why texts stay here for now; once for each reason. */
  | { readonly type: "held"; readonly held: HeldBack }
  | Extract<ClientEvent, { type: "identity" }>
  | Extract<
    ClientEvent,
    { type: "broadcast-refused" | "going-away" | "server-notice" | "role" | "link-request" }
  >
  | NodeAppEvent;

/** What happens only where each person is connected by themselves, without a server. */
type NodeAppEvent =
  /** Somebody is connected, and has proved who they are; no longer, where `link` is undefined. `isNew`: for the first time. */
  | {
    readonly type: "peer";
    readonly peer: KnownPeer;
    readonly link: {
      readonly isNew: boolean;
      readonly isVerified: boolean;
      readonly transport: Pair["transport"];
    } | undefined;
  }
  | Extract<NodeEvent, { type: "impostor" }>
  /** Somebody offers files, or theirs or own ones are over. */
  | { readonly type: "transfer"; readonly transfer: Transfer }
  /** Somebody wants to show something live. */
  | { readonly type: "stream-offer"; readonly stream: StreamRow };

// From an entry of the history to the event that tells of it, with a server and without one.

/** Reads once what belongs to an entry: whoever is told of it need not look it up. */
export async function entryEvent(
  { talk, messenger: { history } }: Pick<ConversationClient, "messenger" | "talk">,
  entry: PlacedEntry,
): Promise<Extract<AppEvent, { type: "entry" }>> {
  const facts = await talk.factsOf(entry);
  const changed = entry.kind === "change" ? facts.target : undefined;
  return {
    type: "entry",
    entry,
    facts,
    target: changed && { entry: changed, facts: await talk.factsOf(changed) },
    wasShown: history.index.isShown(entry.place),
  };
}

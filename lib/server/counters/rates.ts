/** How much of what one account may do: everything that is counted, in one table. */

import type { RateLimit } from "../../base/rate.ts";
import {
  ACCOUNT_DATA_WRITE_RATE,
  LIBRARY_RATE,
  POSTER_RATE,
  REGISTRATION_RATE,
  REQUEST_RATE,
} from "../../protocol/limits.ts";
import { MESSAGE_RATE } from "./message_guard.ts";

/** Ten at once, then ten an hour, for each pair of accounts. */
const KEY_FETCHES = { burst: 10, perSecond: 10 / 3600 };
/** A device that joins two thousand conversations at once, then four commits a second of 16 KiB. */
const COMMIT_BYTES = { burst: 32 * 1024 * 1024, perSecond: 64 * 1024 };

/** A removal of a hundred people is a hundred commits; then one in five seconds, which nobody does by hand. */
const COMMITS = { burst: 120, perSecond: 1 / 5 };
/** Twenty at once, then one in three minutes: their numbers are never given back. */
const ROOMS = { burst: 20, perSecond: 1 / 180 };
/** A room of 500 is invited at once; then a further one in ten seconds. */
const ROOM_ORDERS = { burst: 600, perSecond: 1 / 10 };
/** Twenty at once, then one in five minutes: each goes to every member. */
const ROOM_JOINS = { burst: 20, perSecond: 1 / 300 };
/** Five at once, then one in twenty seconds: each interrupts everyone. */
const BROADCASTS = { burst: 5, perSecond: 1 / 20 };
/** A client that comes back says it again, so a bad line must not use it up. */
const BUSY_CHANGES = { burst: 20, perSecond: 1 / 10 };

/** A client on a bad line comes back again and again, each of an account's devices by itself. */
const SUBSCRIPTIONS = { burst: 120, perSecond: 1 / 5 };
/** A client on a bad line goes on with all that it sends, and with all that it reads, at each return. */
const UPLOAD_OPENINGS = { burst: 200, perSecond: 2 };

/** Twenty at once, then one in five seconds: a size or a source that changes is no new stream. */
const STREAM_OPENINGS = { burst: 20, perSecond: 1 / 5 };
/** A few tries for each of several transfers at once, then one in five seconds. */
const RENDEZVOUS_TICKETS = { burst: 30, perSecond: 1 / 5 };

/** Accounts that a member may invite a day when the operator says nothing: who asks for invites wants to know who comes. */
export const INVITES_A_DAY = 5;

/** As many at once, then spread over a day. */
export function inviteRate(aDay: number): RateLimit {
  return { burst: aDay, perSecond: aDay / 86_400 };
}

/** Of live streams of an account; what is more is not passed on. 720p at fifteen pictures a second is one megabyte a second. */
export const STREAM_BYTES = { burst: 16 * 1024 * 1024, perSecond: 4 * 1024 * 1024 };

/** A limit, and what is said to who is over it. */
interface Rate {
  readonly limit: RateLimit;
  readonly message: string;
}

/** Each limit by its name. */
export const RATES = {
  /** Key packages that one account takes of another: they are used up by it (SR-30). By both ids. */
  keyFetches: {
    limit: KEY_FETCHES,
    message: "Too many conversations were opened with this account",
  },
  /** Bytes of commits and Welcomes of an account: they are stored whatever waits, so that groups can move on. */
  commitBytes: { limit: COMMIT_BYTES, message: "Too much was committed lately" },
  /** Commits of an account in one conversation: everybody in it has to follow each of them (SR-35). By both ids. */
  commits: { limit: COMMITS, message: "Too many changes lately" },
  /** Rooms that an account founds. */
  roomsFounded: { limit: ROOMS, message: "Too many rooms were created lately" },
  /** Invitations and removals that an account signs, in all its rooms: each is kept, and somebody is told. */
  roomOrders: { limit: ROOM_ORDERS, message: "Too many invitations and removals lately" },
  /** How often an account comes into open rooms by itself. */
  roomJoins: { limit: ROOM_JOINS, message: "You joined too many open rooms lately" },
  /** Broadcasts of an account. */
  broadcasts: { limit: BROADCASTS, message: "Too many broadcasts: try again" },
  /** How often an account is busy or free: everyone is told. */
  busyChanges: { limit: BUSY_CHANGES, message: "Busy and free too often: try again" },
  /** How often an account subscribes: what waits is looked for each time. */
  subscriptions: { limit: SUBSCRIPTIONS, message: "Too many subscriptions lately" },
  /** Uploads that an account begins or goes on with. */
  uploadOpenings: { limit: UPLOAD_OPENINGS, message: "Too many uploads at once" },
  /** Uploads that an account begins to read or goes on with. */
  downloadOpenings: { limit: UPLOAD_OPENINGS, message: "Too many downloads at once" },
  /** Live streams that an account begins or joins. */
  streamOpenings: { limit: STREAM_OPENINGS, message: "Too many streams were begun lately" },
  /** Tickets for the UDP endpoint. */
  rendezvousTickets: { limit: RENDEZVOUS_TICKETS, message: "Too many direct connections at once" },
  /** Accounts that are made without an invite, by the network that they come from. */
  registrations: {
    limit: REGISTRATION_RATE,
    message: "Too many accounts were created from your network",
  },
  /** Accounts that a member lets in by invites; an operator may choose another. */
  invites: {
    limit: inviteRate(INVITES_A_DAY),
    message: "You invited as many people as you may for now",
  },
  /** Requests of an account, but for its sealed messages: what is more is answered later. */
  requests: { limit: REQUEST_RATE, message: "Too many requests" },
  /** Bytes of an account's pages in the account data. */
  accountDataBytes: { limit: ACCOUNT_DATA_WRITE_RATE, message: "Too many messages lately" },
  /** How often an account looks at the library, or opens a video. */
  libraryLooks: { limit: LIBRARY_RATE, message: "You looked at the library too often" },
  /** Small pictures of videos that an account looks at. */
  posterLooks: { limit: POSTER_RATE, message: "You looked at too many posters" },
  /** Sealed messages of an account. */
  messages: { limit: MESSAGE_RATE, message: "Too many messages at once. Try again" },
} as const satisfies Readonly<Record<string, Rate>>;

/** A word of the table. */
export type RateName = keyof typeof RATES;

/** How much of what one account may do: everything that is counted, in one place. */

import type { Clock } from "../base/clock.ts";
import type { RateLimit } from "../base/rate.ts";
import {
  LIBRARY_RATE,
  NOTEBOOK_WRITE_RATE,
  REGISTRATION_RATE,
  REQUEST_RATE,
} from "../protocol/limits.ts";
import { MESSAGE_RATE, MessageGuard } from "./message_guard.ts";
import { RateGuard } from "./rate_guard.ts";

/** The guards, each with its limit. */
export interface Rates {
  /** Key packages that one account takes of another: they are used up by it (SR-30). By both ids. */
  readonly keyFetches: RateGuard;
  /** Bytes of commits and Welcomes of an account: they are stored whatever waits, so that groups can move on. */
  readonly commitBytes: RateGuard;
  /** Commits of an account in one conversation: everybody in it has to follow each of them (SR-35). By both ids. */
  readonly commits: RateGuard;
  /** Rooms that an account founds. */
  readonly roomsFounded: RateGuard;
  /** Invitations and removals that an account signs, in all its rooms: each is kept, and somebody is told. */
  readonly roomOrders: RateGuard;
  /** Broadcasts of an account. */
  readonly broadcasts: RateGuard;
  /** How often an account is busy or free: everyone is told. */
  readonly busyChanges: RateGuard;
  /** How often an account subscribes: what waits is looked for each time. */
  readonly subscriptions: RateGuard;
  /** Uploads that an account begins or goes on with. */
  readonly uploadOpenings: RateGuard;
  /** Uploads that an account begins to read or goes on with. */
  readonly downloadOpenings: RateGuard;
  /** Live streams that an account begins or joins. */
  readonly streamOpenings: RateGuard;
  /** Bytes of live streams of an account; what is more is not passed on. */
  readonly streamBytes: RateGuard;
  /** Tickets for the UDP endpoint. */
  readonly rendezvousTickets: RateGuard;
  /** Accounts that are made without an invite, by the network that they come from. */
  readonly registrations: RateGuard;
  /** Requests of an account, but for its sealed messages: what is more is answered later. */
  readonly requests: RateGuard;
  /** Bytes of an account's pages in the notebook. */
  readonly notebookBytes: RateGuard;
  /** How often an account looks at the library, or opens a video. */
  readonly libraryLooks: RateGuard;
  /** Sealed messages of an account. */
  readonly messages: MessageGuard;
}

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
/** 720p at fifteen pictures a second is one megabyte a second. */
const STREAM_BYTES = { burst: 16 * 1024 * 1024, perSecond: 4 * 1024 * 1024 };
/** A few tries for each of several transfers at once, then one in five seconds. */
const RENDEZVOUS_TICKETS = { burst: 30, perSecond: 1 / 5 };

/** What an operator may choose. */
export interface ChosenRates {
  readonly messageRate?: RateLimit;
  readonly registrationRate?: RateLimit;
}

/** Nothing is used up yet. */
export function makeRates(
  clock: Clock,
  { messageRate = MESSAGE_RATE, registrationRate }: ChosenRates = {},
): Rates {
  const registrations = new RateGuard(clock, REGISTRATION_RATE);
  registrations.setLimit(registrationRate);
  return {
    keyFetches: new RateGuard(clock, KEY_FETCHES),
    commitBytes: new RateGuard(clock, COMMIT_BYTES),
    commits: new RateGuard(clock, COMMITS),
    roomsFounded: new RateGuard(clock, ROOMS),
    roomOrders: new RateGuard(clock, ROOM_ORDERS),
    broadcasts: new RateGuard(clock, BROADCASTS),
    busyChanges: new RateGuard(clock, BUSY_CHANGES),
    subscriptions: new RateGuard(clock, SUBSCRIPTIONS),
    uploadOpenings: new RateGuard(clock, UPLOAD_OPENINGS),
    downloadOpenings: new RateGuard(clock, UPLOAD_OPENINGS),
    streamOpenings: new RateGuard(clock, STREAM_OPENINGS),
    streamBytes: new RateGuard(clock, STREAM_BYTES),
    rendezvousTickets: new RateGuard(clock, RENDEZVOUS_TICKETS),
    requests: new RateGuard(clock, REQUEST_RATE),
    notebookBytes: new RateGuard(clock, NOTEBOOK_WRITE_RATE),
    libraryLooks: new RateGuard(clock, LIBRARY_RATE),
    registrations,
    messages: new MessageGuard(clock, messageRate),
  };
}

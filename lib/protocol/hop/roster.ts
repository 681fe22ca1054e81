/**
 * Who there is on the server: a paged list at sign-in, then changes (the seeds' `DICT`, row S4.06); and who is busy. That
 * somebody is busy is the server's word, what they say of it is signed and readable by the server (SR-61).
 */

import {
  count,
  Definition,
  definitions,
  exchanges,
  flag,
  hex,
  list,
  oneOf,
  optional,
  record,
  text,
  timestamp,
} from "../schema.ts";
import { sizes } from "../sections.ts";

/** Bytes of UTF-8: a line beside a name. */
export const MAX_BUSY_TEXT_BYTES = 280;
/** The statement: text, the longest account id, certificate hash, times, signature, and what tells them apart. */
export const MAX_BUSY_BYTES = 1024;

const entry = () =>
  record({
    account: text(400),
    name: text(1000),
    /** Fingerprint of the identity key; the signed entry is fetched by `keys.account`. */
    identity: hex(32),
    online: flag(),
    /** Since when online. */
    sinceMs: optional(timestamp()),
    /** Running number of the oldest session that is there (row S3.04). */
    session: optional(count()),
    /** Where that session comes from: told to owners of the server alone. */
    address: optional(text(64)),
    port: optional(count(65_535)),
    /** Since when busy; what they say of it is in the payload. */
    busySinceMs: optional(timestamp()),
  });

/**
 * Entries of a page, and of a change: with 64 of the longest names and ids (360 bytes each, as JSON) the header is 61 KiB,
 * and it holds 64.
 */
export const ROSTER_PAGE_ENTRIES = 64;
/** Changes in one push: an entry is as long as on a page. */
export const ROSTER_CHANGES = 64;

/** What a client asks, and the server answers. */
export const ROSTER_REQUESTS = exchanges({
  /**
   * The accounts of the server in the order of their ids, a page at a time. Reply payload: what each says of being busy, or
   * nothing.
   */
  "roster.page": {
    request: new Definition("roster.page", {
      /** The last account of the page before; absent for the first page. */
      after: optional(text(400)),
      onlineOnly: flag(),
    }),
    reply: new Definition("roster.entries", {
      entries: list(entry(), ROSTER_PAGE_ENTRIES),
      more: flag(),
      total: count(),
      sizes: sizes(ROSTER_PAGE_ENTRIES),
    }, ROSTER_PAGE_ENTRIES * MAX_BUSY_BYTES),
  },
  /** The account is busy from now on, or free. Payload: the signed text, or nothing. */
  "presence.set": {
    request: new Definition("presence.set", { busy: flag() }, MAX_BUSY_BYTES),
    reply: new Definition("presence.changed", {}),
  },
});

/** What the server tells unasked. */
export const ROSTER_PUSHES = definitions({
  /** Pushed to everyone signed in, joined per 250 ms. */
  "roster.change": new Definition("roster.change", {
    changes: list(
      record({
        account: text(400),
        name: text(1000),
        identity: hex(32),
        change: oneOf(
          "online",
          "offline",
          "registered",
          "identity",
          "devices",
          "deleted",
          "kicked",
        ),
      }),
      ROSTER_CHANGES,
    ),
  }),
  /** Pushed to those who are told about this account's coming and going, and to itself. Payload: the text, or nothing. */
  "presence.change": new Definition("presence.change", {
    account: text(400),
    busy: flag(),
    /** Since when the server has it so. */
    sinceMs: timestamp(),
  }, MAX_BUSY_BYTES),
});

/**
 * Rooms: who is in them and who may say so, by signed entries that the server works through as every member does. It sees
 * accounts and roles; name, topic and what is said travel sealed, by `relay`. See docs/decisions/0020-rooms.md.
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
import { MAX_COMMIT_BYTES } from "./relay.ts";

/** Greatest number of a room, so that people can say and type it. */
const MAX_ROOM_NUMBER = 999_999_999;
/** Accounts that a room begins with, besides its founder. */
const MAX_FIRST_MEMBERS = 500;
/** A signed entry: up to a hundred room admins with long names. */
const MAX_ENTRY_BYTES = 48 * 1024;
/** Entries of a page. */
export const ROOM_ENTRY_PAGE = 128;
/** Rooms of a page. */
export const ROOM_LIST_PAGE = 100;

const roomNumber = () => count(MAX_ROOM_NUMBER);

/** What a client asks, and the server answers. */
export const ROOM_REQUESTS = exchanges({
  /**
   * Founds a room. Payload: GroupInfo of epoch 0, first entry. Asked again for the same conversation it answers the same.
   * `members` are to be invited: a room of exactly these accounts may be there already (row S3.28). `replaces` is a room of
   * which the asking account is an owner, and which the entry names: the new one takes its number, the old one is closed (SR-35).
   */
  "room.create": {
    request: new Definition("room.create", {
      conversation: hex(32),
      members: list(text(400), MAX_FIRST_MEMBERS),
      forceNew: flag(),
      replaces: optional(hex(32)),
      sizes: sizes(2),
    }, MAX_COMMIT_BYTES),
    reply: new Definition("room.created", {
      /** False: these accounts have the room of this number and conversation already. */
      created: flag(),
      room: roomNumber(),
      conversation: hex(32),
    }),
  },
  /** Invites one account. Payload: the signed admission entry. */
  "room.invite": {
    request: new Definition("room.invite", { conversation: hex(32) }, MAX_ENTRY_BYTES),
    reply: new Definition("room.invited", {}),
  },
  /**
   * Wants an account out, the own one too. Payload: the signed removal entry. From the answer on the account gets nothing
   * more; the next member who is there commits the removal.
   */
  "room.remove": {
    request: new Definition("room.remove", { conversation: hex(32) }, MAX_ENTRY_BYTES),
    reply: new Definition("room.removing", {}),
  },
  /**
   * Appends one commit if the group is still in `epoch` and the membership log in `version`. Payload: commit, GroupInfo of the new
   * epoch, entry or nothing; the entry must be the one in the commit's authenticated data, to the byte.
   */
  "room.commit": {
    request: new Definition("room.commit", {
      conversation: hex(32),
      envelope: hex(16),
      number: count(),
      epoch: count(),
      version: count(),
      /** An external commit by a device that is no member yet. */
      joins: flag(),
      /** The devices whose leaves it removes. */
      removed: list(record({ account: text(400), device: hex(16) }), 100),
      sizes: sizes(3),
    }, MAX_COMMIT_BYTES),
    reply: new Definition("room.committed", {
      /** False: another commit won `epoch` or `version`. */
      accepted: flag(),
      epoch: count(),
      version: count(),
      seq: count(),
    }),
  },
  /** The room's entries after a version, also of one that was replaced by a room of this account. Reply payload: the entries, in order. */
  "room.entries": {
    request: new Definition("room.entries", { conversation: hex(32), after: count() }),
    reply: new Definition(
      "room.entries-found",
      { version: count(), sizes: sizes(ROOM_ENTRY_PAGE) },
      MAX_COMMIT_BYTES,
    ),
  },
  /** What is asked of members: removals that nobody has committed yet. Reply payload: their entries, the oldest first. */
  "room.wanted": {
    request: new Definition("room.wanted", { conversation: hex(32) }),
    reply: new Definition(
      "room.wanted-found",
      { sizes: sizes(ROOM_ENTRY_PAGE) },
      MAX_COMMIT_BYTES,
    ),
  },
  /** The invitation of the asking account. Reply payload: the signed admission entry. */
  "room.invitation": {
    request: new Definition("room.invitation", { conversation: hex(32) }),
    reply: new Definition("room.invitation-found", {}, MAX_ENTRY_BYTES),
  },
  /** Turns an invitation down; those in charge see it. */
  "room.decline": {
    request: new Definition("room.decline", { conversation: hex(32) }),
    reply: new Definition("room.declined", {}),
  },
  /**
   * Who was invited and has not come in, paged, for members: until when, and whether they turned it down. Reply payload: the
   * signed admission entries, in the same order.
   */
  "room.guests": {
    request: new Definition("room.guests", {
      conversation: hex(32),
      /** The last account of the page before; absent for the first page. */
      after: optional(text(400)),
    }),
    reply: new Definition(
      "room.guests-found",
      {
        guests: list(
          record({ account: text(400), expiresMs: timestamp(), declined: flag() }),
          ROOM_LIST_PAGE,
        ),
        sizes: sizes(ROOM_LIST_PAGE),
        more: flag(),
      },
      MAX_COMMIT_BYTES,
    ),
  },
  /** Members who are kicked from the server now: those in charge may want them out of the room as well (SR-37). */
  "room.kicked": {
    request: new Definition("room.kicked", { conversation: hex(32) }),
    reply: new Definition("room.kicked-found", { accounts: list(text(400), ROOM_LIST_PAGE) }),
  },
  /** The rooms of this account, paged, those that it is invited to as well. */
  "room.list": {
    request: new Definition("room.list", {
      /** The last room of the page before; absent for the first page. */
      after: optional(roomNumber()),
    }),
    reply: new Definition("room.listed", {
      rooms: list(
        record({
          room: roomNumber(),
          conversation: hex(32),
          epoch: count(),
          version: count(),
          /** `awaited`: it takes the place of a room of this account, whose owner has still to invite it anew. */
          standing: oneOf("member", "invited", "awaited"),
          /** Whether this device is on the delivery list; if not it may come in. */
          member: flag(),
          /** Removals wait for somebody to commit them. */
          wanted: flag(),
          /** Somebody turned an invitation down. */
          declined: flag(),
          /** A member is kicked from the server, which removes nobody from a sealed room (SR-37). */
          kicked: flag(),
          /** The conversation before `room repair`, if there was one. */
          replaced: optional(hex(32)),
        }),
        ROOM_LIST_PAGE,
      ),
      more: flag(),
    }),
  },
  /**
   * The open rooms of the server, paged: whoever has an account may come in. The server reads name and topic; a joiner compares
   * them with the room's first entry. Programs of before know no open rooms, and refuse their entries.
   */
  "room.list-open": {
    request: new Definition("room.list-open", {
      /** The last room of the page before; absent for the first page. */
      after: optional(roomNumber()),
    }),
    reply: new Definition("room.listed-open", {
      rooms: list(
        record({
          room: roomNumber(),
          conversation: hex(32),
          name: text(32),
          topic: text(500),
          /** Accounts that may be in it, and that are. */
          size: count(),
          members: count(),
          /** Whether the asking account is in it. */
          member: flag(),
          /** The operator shows it to new accounts. */
          lobby: flag(),
        }),
        ROOM_LIST_PAGE,
      ),
      more: flag(),
    }),
  },
  /** Whether there is a room of this number, for those who are not in it (row S3.33). */
  "room.find": {
    request: new Definition("room.find", { room: roomNumber() }),
    reply: new Definition("room.found", { exists: flag() }),
  },
  /** Closes a room in which the asking account is alone. */
  "room.close": {
    request: new Definition("room.close", { conversation: hex(32) }),
    reply: new Definition("room.closed", {}),
  },
});

/** What the server tells unasked. */
export const ROOM_PUSHES = definitions({
  /** Something of a room changed for this account: ask for it. Pushed. */
  "room.news": new Definition("room.news", {
    room: roomNumber(),
    conversation: hex(32),
    news: oneOf("invited", "wanted", "removed", "replaced", "declined", "kicked"),
  }),
});

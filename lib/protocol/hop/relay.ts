/**
 * Sealed envelopes between devices, by conversation. The server orders them, counts epochs by compare-and-set and keeps
 * what devices have not fetched; it can read none of it. See docs/protocol.md, "Conversations".
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

/** A sealed chat message with room for MLS framing; bigger things are transfers. */
const MAX_MESSAGE_BYTES = 96 * 1024;
/** A commit with its GroupInfo and Welcome (a room of 100 devices with X-Wing needs about 500 KiB). */
export const MAX_COMMIT_BYTES: number = 900 * 1024;

const member = () => record({ account: text(400), device: hex(16) });

/** Conversations of a page: 100 with the longest account ids are 55 KiB as JSON, and a header holds 64. */
export const RELAY_LIST_PAGE = 100;

/** What a client asks, and the server answers. */
export const RELAY_REQUESTS = exchanges({
  /**
   * Claims the one direct conversation of two accounts (SR-19). Payload: Welcome, GroupInfo.
   * `replaces` names the conversation that this one closes; it must be the present one.
   */
  "relay.open": {
    request: new Definition("relay.open", {
      conversation: hex(32),
      peer: text(400),
      /** The device that the Welcome is for. */
      added: hex(16),
      epoch: count(),
      envelope: hex(16),
      number: count(),
      replaces: optional(hex(32)),
      sizes: sizes(2),
    }, MAX_COMMIT_BYTES),
    reply: new Definition("relay.opened", {
      /** False: the other side was first, and `conversation` is the one to use. */
      opened: flag(),
      conversation: hex(32),
    }),
  },
  /** Appends one sealed message. The same `number` again gives the same answer: resending is safe. */
  "relay.send": {
    request: new Definition("relay.send", {
      conversation: hex(32),
      envelope: hex(16),
      /** The device's running outbox number over all conversations (SR-23). */
      number: count(),
      epoch: count(),
      /** It is something said in a room, so it gets the room's next number (row S3.35). Receipts do not. */
      counts: optional(flag()),
    }, MAX_MESSAGE_BYTES),
    reply: new Definition("relay.sent", {
      seq: count(),
      atMs: timestamp(),
      /** The number that it got in its room. */
      place: optional(count()),
    }),
  },
  /**
   * Appends one commit if the group is still in `epoch`. Payload: commit, GroupInfo of the new epoch, Welcome or nothing.
   * `joins`: an external commit by a device that is no member yet.
   */
  "relay.commit": {
    request: new Definition("relay.commit", {
      conversation: hex(32),
      envelope: hex(16),
      number: count(),
      epoch: count(),
      joins: flag(),
      added: list(member(), 1),
      removed: list(member(), 100),
      sizes: sizes(3),
    }, MAX_COMMIT_BYTES),
    reply: new Definition("relay.committed", {
      /** False: another commit won `epoch`; fetch it, apply it, try again (SR-21). */
      accepted: flag(),
      epoch: count(),
      seq: count(),
    }),
  },
  /** What a device needs to join or to resync. Reply payload: the present GroupInfo, which says who is in the group. */
  "relay.group": {
    request: new Definition("relay.group", { conversation: hex(32) }),
    reply: new Definition("relay.group-info", { epoch: count() }, MAX_COMMIT_BYTES),
  },
  /** Which commit won an epoch, asked after a crash in the middle of one (SR-21). */
  "relay.winner": {
    request: new Definition("relay.winner", { conversation: hex(32), epoch: count() }),
    reply: new Definition("relay.won", { envelope: optional(hex(16)) }),
  },
  /** The conversations of this account, paged. */
  "relay.list": {
    request: new Definition("relay.list", {
      /** The last conversation of the page before; absent for the first page. */
      after: optional(hex(32)),
    }),
    reply: new Definition("relay.conversations", {
      conversations: list(
        record({
          conversation: hex(32),
          peer: text(400),
          epoch: count(),
          /** Whether this device is on the delivery list; if not it may join. */
          member: flag(),
          /** Whether a Welcome for this device waits: it comes in by that, and by joining would lose what was said since. */
          welcome: flag(),
        }),
        RELAY_LIST_PAGE,
      ),
      more: flag(),
    }),
  },
  /**
   * Where the account's open conversations were when the server was restored from a backup, after the incarnation `known`: asked
   * by a device to which `hello` names another one (SR-58). Paged as `relay.list`.
   */
  "relay.restored": {
    request: new Definition("relay.restored", { known: hex(16), after: optional(hex(32)) }),
    reply: new Definition("relay.places", {
      places: list(
        record({ conversation: hex(32), epoch: count(), seq: count() }),
        RELAY_LIST_PAGE,
      ),
      more: flag(),
    }),
  },
  /** From here on this connection gets the device's envelopes, from the first unacknowledged one. */
  "relay.subscribe": {
    request: new Definition("relay.subscribe", {}),
    reply: new Definition("relay.subscribed", { waiting: count() }),
  },
});

/** What a client tells without an answer. */
export const RELAY_NOTICES = definitions({
  /** The device has stored everything of the conversation up to `seq`; the server forgets it for this device (SR-24). */
  "relay.acknowledge": new Definition("relay.acknowledge", {
    conversation: hex(32),
    seq: count(),
  }),
});

/** What the server tells unasked. */
export const RELAY_PUSHES = definitions({
  /** One envelope, pushed in the order of each conversation. Payload: the MLS message (or Welcome). */
  "relay.envelope": new Definition("relay.envelope", {
    conversation: hex(32),
    seq: count(),
    envelope: hex(16),
    type: oneOf("message", "commit", "welcome"),
    epoch: count(),
    account: text(400),
    device: hex(16),
    atMs: timestamp(),
    /** Its number in its room, if it counts. */
    place: optional(count()),
  }, MAX_COMMIT_BYTES),
  /** Pushed when everything that waited has been pushed. */
  "relay.caught-up": new Definition("relay.caught-up", {}),
});

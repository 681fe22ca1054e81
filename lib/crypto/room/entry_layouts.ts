/** What entries of a room's membership log say, and how that is written: a layout for each type of entry. */

import type { AccountId } from "../../base/ids.ts";
import { ByteWriter } from "../../base/bytes.ts";
import type { StatementKind } from "../statements/statement.ts";
import {
  ACCOUNT,
  accountList,
  bytesWhere,
  CONVERSATION,
  type FactsOf,
  FINGERPRINT,
  type Layout,
  NUMBER,
  numberFrom,
  textUpTo,
} from "../statements/statement_fields.ts";

/** Random bytes of a room's id, and of the ids of invitations and removals. */
export const ROOM_NONCE_BYTES = 16;
/** Owners and moderators together: their names must fit into one statement of 64 KiB. */
export const MAX_ROOM_ADMINS = 100;
/** Accounts in an open room: each join goes to every member (docs/decisions/0098-open-rooms.md). */
export const MAX_OPEN_SIZE = 1_000;
/** UTF-16 units of an open room's topic: what a list of rooms takes. */
const MAX_OPEN_TOPIC_UNITS = 500;
/** The names that an opening keeps out, as they are written: they must fit into one statement. */
const MAX_BARRED_BYTES = 32 * 1024;

const NONCE = bytesWhere(({ length }) => length === ROOM_NONCE_BYTES);
const ADMINS = accountList(MAX_ROOM_ADMINS);
const BARRED = accountList(MAX_BARRED_BYTES, MAX_BARRED_BYTES);

/** A type of entry: the byte on the wire, what it is signed as, and its fields, before those of the signer. */
interface EntryLayout {
  readonly code: number;
  readonly kind: StatementKind;
  readonly fields: Layout;
}

/** By the type of what they say. */
export const ENTRY_LAYOUTS = {
  /** Who owns a room and who keeps order in it from this version on. The first of a room founds it. */
  roles: {
    code: 1,
    kind: "room-policy",
    fields: {
      /** The first half of the room's group id. */
      nonce: NONCE,
      version: NUMBER,
      /** The head that it follows; for the first the group id of the room that it repairs, or 32 zero bytes. */
      head: FINGERPRINT,
      owners: ADMINS,
      moderators: ADMINS,
    },
  },
  /** An account may come in. */
  admission: {
    code: 2,
    kind: "invitation",
    fields: {
      groupId: CONVERSATION,
      account: ACCOUNT,
      identity: FINGERPRINT,
      id: NONCE,
      /** The group's epoch when it was signed: a joiner takes no GroupInfo before it (SR-36). */
      epoch: NUMBER,
      /** The membership log's version when it was signed: a later removal makes it void. */
      version: NUMBER,
      expiresMs: NUMBER,
    },
  },
  /** An account must go, or wants to. */
  removal: {
    code: 3,
    kind: "room-removal",
    fields: {
      groupId: CONVERSATION,
      account: ACCOUNT,
      id: NONCE,
      /** The membership log's version when it was signed: of no use against an account that came in later. */
      version: NUMBER,
    },
  },
  /** The first entry of an open room: every account may come in by a `Join` of its own (docs/decisions/0098-open-rooms.md). */
  opening: {
    code: 4,
    kind: "room-opening",
    fields: {
      /** The first half of the room's group id. */
      nonce: NONCE,
      /** As in the first `Roles`: the group id of the room that it repairs, or 32 zero bytes. */
      head: FINGERPRINT,
      /** Readable by the server. */
      name: textUpTo(Infinity, isOpenName),
      topic: textUpTo(Infinity, ({ length }) => length <= MAX_OPEN_TOPIC_UNITS),
      /** Accounts that may be in it at once. */
      size: numberFrom(2, MAX_OPEN_SIZE),
      /** Accounts that stay out: those that the repaired room kept out. */
      barred: BARRED,
    },
  },
  /** An account comes into an open room by itself. */
  join: {
    code: 5,
    kind: "room-join",
    fields: {
      groupId: CONVERSATION,
      account: ACCOUNT,
      identity: FINGERPRINT,
      id: NONCE,
      /** The membership log's version when it was signed. */
      version: NUMBER,
    },
  },
} as const satisfies Readonly<Record<string, EntryLayout>>;

type EntryType = keyof typeof ENTRY_LAYOUTS;

type FactsOfType<Type extends EntryType> =
  & { readonly type: Type }
  & FactsOf<(typeof ENTRY_LAYOUTS)[Type]["fields"]>;

/** What an entry says. */
export type EntryFacts = { [Type in EntryType]: FactsOfType<Type> }[EntryType];

/** See `ENTRY_LAYOUTS`. */
export type Roles = FactsOfType<"roles">;
/** See `ENTRY_LAYOUTS`. */
export type Admission = FactsOfType<"admission">;
/** See `ENTRY_LAYOUTS`. */
export type Removal = FactsOfType<"removal">;
/** See `ENTRY_LAYOUTS`. */
export type Opening = FactsOfType<"opening">;
/** See `ENTRY_LAYOUTS`. */
export type Join = FactsOfType<"join">;

/** As many of these accounts, from the first, as an opening has room for. */
export function fittingBarred(accounts: readonly AccountId[]): readonly AccountId[] {
  let sizeBytes = BARRED.write([]).length;
  const past = accounts.findIndex((account) =>
    (sizeBytes += new ByteWriter().text(account).finish().length) > MAX_BARRED_BYTES
  );
  return past === -1 ? accounts : accounts.slice(0, past);
}

/** Whether an open room may have this name: one that can be typed, and not be imitated by letters that look alike. */
export function isOpenName(name: string): boolean {
  return /^[a-z][a-z0-9-]{0,31}$/.test(name);
}

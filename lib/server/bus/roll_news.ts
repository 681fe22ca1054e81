/** What a node says of the people at it, as all nodes hear it: its roll. In the memory of that node alone; none of it is stored. */

import { type Static, Type } from "@sinclair/typebox";
import { decodeHex, encodeHex } from "../../base/bytes.ts";
import type { AccountId, AccountName, Fingerprint } from "../../base/ids.ts";
import { readAs } from "./node_words.ts";

// Branded by the store of whoever said it, which is this node's too.
const Account = Type.Unsafe<AccountId>(Type.String({ maxLength: 400 }));
const Name = Type.Unsafe<AccountName>(Type.String({ maxLength: 1000 }));
const Identity = Type.Unsafe<Fingerprint>(Type.String({ maxLength: 64 }));
const Count = Type.Integer({ minimum: 0 });

const SESSION = Type.Object({
  /** Its running number; each node counts its own. */
  number: Type.Optional(Count),
  address: Type.String({ maxLength: 64 }),
  port: Count,
  sinceMs: Count,
});
const BUSY = Type.Object({
  sinceMs: Count,
  untilMs: Type.Optional(Count),
  statement: Type.String({ pattern: "^([0-9a-f]{2})*$" }),
});
const PERSON = Type.Object({
  account: Account,
  name: Name,
  identity: Identity,
  sinceMs: Count,
  /** The oldest first. */
  sessions: Type.Array(SESSION),
  busy: Type.Optional(BUSY),
  /** When they said last that they are busy, or free: the last word of all nodes holds. 0 where they never did. */
  saidMs: Count,
});
/** What of an account is new to everybody. */
const NEWS = Type.Union([
  Type.Literal("registered"),
  Type.Literal("identity"),
  Type.Literal("devices"),
  Type.Literal("deleted"),
]);

/** Each has a number of its node, upwards: of two about one account the higher one holds. */
const HERE = Type.Object({ number: Count, is: Type.Literal("here"), person: PERSON });
const GONE = Type.Object({
  number: Count,
  is: Type.Literal("gone"),
  account: Account,
  wasKicked: Type.Boolean(),
});
/** Happens once, whatever else is heard. `ageMs`: how long ago, when this was said. */
const TOLD = Type.Object({
  number: Count,
  is: Type.Literal("told"),
  ageMs: Count,
  account: Account,
  name: Name,
  identity: Identity,
  news: NEWS,
});
const MET = Type.Object({
  number: Count,
  is: Type.Literal("met"),
  ageMs: Count,
  left: Account,
  right: Account,
});
const ROLL = Type.Object({
  /** The instance of the node. */
  node: Type.String({ maxLength: 64 }),
  changes: Type.Array(Type.Union([HERE, GONE, TOLD, MET])),
  /** Of those after `after`, up to `upTo`, nobody else is at the node when it had made `number` changes. */
  page: Type.Optional(Type.Object({
    after: Type.Optional(Account),
    upTo: Type.Optional(Account),
    number: Count,
  })),
});

type PackedRoll = Static<typeof ROLL>;
type PackedHere = Static<typeof HERE>;

/** What an account says of being busy. */
export interface BusyState {
  readonly sinceMs: number;
  /** Undefined until further notice. */
  readonly untilMs: number | undefined;
  /** Signed; its readers check it (SR-61). */
  readonly statement: Uint8Array<ArrayBuffer>;
}

/** A session that is ready, for those who may see where somebody is. */
export type RollSession = Readonly<Static<typeof SESSION>>;
/** Somebody who is at a node. */
export type RollPerson =
  & Readonly<Omit<PackedHere["person"], "busy" | "sessions">>
  & { readonly busy: BusyState | undefined; readonly sessions: readonly RollSession[] };
/** What is told of an account once. */
export type AccountNews = Static<typeof NEWS>;
/** Somebody came, or is otherwise than before. */
export type RollHere = Omit<PackedHere, "person"> & { readonly person: RollPerson };
/** What happened once. */
export type RollEvent = Static<typeof TOLD> | Static<typeof MET>;
/** One change of a roll. */
export type RollChange = RollHere | Static<typeof GONE> | RollEvent;
/** A part of a roll, or what changed in it. */
export type RollNews = Omit<PackedRoll, "changes"> & { readonly changes: readonly RollChange[] };

/** As it travels. */
export function packRoll({ changes, ...rest }: RollNews): PackedRoll {
  return {
    ...rest,
    changes: changes.map((change) =>
      change.is === "here" ? { ...change, person: packPerson(change.person) } : change
    ),
  };
}

/** Undefined for what a node of another version may say. */
export function readRoll(about: unknown): RollNews | undefined {
  const roll = readAs(ROLL, about);
  if (roll === undefined) return undefined;
  const { changes, ...rest } = roll;
  return {
    ...rest,
    changes: changes.map((change) =>
      change.is === "here" ? { ...change, person: readPerson(change.person) } : change
    ),
  };
}

function packPerson({ busy, sessions, ...person }: RollPerson): PackedHere["person"] {
  if (busy === undefined) return { ...person, sessions: [...sessions] };
  const { sinceMs, untilMs, statement } = busy;
  const packed = { sinceMs, statement: encodeHex(statement) };
  return {
    ...person,
    sessions: [...sessions],
    busy: untilMs === undefined ? packed : { ...packed, untilMs },
  };
}

function readPerson({ busy, ...person }: PackedHere["person"]): RollPerson {
  if (busy === undefined) return { ...person, busy };
  const { sinceMs, untilMs, statement } = busy;
  return {
    ...person,
    busy: { sinceMs, untilMs, statement: decodeHex(statement) ?? new Uint8Array() },
  };
}

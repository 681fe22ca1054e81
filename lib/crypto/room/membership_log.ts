/**
 * The membership log of a room: which accounts are in it, by which identities, who owns it and who keeps order, and when somebody
 * was removed (SR-32 to SR-34). It is worked out of the room's entries, one after the other, by every member and every
 * joiner alike; pins, clocks and opinions have no part in it. See docs/decisions/0020-rooms.md.
 */

import { ByteReader, type Bytes, ByteWriter, concatBytes, encodeHex } from "../../base/bytes.ts";
import { Bug } from "../../base/errors.ts";
import {
  type AccountId,
  type ConversationId,
  type Fingerprint,
  fingerprint,
  idBytes,
  parseConversationId,
  parseFingerprint,
} from "../../base/ids.ts";
import {
  type Admission,
  type EntrySigner,
  MAX_ROOM_ADMINS,
  type Removal,
  type Roles,
  ROOM_NONCE_BYTES,
  type VerifiedEntry,
} from "./entry.ts";
import { parseAccountId } from "../../base/account_name.ts";

/** What an account may do in a room. */
export type RoomRole = "owner" | "moderator" | "member";

/** An account in a room. */
export interface LoggedMember {
  /** The identity that it came in with; with another one it must be invited anew. */
  readonly identity: Fingerprint;
  readonly role: RoomRole;
  /** The version at which it came in. */
  readonly since: number;
}

/** See above. A value: a step gives a new one. */
export interface MembershipLog {
  readonly groupId: ConversationId;
  /** Entries so far. */
  readonly version: number;
  /** Stands for all entries so far: every commit carries it. */
  readonly head: Fingerprint;
  readonly members: ReadonlyMap<AccountId, LoggedMember>;
  /** At which version an account was last removed. */
  readonly removed: ReadonlyMap<AccountId, number>;
}

/** Why an entry changes nothing. */
export type MembershipRefusal =
  | "wrong-room"
  | "wrong-version"
  | "not-permitted"
  | "not-member"
  | "already-member"
  | "removed"
  | "expired"
  | "no-owner";

/** The membership log after an entry. */
export type MembershipStep =
  | { readonly ok: true; readonly membershipLog: MembershipLog }
  | { readonly ok: false; readonly code: MembershipRefusal };

/** The head before the first entry. */
const NO_HEAD = hexFingerprint("00".repeat(32));

/** The facts of a new room's first entry. Its founder is its first owner. `replaces`: the room that it repairs (SR-35). */
export function foundingRoles(nonce: Bytes, founder: AccountId, replaces?: ConversationId): Roles {
  const head = replaces === undefined ? NO_HEAD : hexFingerprint(replaces);
  return { type: "roles", nonce, version: 1, head, owners: [founder], moderators: [] };
}

/** The room that a first entry says to take the place of: nothing comes before a room, so its head stands for that one. */
export function replacedBy({ facts }: VerifiedEntry): ConversationId | undefined {
  if (facts.type !== "roles" || facts.version !== 1 || facts.head === NO_HEAD) return undefined;
  return parseConversationId(facts.head);
}

/** The group id of the room that an entry founds: its nonce and 16 bytes of its hash, so that no other can (SR-32). */
export function roomGroupId(nonce: Bytes, firstEntry: Fingerprint): ConversationId {
  const id = concatBytes(nonce, idBytes(firstEntry).slice(0, 32 - ROOM_NONCE_BYTES));
  return hexConversation(encodeHex(id));
}

/** The membership log of a new room. `entry` must be the first entry of this very group. */
export async function createMembershipLog(
  groupId: ConversationId,
  { facts, signer, hash }: VerifiedEntry,
): Promise<MembershipStep> {
  if (facts.type !== "roles" || roomGroupId(facts.nonce, hash) !== groupId) {
    return refuse("wrong-room");
  }
  const { version, owners, moderators } = facts;
  if (version !== 1) return refuse("wrong-version");
  if (owners.length !== 1 || owners[0] !== signer.account || moderators.length > 0) {
    return refuse("not-permitted");
  }
  const founder: LoggedMember = { identity: signer.identity, role: "owner", since: 1 };
  const members = new Map([[signer.account, founder]]);
  const nextHead = await follow(NO_HEAD, hash);
  return {
    ok: true,
    membershipLog: { groupId, version, head: nextHead, members, removed: new Map() },
  };
}

/**
 * The membership log after one more entry, or why it may not follow. `atMs` is the time that the server gave to its commit: with it
 * an invitation's expiry is checked; without it the entry is one of the past, which the members of that time accepted.
 */
export async function applyEntry(
  membershipLog: MembershipLog,
  entry: VerifiedEntry,
  atMs?: number,
): Promise<MembershipStep> {
  const { facts, signer } = entry;
  const changed = facts.type === "roles"
    ? setRoles(membershipLog, facts, signer)
    : facts.type === "admission"
    ? admit(membershipLog, facts, { signer, atMs })
    : remove(membershipLog, facts, signer);
  if (typeof changed === "string") return refuse(changed);
  const { groupId, version } = membershipLog;
  const head = await follow(membershipLog.head, entry.hash);
  return { ok: true, membershipLog: { groupId, version: version + 1, head, ...changed } };
}

/** The role of whoever signs, if it is a member with that very identity. */
export function roleOf(
  { members }: MembershipLog,
  { account, identity }: Pick<EntrySigner, "account" | "identity">,
): RoomRole | undefined {
  const member = members.get(account);
  return member?.identity === identity ? member.role : undefined;
}

/** Whether a signer of this role may throw out a member of that one. Leaving is another thing. */
export function mayRemove(role: RoomRole | undefined, target: RoomRole): boolean {
  return role === "owner" || role === "moderator" && target === "member";
}

/** Whether a signer of this role may invite. */
function mayInvite(role: RoomRole | undefined): boolean {
  return role === "owner" || role === "moderator";
}

/** The accounts that own the room. */
export function ownersOf({ members }: MembershipLog): readonly AccountId[] {
  return [...members].filter(([, { role }]) => role === "owner").map(([account]) => account);
}

type Change = Pick<MembershipLog, "members" | "removed">;

function setRoles(
  membershipLog: MembershipLog,
  roles: Roles,
  signer: EntrySigner,
): Change | MembershipRefusal {
  const nonce = idBytes(membershipLog.groupId).slice(0, ROOM_NONCE_BYTES);
  if (encodeHex(roles.nonce) !== encodeHex(nonce)) return "wrong-room";
  if (roles.version !== membershipLog.version + 1 || roles.head !== membershipLog.head) {
    return "wrong-version";
  }
  if (roleOf(membershipLog, signer) !== "owner") return "not-permitted";
  if (roles.owners.length === 0) return "no-owner";
  const roomAdmins = [...roles.owners, ...roles.moderators];
  if (new Set(roomAdmins).size !== roomAdmins.length || roomAdmins.length > MAX_ROOM_ADMINS) {
    return "not-permitted";
  }
  if (!roomAdmins.every((account) => membershipLog.members.has(account))) return "not-member";
  const owners = new Set(roles.owners);
  const moderators = new Set(roles.moderators);
  const members = new Map([...membershipLog.members].map(([account, member]) => {
    const role = owners.has(account) ? "owner" : moderators.has(account) ? "moderator" : "member";
    return [account, { ...member, role } as const];
  }));
  return { members, removed: membershipLog.removed };
}

function admit(
  membershipLog: MembershipLog,
  { groupId, account, identity, version, expiresMs }: Admission,
  { signer, atMs }: { signer: EntrySigner; atMs: number | undefined },
): Change | MembershipRefusal {
  if (groupId !== membershipLog.groupId) return "wrong-room";
  if (version > membershipLog.version) return "wrong-version";
  if (!mayInvite(roleOf(membershipLog, signer))) return "not-permitted";
  if (membershipLog.members.has(account)) return "already-member";
  // An old invitation is of no use after a removal (SR-33).
  if ((membershipLog.removed.get(account) ?? 0) > version) return "removed";
  if (atMs !== undefined && atMs > expiresMs) return "expired";
  const member: LoggedMember = { identity, role: "member", since: membershipLog.version + 1 };
  return {
    members: new Map(membershipLog.members).set(account, member),
    removed: membershipLog.removed,
  };
}

function remove(
  membershipLog: MembershipLog,
  { groupId, account, version }: Removal,
  signer: EntrySigner,
): Change | MembershipRefusal {
  if (groupId !== membershipLog.groupId) return "wrong-room";
  if (version > membershipLog.version) return "wrong-version";
  const target = membershipLog.members.get(account);
  // Of somebody who is invited and not there yet, it only makes the invitation void.
  const { role, since } = target ?? { role: "member", since: 0 };
  if (version < since) return "wrong-version";
  const isLeaving = target !== undefined && signer.account === account &&
    signer.identity === target.identity;
  if (!isLeaving && !mayRemove(roleOf(membershipLog, signer), role)) return "not-permitted";
  if (role === "owner" && ownersOf(membershipLog).length === 1) return "no-owner";
  const members = new Map(membershipLog.members);
  members.delete(account);
  return {
    members,
    removed: new Map(membershipLog.removed).set(account, membershipLog.version + 1),
  };
}

async function follow(head: Fingerprint, entry: Fingerprint): Promise<Fingerprint> {
  return await fingerprint(concatBytes(idBytes(head), idBytes(entry)));
}

function refuse(code: MembershipRefusal): MembershipStep {
  return { ok: false, code };
}

function hexFingerprint(hex: string): Fingerprint {
  const parsed = parseFingerprint(hex);
  if (parsed === undefined) throw new Bug(`Cannot make fingerprint: ${hex.length} digits`);
  return parsed;
}

function hexConversation(hex: string): ConversationId {
  const parsed = parseConversationId(hex);
  if (parsed === undefined) throw new Bug(`Cannot make group id: ${hex.length} digits`);
  return parsed;
}

// A membership log as a profile stores it beside its group (SR-31).

const FORMAT = 1;
/** By their byte. */
const ROLES: readonly RoomRole[] = ["member", "moderator", "owner"];

/** `newer-format`: a later version wrote it; leave it alone. */
export type DecodedMembershipLog =
  | { readonly ok: true; readonly membershipLog: MembershipLog }
  | { readonly ok: false; readonly code: "newer-format" | "malformed" };

/** Layout: `u16 format ‖ group id ‖ u64 version ‖ head ‖ u32 count, members ‖ u32 count, removed`. */
export function encodeMembershipLog(
  { groupId, version, head, members, removed }: MembershipLog,
): Bytes {
  const writer = new ByteWriter().u16(FORMAT).raw(idBytes(groupId)).u64(version).raw(idBytes(head));
  writer.u32(members.size);
  for (const [account, { identity, role, since }] of members) {
    writer.text(account).raw(idBytes(identity)).u8(ROLES.indexOf(role)).u64(since);
  }
  writer.u32(removed.size);
  for (const [account, at] of removed) writer.text(account).u64(at);
  return writer.finish();
}

/** Reads what `encodeMembershipLog` wrote. */
export function decodeMembershipLog(bytes: Bytes): DecodedMembershipLog {
  const reader = new ByteReader(bytes);
  const format = reader.u16();
  if (!reader.failed && format > FORMAT) return { ok: false, code: "newer-format" };
  const groupId = parseConversationId(encodeHex(reader.raw(32)));
  const version = reader.u64();
  const head = parseFingerprint(encodeHex(reader.raw(32)));
  const members = new Map<AccountId, LoggedMember>();
  for (let count = reader.u32(); count > 0 && !reader.failed; count--) {
    const account = parseAccountId(reader.text());
    const identity = parseFingerprint(encodeHex(reader.raw(32)));
    const role = ROLES[reader.u8()];
    const since = reader.u64();
    if (account === undefined || identity === undefined || role === undefined) {
      return { ok: false, code: "malformed" };
    }
    members.set(account, { identity, role, since });
  }
  const removed = new Map<AccountId, number>();
  for (let count = reader.u32(); count > 0 && !reader.failed; count--) {
    const account = parseAccountId(reader.text());
    if (account === undefined) return { ok: false, code: "malformed" };
    removed.set(account, reader.u64());
  }
  const isWhole = reader.done && format === FORMAT;
  if (!isWhole || groupId === undefined || head === undefined) {
    return { ok: false, code: "malformed" };
  }
  return { ok: true, membershipLog: { groupId, version, head, members, removed } };
}

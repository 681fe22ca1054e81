/**
 * The membership log of a room: which accounts are in it, by which identities, who owns it and who keeps order, and when somebody
 * was removed (SR-32 to SR-34). It is worked out of the room's entries, one after the other, by every member and every
 * joiner alike; pins, clocks and opinions have no part in it. See docs/decisions/0020-rooms.md.
 */

import { type Bytes, concatBytes, encodeHex } from "../../base/bytes.ts";
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
import { type EntrySigner, type VerifiedEntry } from "./entry.ts";
import {
  type Admission,
  type Join,
  MAX_ROOM_ADMINS,
  type Opening,
  type Removal,
  type Roles,
  ROOM_NONCE_BYTES,
} from "./entry_layouts.ts";

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

/** What an open room's opening says, and whom it keeps out by now (docs/decisions/0098-open-rooms.md). */
export interface OpenRule extends Pick<Opening, "name" | "topic" | "size"> {
  /** Named by the opening, or removed by somebody else since; an invitation lets them in again. */
  readonly barred: ReadonlySet<AccountId>;
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
  /** Undefined: one comes in by invitation alone. */
  readonly open: OpenRule | undefined;
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
  | "full"
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

/** The facts of a new open room's first entry. `replaces`: as in `foundingRoles`. */
export function openingOf(
  nonce: Bytes,
  rule: Pick<Opening, "name" | "topic" | "size" | "barred">,
  replaces?: ConversationId,
): Opening {
  const head = replaces === undefined ? NO_HEAD : hexFingerprint(replaces);
  return { type: "opening", nonce, head, ...rule };
}

/** The room that a first entry says to take the place of: nothing comes before a room, so its head stands for that one. */
export function replacedBy({ facts }: VerifiedEntry): ConversationId | undefined {
  const isFirst = facts.type === "opening" || facts.type === "roles" && facts.version === 1;
  if (!isFirst || facts.head === NO_HEAD) return undefined;
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
  if (facts.type !== "roles" && facts.type !== "opening") return refuse("wrong-room");
  if (roomGroupId(facts.nonce, hash) !== groupId) return refuse("wrong-room");
  if (facts.type === "roles") {
    const { version, owners, moderators } = facts;
    if (version !== 1) return refuse("wrong-version");
    if (owners.length !== 1 || owners[0] !== signer.account || moderators.length > 0) {
      return refuse("not-permitted");
    }
  } else if (facts.barred.includes(signer.account)) return refuse("not-permitted");
  const founder: LoggedMember = { identity: signer.identity, role: "owner", since: 1 };
  const members = new Map([[signer.account, founder]]);
  const nextHead = await follow(NO_HEAD, hash);
  const open = facts.type === "opening" ? ruleOf(facts) : undefined;
  return {
    ok: true,
    membershipLog: { groupId, version: 1, head: nextHead, members, removed: new Map(), open },
  };
}

function ruleOf({ name, topic, size, barred }: Opening): OpenRule {
  return { name, topic, size, barred: new Set(barred) };
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
  const changed = change(membershipLog, entry, atMs);
  if (typeof changed === "string") return refuse(changed);
  const { groupId, version, open } = membershipLog;
  const head = await follow(membershipLog.head, entry.hash);
  return { ok: true, membershipLog: { groupId, version: version + 1, head, open, ...changed } };
}

function change(
  membershipLog: MembershipLog,
  { facts, signer }: VerifiedEntry,
  atMs: number | undefined,
): Change | MembershipRefusal {
  switch (facts.type) {
    case "roles":
      return setRoles(membershipLog, facts, signer);
    case "admission":
      return admit(membershipLog, facts, { signer, atMs });
    case "removal":
      return remove(membershipLog, facts, signer);
    case "join":
      return join(membershipLog, facts, signer);
    case "opening":
      // The first of a room, or nothing.
      return "wrong-version";
  }
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

type Change = Pick<MembershipLog, "members" | "removed"> & Partial<Pick<MembershipLog, "open">>;

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
  if (isFull(membershipLog)) return "full";
  return letIn(membershipLog, account, identity);
}

/** An account lets itself into an open room. */
function join(
  membershipLog: MembershipLog,
  { groupId, account, identity, version }: Join,
  signer: EntrySigner,
): Change | MembershipRefusal {
  if (groupId !== membershipLog.groupId) return "wrong-room";
  if (version !== membershipLog.version) return "wrong-version";
  const { open } = membershipLog;
  const isOwn = signer.account === account && signer.identity === identity;
  if (open === undefined || !isOwn) return "not-permitted";
  if (membershipLog.members.has(account)) return "already-member";
  if (open.barred.has(account)) return "removed";
  if (isFull(membershipLog)) return "full";
  return letIn(membershipLog, account, identity);
}

/** Whether an open room has all the accounts that it may have. */
export function isFull({ members, open }: MembershipLog): boolean {
  return open !== undefined && members.size >= open.size;
}

function letIn(
  { members, removed, open, version }: MembershipLog,
  account: AccountId,
  identity: Fingerprint,
): Change {
  const member: LoggedMember = { identity, role: "member", since: version + 1 };
  return {
    members: new Map(members).set(account, member),
    removed,
    ...barring(open, (barred) => barred.delete(account)),
  };
}

function barring(
  open: OpenRule | undefined,
  change: (barred: Set<AccountId>) => void,
): Partial<Pick<MembershipLog, "open">> {
  if (open === undefined) return {};
  const barred = new Set(open.barred);
  change(barred);
  return { open: { ...open, barred } };
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
    // Whoever leaves an open room may come back; whoever was removed may not, nor who was never in.
    ...(isLeaving ? {} : barring(membershipLog.open, (barred) => barred.add(account))),
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

/** A membership log as a profile stores it beside its group (SR-31). */

import { parseAccountId } from "../../base/account_name.ts";
import { ByteReader, type Bytes, ByteWriter, encodeHex } from "../../base/bytes.ts";
import { type AccountId, idBytes, parseConversationId, parseFingerprint } from "../../base/ids.ts";
import type { LoggedMember, MembershipLog, RoomRole } from "./membership_log.ts";

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

/** A membership log as a profile stores it beside its group (SR-31). */

import { parseAccountId } from "../../base/account_name.ts";
import { ByteReader, type Bytes, ByteWriter, encodeHex } from "../../base/bytes.ts";
import { type AccountId, idBytes, parseConversationId, parseFingerprint } from "../../base/ids.ts";
import { isOpenName, MAX_OPEN_SIZE } from "./entry_layouts.ts";
import type { LoggedMember, MembershipLog, OpenRule, RoomRole } from "./membership_log.ts";

const FORMAT = 1;
/** With the rule of an open room behind it. */
const OPEN_FORMAT = 2;
/** By their byte. */
const ROLES: readonly RoomRole[] = ["member", "moderator", "owner"];

/** `newer-format`: a later version wrote it; leave it alone. */
export type DecodedMembershipLog =
  | { readonly ok: true; readonly membershipLog: MembershipLog }
  | { readonly ok: false; readonly code: "newer-format" | "malformed" };

/**
 * Layout: `u16 format ‖ group id ‖ u64 version ‖ head ‖ u32 count, members ‖ u32 count, removed`; of an open room format 2, and
 * behind it `name ‖ topic ‖ u32 size ‖ u32 count, barred`.
 */
export function encodeMembershipLog(
  { groupId, version, head, members, removed, open }: MembershipLog,
): Bytes {
  const format = open === undefined ? FORMAT : OPEN_FORMAT;
  const writer = new ByteWriter().u16(format).raw(idBytes(groupId)).u64(version).raw(idBytes(head));
  writer.u32(members.size);
  for (const [account, { identity, role, since }] of members) {
    writer.text(account).raw(idBytes(identity)).u8(ROLES.indexOf(role)).u64(since);
  }
  writer.u32(removed.size);
  for (const [account, at] of removed) writer.text(account).u64(at);
  if (open === undefined) return writer.finish();
  writer.text(open.name).text(open.topic).u32(open.size).u32(open.barred.size);
  for (const account of open.barred) writer.text(account);
  return writer.finish();
}

/** Reads what `encodeMembershipLog` wrote. */
export function decodeMembershipLog(bytes: Bytes): DecodedMembershipLog {
  const reader = new ByteReader(bytes);
  const format = reader.u16();
  if (!reader.failed && format > OPEN_FORMAT) return { ok: false, code: "newer-format" };
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
  const open = format === OPEN_FORMAT ? decodeOpenRule(reader) : undefined;
  const isRight = format === FORMAT || open !== undefined;
  if (!reader.done || !isRight || groupId === undefined || head === undefined) {
    return { ok: false, code: "malformed" };
  }
  return { ok: true, membershipLog: { groupId, version, head, members, removed, open } };
}

function decodeOpenRule(reader: ByteReader): OpenRule | undefined {
  const name = reader.text();
  const topic = reader.text();
  const size = reader.u32();
  const barred = new Set<AccountId>();
  for (let count = reader.u32(); count > 0 && !reader.failed; count--) {
    const account = parseAccountId(reader.text());
    if (account === undefined) return undefined;
    barred.add(account);
  }
  if (!isOpenName(name) || size < 2 || size > MAX_OPEN_SIZE) return undefined;
  return { name, topic, size, barred };
}

/**
 * What a room's commits carry in their authenticated data: the membership log's head before the commit, and at most one entry. All
 * can read it before the commit is processed, and none can change it (RFC 9420 §6.3.1).
 *
 * Layout: `u16 format ‖ head (32) ‖ u32 length ‖ entry`.
 */

import { ByteReader, type Bytes, ByteWriter, encodeHex } from "../../base/bytes.ts";
import { type Fingerprint, idBytes, parseFingerprint } from "../../base/ids.ts";
import type { CertificateVerifier } from "../mls/certificates.ts";
import { type Failure, refused } from "../mls/messages.ts";
import { applyEntry, type MembershipLog } from "./membership_log.ts";
import { type VerifiedEntry, verifyEntry } from "./entry.ts";

const FORMAT = 1;

/** One commit as far as the membership log goes: from where to where, and by which entry. */
export interface MembershipLogChange {
  readonly before: MembershipLog;
  readonly after: MembershipLog;
  readonly entry: VerifiedEntry | undefined;
  /** The authenticated data that this was read from, to the byte. */
  readonly data: Bytes;
}

/** The authenticated data of a commit under this membership log. */
export function encodeCommitData({ head }: MembershipLog, entry?: Bytes): Bytes {
  return new ByteWriter().u16(FORMAT).raw(idBytes(head)).blob(entry ?? new Uint8Array(0)).finish();
}

/**
 * Reads a commit's authenticated data and works its entry into the membership log. `atMs`: the time that the server gave the
 * commit, or now for one that is still to be sent.
 */
export async function readCommitData(
  data: Bytes,
  membershipLog: MembershipLog,
  { verifier, atMs }: { verifier: CertificateVerifier; atMs: number },
): Promise<{ readonly kind: "change"; readonly change: MembershipLogChange } | Failure> {
  const read = decode(data);
  if (read === undefined) return refused("malformed");
  // Whoever commits under another membership log was shown another list of entries, or is too late.
  if (read.head !== membershipLog.head) return refused("wrong-charter");
  if (read.entry === undefined) {
    return {
      kind: "change",
      change: { before: membershipLog, after: membershipLog, entry: undefined, data },
    };
  }
  const verified = await verifyEntry(read.entry, verifier);
  if (verified.kind !== "verified") return verified;
  const { entry } = verified;
  const step = await applyEntry(membershipLog, entry, atMs);
  if (!step.ok) return refused("not-allowed");
  return {
    kind: "change",
    change: { before: membershipLog, after: step.membershipLog, entry, data },
  };
}

function decode(data: Bytes): { head: Fingerprint; entry: Bytes | undefined } | undefined {
  const reader = new ByteReader(data);
  const format = reader.u16();
  const head = parseFingerprint(encodeHex(reader.raw(32)));
  const entry = reader.blob();
  if (!reader.done || format !== FORMAT || head === undefined) return undefined;
  return { head, entry: entry.length === 0 ? undefined : entry };
}

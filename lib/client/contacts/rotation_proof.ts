/** What an account leaves in the directory when it gives itself a new identity: the old key, signing the new one (SR-07). */

import { ByteReader, type Bytes, ByteWriter } from "../../base/bytes.ts";
import type { Fingerprint } from "../../base/ids.ts";
import { importIdentityKey } from "../../crypto/identity.ts";
import type { RosterEntry } from "../../crypto/roster_entry.ts";
import { verifyRotation } from "../../crypto/rotation.ts";

/** The old key and its statement: who pinned the old identity has only its fingerprint. */
export function joinRotation(algorithm: number, spki: Bytes, statement: Bytes): Bytes {
  return new ByteWriter().u16(algorithm).field(spki).field(statement).finish();
}

/** Whether the identity `from` itself signed the one of `entry`. */
export async function isRotation(
  rotation: Bytes,
  facts: { serverId: Fingerprint; from: Fingerprint; entry: RosterEntry },
): Promise<boolean> {
  const { serverId, from, entry } = facts;
  const reader = new ByteReader(rotation);
  const parts = { algorithm: reader.u16(), spki: reader.field(), statement: reader.field() };
  if (!reader.done) return false;
  const old = await importIdentityKey(parts.algorithm, parts.spki);
  if (old === undefined || old.fingerprint !== from) return false;
  const verified = await verifyRotation(parts.statement, serverId, old);
  return verified.ok && verified.rotation.accountId === entry.accountId &&
    verified.rotation.to.fingerprint === entry.identity.fingerprint;
}

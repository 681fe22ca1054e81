/**
 * Entries of a room's membership log: signed statements about who is in the room and who may say so (SR-32, SR-33). An entry is
 * carried in the authenticated data of a commit, where everybody reads it before the commit is processed. What it does is
 * in `membershipLog`; here it is made, read, and its signature checked. See docs/decisions/0020-rooms.md.
 *
 * On the wire: `u8 type ‖ statement`.
 */

import { ByteReader, type Bytes, ByteWriter } from "../../base/bytes.ts";
import { type AccountId, type DeviceId, type Fingerprint, fingerprint } from "../../base/ids.ts";
import { SIGNER } from "../statements/device_statement.ts";
import { signEd25519, verifyEd25519 } from "../keys/ed25519.ts";
import type { CertificateVerifier } from "../mls/certificates.ts";
import { type Failure, refused } from "../mls/messages.ts";
import { openStatement, signStatement, type StatementKind } from "../statements/statement.ts";
import {
  fieldCount,
  type Layout,
  readFields,
  writeFields,
} from "../statements/statement_fields.ts";
import { ENTRY_LAYOUTS, type EntryFacts } from "./entry_layouts.ts";

/** Who signed an entry: an account by one of its devices. */
export interface EntrySigner {
  readonly account: AccountId;
  readonly identity: Fingerprint;
  readonly device: DeviceId;
}

/** An entry whose signature holds. What it may do is for the membership log to say. */
export interface VerifiedEntry {
  readonly facts: EntryFacts;
  readonly signer: EntrySigner;
  readonly bytes: Bytes;
  /** SHA-256 of `bytes`. */
  readonly hash: Fingerprint;
}

/** With what this device signs. */
export interface EntryKeys {
  readonly serverId: Fingerprint;
  readonly account: AccountId;
  readonly certificateHash: Fingerprint;
  /** Its statement key, never its MLS key. */
  readonly statementPrivateKey: Bytes;
}

/** Signs an entry. */
export async function makeEntry(facts: EntryFacts, keys: EntryKeys): Promise<Bytes> {
  const { code, kind, fields }: { code: number; kind: StatementKind; fields: Layout } =
    ENTRY_LAYOUTS[facts.type];
  const statement = await signStatement(
    kind,
    keys.serverId,
    [...writeFields(fields, facts), ...writeFields(SIGNER, keys)],
    (message) => signEd25519(keys.statementPrivateKey, message),
  );
  return new ByteWriter().u8(code).raw(statement).finish();
}

/** Reads an entry and checks its signature; fails with the certificate that is to be fetched first. */
export async function verifyEntry(
  bytes: Bytes,
  verifier: CertificateVerifier,
): Promise<{ readonly kind: "verified"; readonly entry: VerifiedEntry } | Failure> {
  const code = new ByteReader(bytes).u8();
  const found = Object.entries(ENTRY_LAYOUTS).find(([, layout]) => layout.code === code);
  if (found === undefined) return refused("malformed");
  const [type, { kind, fields }] = found;
  const count = fieldCount(fields);
  const all = count + fieldCount(SIGNER);
  const opened = openStatement(kind, verifier.serverId, bytes.slice(1), all);
  if (!opened.ok) return refused("malformed");
  const said = readFields<Layout>(fields, opened.fields);
  const named = readFields(SIGNER, opened.fields.slice(count));
  if (said === undefined || named === undefined) return refused("malformed");
  const { account, certificateHash } = named;
  const certificate = await verifier.find(certificateHash);
  if (certificate === undefined) {
    return { kind: "missing-certificates", hashes: [certificateHash] };
  }
  if (certificate === "refused" || certificate.accountId !== account) {
    return refused("bad-credential");
  }
  const { statementKey, identity: { fingerprint: identity }, deviceId: device } = certificate;
  const isSigned = await opened.isSignedBy((message, signature) =>
    verifyEd25519(statementKey, message, signature)
  );
  if (!isSigned) return refused("bad-credential");
  // The cast: by the layout of this type.
  const facts = { type, ...said } as EntryFacts;
  const signer = { account, identity, device };
  const entry = { facts, signer, bytes: bytes.slice(), hash: await fingerprint(bytes) };
  return { kind: "verified", entry };
}

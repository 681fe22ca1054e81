/**
 * Signed statements (SR-02). What is signed always starts with the statement's own ASCII context ending in NUL, then the
 * version, the server id and length-prefixed fields; so no signature is of use in another place or on another server.
 *
 * On the wire: `u16 length ‖ version(2) ‖ server id(32) ‖ fields`, then `u16 length ‖ signature`.
 */

import { ByteReader, type Bytes, ByteWriter, concatBytes, utf8 } from "../../base/bytes.ts";
import { type Fingerprint, idBytes } from "../../base/ids.ts";

/**
 * The closed table of everything that is ever signed outside MLS and TLS. A kind is never used for two layouts, and a
 * context is never reused, not even for a statement that was given up.
 */
const CONTEXTS = {
  "device-certificate": "Heliograph v1 device certificate\0",
  "roster-entry": "Heliograph v1 roster entry\0",
  "identity-rotation": "Heliograph v1 identity rotation\0",
  "revocation": "Heliograph v1 revocation\0",
  "device-sign-in": "Heliograph v1 device sign-in\0",
  "broadcast": "Heliograph v1 broadcast\0",
  "invitation": "Heliograph v1 invitation\0",
  "room-policy": "Heliograph v1 room policy\0",
  "room-removal": "Heliograph v1 room removal\0",
  "room-opening": "Heliograph v1 room opening\0",
  "room-join": "Heliograph v1 room join\0",
  "presence": "Heliograph v1 presence\0",
  "stream-proof": "Heliograph v1 stream proof\0",
  "p2p-transcript": "Heliograph v1 p2p transcript\0",
  "ca-rotation": "Heliograph v1 CA rotation\0",
} as const;

/** What a statement is about. */
export type StatementKind = keyof typeof CONTEXTS;

/** All kinds. */
// Object.keys gives string[]; the table above has these keys and no others.
export const STATEMENT_KINDS = Object.keys(CONTEXTS) as readonly StatementKind[];

/** Version of all layouts of v1. */
const STATEMENT_VERSION = 1;

/** Signs with one key: an identity, a statement key, or the CA. */
export type Sign = (message: Bytes) => Promise<Bytes>;
/** Checks with one key; false for a wrong signature. */
export type Verify = (message: Bytes, signature: Bytes) => Promise<boolean>;

/** Why a statement is not believed. For logs and tests; people are told the same for all of them. */
export type StatementRefusal =
  | "malformed"
  | "unknown-version"
  | "wrong-server"
  | "unknown-algorithm"
  | "bad-field"
  | "bad-signature";

/** A statement taken apart, not yet believed. */
export type OpenedStatement =
  | {
    readonly ok: true;
    readonly fields: readonly Bytes[];
    /** Whether this key signed these fields as this kind of statement. Nothing may be believed before it says so. */
    isSignedBy(verify: Verify): Promise<boolean>;
  }
  | { readonly ok: false; readonly code: StatementRefusal };

function statementBody(serverId: Fingerprint, fields: readonly Uint8Array[]): Bytes {
  const body = new ByteWriter().u16(STATEMENT_VERSION).raw(idBytes(serverId));
  for (const field of fields) body.field(field);
  return body.finish();
}

/** The exact bytes that are signed. `serverId`: SHA-256 of the CA's public key (SubjectPublicKeyInfo). */
export function statementBytes(
  kind: StatementKind,
  serverId: Fingerprint,
  fields: readonly Uint8Array[],
): Bytes {
  return concatBytes(utf8(CONTEXTS[kind]), statementBody(serverId, fields));
}

/** Signs and packs a statement for the wire. */
export async function signStatement(
  kind: StatementKind,
  serverId: Fingerprint,
  fields: readonly Uint8Array[],
  sign: Sign,
): Promise<Bytes> {
  const signature = await sign(statementBytes(kind, serverId, fields));
  return new ByteWriter().field(statementBody(serverId, fields)).field(signature).finish();
}

/** Unpacks a statement of exactly `fieldCount` fields for this server. The signature is still to be checked. */
export function openStatement(
  kind: StatementKind,
  serverId: Fingerprint,
  bytes: Bytes,
  fieldCount: number,
): OpenedStatement {
  const outer = new ByteReader(bytes);
  const body = outer.field();
  const signature = outer.field();
  if (!outer.done) return { ok: false, code: "malformed" };
  const inner = new ByteReader(body);
  // Before the rest: another version may have any layout after its number.
  if (inner.u16() !== STATEMENT_VERSION) return { ok: false, code: "unknown-version" };
  const server = inner.raw(32);
  const fields: Bytes[] = [];
  for (let i = 0; i < fieldCount; i++) fields.push(inner.field());
  if (!inner.done) return { ok: false, code: "malformed" };
  const signed = statementBytes(kind, serverId, fields);
  // Equal bodies mean an equal server id; compared here to be able to say so.
  const expected = idBytes(serverId);
  if (server.some((byte, i) => byte !== expected[i])) return { ok: false, code: "wrong-server" };
  return { ok: true, fields, isSignedBy: (verify) => verify(signed, signature) };
}

/** A whole number as a field of eight bytes. */
export function numberField(value: number): Bytes {
  return new ByteWriter().u64(value).finish();
}

/** A small number, such as an algorithm id, as a field of two bytes. */
export function shortField(value: number): Bytes {
  return new ByteWriter().u16(value).finish();
}

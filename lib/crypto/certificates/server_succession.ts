/**
 * A server through all of its CAs (SR-50). The key of the first CA names the server for good; each CA named the next by a
 * signed statement. Whoever pinned any of them follows the statements to the one in use, and nobody else's.
 */

import type { Bytes } from "../../base/bytes.ts";
import type { Fingerprint } from "../../base/ids.ts";
import { SUCCESSION_PARTS_MAX } from "../../protocol/hop/server.ts";
import { P256_SIGN, readServerCertificate, type ServerCertificate } from "./server_certificate.ts";
import { type Sign, signStatement } from "../statements/statement.ts";
import { BYTES, NUMBER, openFacts, writeFields } from "../statements/statement_fields.ts";

/** Made by this file only: every statement in it was checked. */
export interface Succession {
  /** SHA-256 of the first CA's public key: what statements name the server by (SR-02). It never changes. */
  readonly serverId: Fingerprint;
  /** Oldest first; the last one is `present`. */
  readonly authorities: readonly ServerCertificate[];
  /** The CA in use. */
  readonly present: ServerCertificate;
  /** As hello carries it: the first CA's certificate (DER), then each statement. */
  readonly parts: readonly Bytes[];
}

const ROTATION = { der: BYTES, atMs: NUMBER } as const;

/** SR-50: the CA in use names the next one. `sign`: with the key of the CA in use. */
export async function extendSuccession(
  succession: Succession,
  to: ServerCertificate,
  { sign, nowMs }: { sign: Sign; nowMs: number },
): Promise<Succession> {
  const { serverId, authorities, parts } = succession;
  const statement = await signAuthorityRotation({ serverId, sign }, to, nowMs);
  return {
    serverId,
    authorities: [...authorities, to],
    present: to,
    parts: [...parts, statement],
  };
}

/** Reads what hello carries, or a file. Undefined unless each CA, from the first one on, signed its successor. */
export async function readSuccession(parts: readonly Bytes[]): Promise<Succession | undefined> {
  if (parts.length === 0 || parts.length > SUCCESSION_PARTS_MAX) return undefined;
  const [founder, ...statements] = parts;
  const first = await readServerCertificate(founder);
  if (first === undefined) return undefined;
  const serverId = first.keyFingerprint;
  const authorities = [first];
  const keys = new Set([serverId]);
  let present = first;
  for (const statement of statements) {
    const to = (await verifyAuthorityRotation({ serverId, from: present }, statement))?.to;
    // A key that was given up never comes back: else a thief of an old one could close a circle.
    if (to === undefined || keys.has(to.keyFingerprint)) return undefined;
    keys.add(to.keyFingerprint);
    authorities.push(to);
    present = to;
  }
  return { serverId, authorities, present, parts };
}

/** Whether the CA of this fingerprint is the one in use, or led to it. */
export function hasAuthority({ authorities }: Succession, fingerprint: Fingerprint): boolean {
  return authorities.some((authority) => authority.fingerprint === fingerprint);
}

/** The statement by which one CA's key names the next CA. `serverId`: of the first CA. */
export function signAuthorityRotation(
  from: { readonly serverId: Fingerprint; readonly sign: Sign },
  to: ServerCertificate,
  nowMs: number,
): Promise<Bytes> {
  const fields = writeFields(ROTATION, { der: to.der, atMs: nowMs });
  return signStatement("ca-rotation", from.serverId, fields, from.sign);
}

/** The next CA, or undefined when the statement is not by the key of `from`, or about another server. */
export async function verifyAuthorityRotation(
  { serverId, from }: { readonly serverId: Fingerprint; readonly from: ServerCertificate },
  statement: Bytes,
): Promise<{ to: ServerCertificate; atMs: number } | undefined> {
  const opened = openFacts("ca-rotation", serverId, statement, ROTATION);
  if (!opened.ok) return undefined;
  const { der, atMs } = opened.facts;
  const to = await readServerCertificate(der);
  if (to === undefined) return undefined;
  const isSigned = await opened.isSignedBy((message, signature) =>
    verifyP256(from.spki, message, signature)
  );
  return isSigned ? { to, atMs } : undefined;
}

const P256_IMPORT = { name: "ECDSA", namedCurve: "P-256" } as const;

async function verifyP256(spki: Bytes, message: Bytes, signature: Bytes): Promise<boolean> {
  if (signature.length !== 64) return false;
  try {
    const key = await crypto.subtle.importKey("spki", spki, P256_IMPORT, false, ["verify"]);
    return await crypto.subtle.verify(P256_SIGN, key, signature, message);
  } catch {
    // A point that is not on the curve.
    return false;
  }
}

/**
 * What the two sides of a direct connection prove to each other: that they know the token, which was only ever inside the
 * seal (SR-76). A proof says who says it, for which certificates and in which epoch, so that none can be turned round or
 * used elsewhere.
 */

import { asBytes, type Bytes, ByteWriter, utf8 } from "../../base/bytes.ts";
import { deriveMacKey, importRootKey } from "./kdf.ts";

/** The side that made the offer, or the one that answered it. */
export type DirectRole = "offering" | "answering";

/** What both sides agreed on inside the seal. */
export interface DirectTerms {
  /** 16 bytes. */
  readonly attempt: Bytes;
  /** 32 bytes, for this attempt only. */
  readonly token: Bytes;
  /** SHA-256 of the certificates, 32 bytes each. */
  readonly offering: Bytes;
  readonly answering: Bytes;
  /** Of the conversation, in which the offer was opened. */
  readonly epoch: number;
}

const PURPOSE = "Heliograph v1 direct proof\0";
const CONTEXT = utf8("Heliograph v1 direct\0");
const ROLES: Readonly<Record<DirectRole, number>> = { offering: 1, answering: 2 };

/** 32 bytes: HMAC-SHA-256 under a key from the token. */
export async function makeDirectProof(terms: DirectTerms, role: DirectRole): Promise<Bytes> {
  const proof = await crypto.subtle.sign("HMAC", await keyOf(terms), statement(terms, role));
  return asBytes(new Uint8Array(proof));
}

/** Whether the side of this role made it, for these terms. */
export async function isDirectProof(
  proof: Bytes,
  terms: DirectTerms,
  role: DirectRole,
): Promise<boolean> {
  return await crypto.subtle.verify("HMAC", await keyOf(terms), proof, statement(terms, role));
}

async function keyOf({ token }: DirectTerms): Promise<CryptoKey> {
  return await deriveMacKey(await importRootKey(token), { purpose: PURPOSE });
}

function statement({ attempt, offering, answering, epoch }: DirectTerms, role: DirectRole): Bytes {
  return new ByteWriter().raw(CONTEXT).u8(ROLES[role]).field(attempt).field(offering)
    .field(answering).u64(epoch).finish();
}

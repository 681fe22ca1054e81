/**
 * Safety numbers (SR-08): 60 digits that two people compare by voice or on paper. They cover the server, both accounts and
 * both identities, not devices: those are certified by the identity.
 */

import { sha256 } from "@noble/hashes/sha2.js";
import { ByteWriter, concatBytes, utf8 } from "../../base/bytes.ts";
import { type AccountId, type Fingerprint, idBytes } from "../../base/ids.ts";

/** One of the two people. */
export interface SafetyNumberSide {
  readonly accountId: AccountId;
  readonly identity: Fingerprint;
}

/** Not in the table of statements, since nothing signs it; the prefix keeps it apart from all of them. */
const CONTEXT = utf8("Heliograph v1 safety number\0");
const VERSION = 1;
/** Makes each try of a search for a look-alike number 5,200 times dearer; about 14 ms per side, measured. */
const ROUNDS = 5200;
const GROUPS_PER_SIDE = 6;

/** 30 digits: six groups of five, each from five bytes of the hash (as Signal's numeric fingerprint does). */
function digitsOf(serverId: Fingerprint, side: SafetyNumberSide): string {
  const identity = idBytes(side.identity);
  const start = new ByteWriter().raw(CONTEXT).u16(VERSION).raw(idBytes(serverId))
    .text(side.accountId).field(identity).finish();
  let hash: Uint8Array = sha256(start);
  for (let round = 1; round < ROUNDS; round++) hash = sha256(concatBytes(hash, identity));
  let digits = "";
  for (let group = 0; group < GROUPS_PER_SIDE; group++) {
    let value = 0;
    for (const byte of hash.subarray(group * 5, group * 5 + 5)) value = value * 256 + byte;
    digits += (value % 100_000).toString().padStart(5, "0");
  }
  return digits;
}

/** 60 digits, the same on both sides. `serverId` is 32 zero bytes where there is no server (SR-78). */
export function safetyNumber(
  serverId: Fingerprint,
  mine: SafetyNumberSide,
  theirs: SafetyNumberSide,
): string {
  return [digitsOf(serverId, mine), digitsOf(serverId, theirs)].sort().join("");
}

/** Whether a number that somebody typed is this one: all 60 digits, blanks and line ends ignored, nothing else. */
export function isSameSafetyNumber(typed: string, digits: string): boolean {
  const plain = typed.replace(/\s+/g, "");
  return digits.length === 60 && plain === digits;
}

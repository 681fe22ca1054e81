/**
 * The two Ed25519 keys of a device (SR-01): one signs MLS structures only, the other everything else that a device signs
 * (sign-in, broadcasts, invitations, direct handshakes).
 */

import { ByteReader, type Bytes, ByteWriter } from "../../base/bytes.ts";
import type { Random } from "../../base/random.ts";
import {
  ED25519_KEY_BYTES,
  ed25519KeyPair,
  generateEd25519,
  type SigningKeyPair,
} from "../keys/ed25519.ts";

/** Both pairs of one device. They are never equal. */
export interface DeviceKeys {
  readonly mls: SigningKeyPair;
  readonly statement: SigningKeyPair;
}

/** Leading format number of the stored keys (SR-31). */
const FORMAT = 1;

/** `newer-format`: a later version wrote it; leave it alone. */
export type DecodedDeviceKeys =
  | { readonly ok: true; readonly keys: DeviceKeys }
  | { readonly ok: false; readonly code: "newer-format" | "malformed" };

/** New keys, which are of use once the identity has certified them. */
export async function generateDeviceKeys(random: Random): Promise<DeviceKeys> {
  return { mls: await generateEd25519(random), statement: await generateEd25519(random) };
}

/** Secret bytes: they belong into the sealed key store only. */
export function encodeDeviceKeys(keys: DeviceKeys): Bytes {
  return new ByteWriter().u16(FORMAT).field(keys.mls.privateKey).field(keys.statement.privateKey)
    .finish();
}

/** Reads what `encodeDeviceKeys` wrote. */
export async function decodeDeviceKeys(bytes: Bytes): Promise<DecodedDeviceKeys> {
  const reader = new ByteReader(bytes);
  const format = reader.u16();
  // Bytes that are too few for it read as format 0.
  if (format > FORMAT) return { ok: false, code: "newer-format" };
  const mls = reader.field();
  const statement = reader.field();
  if (
    format !== FORMAT || !reader.done || mls.length !== ED25519_KEY_BYTES ||
    statement.length !== ED25519_KEY_BYTES
  ) return { ok: false, code: "malformed" };
  return {
    ok: true,
    keys: { mls: await ed25519KeyPair(mls), statement: await ed25519KeyPair(statement) },
  };
}

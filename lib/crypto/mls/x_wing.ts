/**
 * X-Wing (draft-connolly-cfrg-xwing-kem, §5) whose X25519 is the runtime's own. The library computes it with BigInt: not in
 * constant time, and five to ten times as long, which was most of what making a key package or reading a Welcome took
 * (decision 0120).
 */

import { createPrivateKey, createPublicKey, diffieHellman } from "node:crypto";
import { Buffer } from "node:buffer";
import { CipherSuite } from "@hpke/core";
import { XWing } from "@hpke/hybridkem-x-wing";
import type { CiphersuiteImpl } from "ts-mls";
import type { HpkeAlgorithm } from "ts-mls/crypto/hpke.js";
import { makeAead } from "ts-mls/crypto/implementation/default/makeAead.js";
import { makeKdf } from "ts-mls/crypto/implementation/default/makeKdfImpl.js";
import { makeGenericHpke } from "ts-mls/crypto/implementation/hpke.js";
import { CryptoError } from "../../base/errors.ts";

/** Length of a private key, a public key and a shared secret. */
const KEY_BYTES = 32;

/** What stands before a raw private key in PKCS #8 (RFC 8410 §7), and before a public one in SPKI (§4). */
const PKCS8_HEAD = Buffer.from("302e020100300506032b656e04220420", "hex");
const SPKI_HEAD = Buffer.from("302a300506032b656e032100", "hex");

/** The HPKE of a suite with X-Wing. */
export async function makeXWingHpke(algorithm: HpkeAlgorithm): Promise<CiphersuiteImpl["hpke"]> {
  const [sealing, aead] = await makeAead(algorithm.aead);
  const suite = new CipherSuite({ kem: new NativeXWing(), kdf: makeKdf(algorithm.kdf), aead });
  return await makeGenericHpke(algorithm, sealing, suite);
}

/** The library's X-Wing, but for X25519. */
export class NativeXWing extends XWing {
  constructor() {
    super();
    // Of what the library has there it calls `derive` alone.
    this._x25519 = { derive } as unknown as typeof this._x25519;
  }
}

/** X25519 (RFC 7748 §6.1). Throws for what is no key, and for a point of small order, which makes all secrets equal. */
function derive(privateKey: Uint8Array, publicKey: Uint8Array): Promise<Uint8Array> {
  // Deno 2.4.2 ends the whole process for a key of another length.
  if (privateKey.length !== KEY_BYTES || publicKey.length !== KEY_BYTES) {
    throw new CryptoError("bad-key", "Cannot use the key: one of X25519 has 32 bytes");
  }
  const shared = diffieHellman({
    privateKey: createPrivateKey({
      key: Buffer.concat([PKCS8_HEAD, privateKey]),
      format: "der",
      type: "pkcs8",
    }),
    publicKey: createPublicKey({
      key: Buffer.concat([SPKI_HEAD, publicKey]),
      format: "der",
      type: "spki",
    }),
  });
  if (shared.every((byte) => byte === 0)) {
    throw new CryptoError("bad-key", "Cannot use the key: it is a point of small order");
  }
  return Promise.resolve(new Uint8Array(shared));
}

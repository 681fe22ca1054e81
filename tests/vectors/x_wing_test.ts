/** X-Wing with the runtime's X25519: the draft's vectors, and the implementation that it is made of. */

import { equal, rejects } from "node:assert/strict";
import { XWing } from "@hpke/hybridkem-x-wing";
import { decodeHex, encodeHex } from "../../lib/base/bytes.ts";
import { NativeXWing } from "../../lib/crypto/mls/x_wing.ts";

interface Vector {
  readonly sk: string;
  readonly eseed: string;
  readonly ss: string;
}

const { vectors }: { readonly vectors: readonly Vector[] } = JSON.parse(
  await Deno.readTextFile(new URL("x_wing.json", import.meta.url)),
);
const kem = new NativeXWing();

/** What X25519 takes in a ciphertext: its last 32 bytes. */
const CURVE_BYTES = 32;

function hex(text: string): Uint8Array<ArrayBuffer> {
  const bytes = decodeHex(text);
  if (bytes === undefined) throw new Error("the vectors are hexadecimal");
  return bytes;
}

function hexOf(buffer: ArrayBuffer): string {
  return encodeHex(new Uint8Array(buffer));
}

Deno.test("X-Wing: both sides come to the secrets of the draft's appendix C", async () => {
  equal(vectors.length, 2);
  for (const { sk, eseed, ss } of vectors) {
    const pair = await kem.generateKeyPairDerand(hex(sk));
    const sealed = await kem.encap({ recipientPublicKey: pair.publicKey, ekm: hex(eseed) });
    equal(hexOf(sealed.sharedSecret), ss);
    equal(hexOf(await kem.decap({ recipientKey: pair.privateKey, enc: sealed.enc })), ss);
  }
});

Deno.test("X-Wing: keys, ciphertexts and secrets are the library's", async () => {
  const library = new XWing();
  for (let round = 0; round < 8; round++) {
    const seed = crypto.getRandomValues(new Uint8Array(32));
    const ekm = crypto.getRandomValues(new Uint8Array(64));
    const [own, foreign] = await Promise.all(
      [kem, library].map((each) => each.generateKeyPairDerand(seed)),
    );
    const publicKey = await kem.serializePublicKey(own.publicKey);
    equal(hexOf(publicKey), hexOf(await library.serializePublicKey(foreign.publicKey)));
    const there = await library.encap({ recipientPublicKey: foreign.publicKey, ekm });
    const here = await kem.encap({ recipientPublicKey: own.publicKey, ekm });
    equal(hexOf(here.enc), hexOf(there.enc));
    equal(hexOf(here.sharedSecret), hexOf(there.sharedSecret));
    const opened = await kem.decap({ recipientKey: own.privateKey, enc: there.enc });
    equal(hexOf(opened), hexOf(there.sharedSecret));
  }
});

Deno.test("X-Wing: a point of small order is refused on both sides, as the library does", async () => {
  const pair = await kem.generateKeyPair();
  const raw = new Uint8Array(await kem.serializePublicKey(pair.publicKey));
  const { enc } = await kem.encap({ recipientPublicKey: pair.publicKey });
  const small = new Uint8Array(enc.slice(0));
  // RFC 7748, section 6.1: with 0 all secrets are equal.
  small.fill(0, small.length - CURVE_BYTES);
  raw.fill(0, raw.length - CURVE_BYTES);
  for (const each of [kem, new XWing()]) {
    const recipientPublicKey = await each.deserializePublicKey(raw.buffer);
    await rejects(each.encap({ recipientPublicKey }), { name: "EncapError" });
    const recipientKey = await each.deserializePrivateKey(
      await kem.serializePrivateKey(pair.privateKey),
    );
    await rejects(each.decap({ recipientKey, enc: small.buffer }), { name: "DecapError" });
  }
});

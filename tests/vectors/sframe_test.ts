/** RFC 9605 appendix C: the header, and both suites with AES-GCM. */

import { equal } from "node:assert/strict";
import { decodeHex, encodeHex } from "../../lib/base/bytes.ts";
import {
  decodeSFrameHeader,
  encodeSFrameHeader,
  SFRAME_AES_128,
  SFRAME_AES_256,
  SFrameOpener,
  SFrameSealer,
} from "../../lib/crypto/sealing/sframe.ts";

interface Vectors {
  readonly header: readonly {
    readonly kid: string;
    readonly ctr: string;
    readonly encoded: string;
  }[];
  readonly sframe: readonly {
    readonly suite: number;
    readonly kid: string;
    readonly ctr: string;
    readonly baseKey: string;
    readonly metadata: string;
    readonly plaintext: string;
    readonly ciphertext: string;
  }[];
}

const { header, sframe }: Vectors = JSON.parse(
  await Deno.readTextFile(new URL("sframe.json", import.meta.url)),
);
const SUITES = [SFRAME_AES_128, SFRAME_AES_256];

function hex(text: string): Uint8Array<ArrayBuffer> {
  const bytes = decodeHex(text);
  if (bytes === undefined) throw new Error("the vectors are hexadecimal");
  return bytes;
}

Deno.test("SFrame writes and reads all published headers", () => {
  equal(header.length, 289);
  for (const { kid, ctr, encoded } of header) {
    equal(encodeHex(encodeSFrameHeader(BigInt(kid), BigInt(ctr))), encoded);
    const read = decodeSFrameHeader(hex(encoded));
    equal(read?.keyId, BigInt(kid));
    equal(read?.counter, BigInt(ctr));
    equal(read?.length, encoded.length / 2);
  }
});

for (const suite of SUITES) {
  Deno.test(`SR-65: SFrame suite ${suite.id} seals and opens the published frame`, async () => {
    const vector = sframe.find((one) => one.suite === suite.id);
    if (vector === undefined) throw new Error("the vector is missing");
    const sealer = await SFrameSealer.open(suite, BigInt(vector.kid), hex(vector.baseKey));
    sealer.skipTo(BigInt(vector.ctr));
    const sealed = await sealer.seal(hex(vector.metadata), hex(vector.plaintext));
    equal(encodeHex(sealed), vector.ciphertext);
    const opener = await SFrameOpener.open(suite, BigInt(vector.kid), hex(vector.baseKey));
    equal(
      encodeHex(await opener.open(hex(vector.metadata), hex(vector.ciphertext))),
      vector.plaintext,
    );
  });
}

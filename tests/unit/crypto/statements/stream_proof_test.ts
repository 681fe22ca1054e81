/** What a device signs of what it streams, and what of that is no proof. */

import { deepEqual, equal, ok } from "node:assert/strict";
import { systemRandom } from "../../../../lib/base/random.ts";
import { idBytes, type StreamId } from "../../../../lib/base/ids.ts";
import { signDeviceStatement } from "../../../../lib/crypto/statements/device_statement.ts";
import { numberField } from "../../../../lib/crypto/statements/statement.ts";
import {
  makeStreamProof,
  openStreamProof,
} from "../../../../lib/crypto/statements/stream_proof.ts";
import { STREAM_PROOF_UNITS } from "../../../../lib/protocol/peer/stream.ts";
import { Directory, person, SERVER_ID } from "../../../kit/devices.ts";
import { NOW_MS } from "../../../kit/groups.ts";

const STREAM = "ab".repeat(16) as StreamId;
const OTHER = "cd".repeat(16) as StreamId;
const ABOUT = { serverId: SERVER_ID, stream: STREAM };

async function signerOf(name: string) {
  const device = await new Directory().device(await person(name, 0), NOW_MS);
  return {
    serverId: SERVER_ID,
    account: device.person.accountId,
    certificateHash: device.own.certificateHash,
    privateKey: device.keys.statement.privateKey,
  };
}

Deno.test("a proof says which units it covers, of its stream only", async () => {
  const signer = await signerOf("alice");
  const hashes = [systemRandom.bytes(32), systemRandom.bytes(32)];
  const bytes = await makeStreamProof(signer, { stream: STREAM, first: 7, hashes });
  const opened = openStreamProof(bytes, ABOUT);
  ok("proof" in opened);
  deepEqual(opened.proof, { first: 7, hashes });
  const elsewhere = openStreamProof(bytes, { ...ABOUT, stream: OTHER });
  deepEqual(elsewhere, { ok: false, code: "bad-field" });
});

const HASH = systemRandom.bytes(32);
const FIELDS: Readonly<Record<string, readonly Uint8Array[]>> = {
  "no hash": [idBytes(STREAM), numberField(0), new Uint8Array(0)],
  "a hash and a half": [idBytes(STREAM), numberField(0), new Uint8Array(48)],
  "more hashes than a proof has": [
    idBytes(STREAM),
    numberField(0),
    new Uint8Array(32 * (STREAM_PROOF_UNITS + 1)),
  ],
  "a counter of three bytes": [idBytes(STREAM), new Uint8Array(3), HASH],
  "a counter that no number holds": [idBytes(STREAM), new Uint8Array(8).fill(255), HASH],
};

for (const [what, fields] of Object.entries(FIELDS)) {
  Deno.test(`signed, and no proof: ${what}`, async () => {
    const bytes = await signDeviceStatement("stream-proof", await signerOf("alice"), fields);
    const opened = openStreamProof(bytes, ABOUT);
    equal("code" in opened && opened.code, "bad-field");
  });
}

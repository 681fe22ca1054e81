/** SR-78: who one is, proved to one another without a server, over what both saw of one connection. */

import { equal } from "node:assert/strict";
import type { Bytes } from "../../../../lib/base/bytes.ts";
import { systemRandom } from "../../../../lib/base/random.ts";
import {
  type PeerRole,
  type PeerTranscript,
  signPeerProof,
  verifyPeerProof,
} from "../../../../lib/crypto/statements/peer_proof.ts";
import { type Device, Directory, fingerprintOf, person } from "../../../kit/devices.ts";
import { NOW_MS } from "../../../kit/groups.ts";

const directory = new Directory();
const ALICE = await directory.device(await person("alice", 0), NOW_MS);
const ALICES_OTHER = await directory.device(await person("alice", 0), NOW_MS);
const MALLORY = await directory.device(await person("mallory", 1), NOW_MS);

const side = ({ certificate }: Device, tls: string) => ({
  nonce: systemRandom.bytes(32),
  certificateHash: certificate.hash,
  tlsFingerprint: fingerprintOf(tls),
});

/** Mallory listens; alice has dialled. */
const SEEN: PeerTranscript = {
  version: 1,
  dialler: side(ALICE, "aa"),
  acceptor: side(MALLORY, "bb"),
};

/** What `device` signs as alice's proof. */
async function proofOf(
  device: Device,
  { role = "dialler", transcript = SEEN }: { role?: PeerRole; transcript?: PeerTranscript } = {},
): Promise<Bytes> {
  const { person: { accountId: account }, keys } = device;
  return await signPeerProof(role, transcript, {
    account,
    privateKey: keys.statement.privateKey,
  });
}

const isTaken = (proof: Bytes, { certificate }: Device = ALICE) =>
  verifyPeerProof("dialler", SEEN, { certificate, proof });

Deno.test("SR-78: the device that dialled proves itself over what both saw", async () => {
  equal(await isTaken(await proofOf(ALICE)), true);
});

const { dialler, acceptor } = SEEN;
const OTHERS: Readonly<Record<string, PeerTranscript>> = {
  "another version": { ...SEEN, version: 2 },
  "another nonce of the dialler": {
    ...SEEN,
    dialler: { ...dialler, nonce: systemRandom.bytes(32) },
  },
  "another nonce of the acceptor": {
    ...SEEN,
    acceptor: { ...acceptor, nonce: systemRandom.bytes(32) },
  },
  "another channel, as with somebody in the middle": {
    ...SEEN,
    acceptor: { ...acceptor, tlsFingerprint: fingerprintOf("cc") },
  },
  "another acceptor": {
    ...SEEN,
    acceptor: { ...acceptor, certificateHash: ALICES_OTHER.certificate.hash },
  },
  "the two sides exchanged": { ...SEEN, dialler: acceptor, acceptor: dialler },
};

for (const [what, transcript] of Object.entries(OTHERS)) {
  Deno.test(`SR-78: a proof over ${what} is none`, async () => {
    equal(await isTaken(await proofOf(ALICE, { transcript })), false);
  });
}

Deno.test("SR-78: a proof that comes back to its maker is none", async () => {
  equal(await isTaken(await proofOf(ALICE, { role: "acceptor" })), false);
});

Deno.test("SR-78: nobody proves themselves by the keys or the certificate of another device", async () => {
  // By keys that are not alice's.
  equal(await isTaken(await proofOf(MALLORY)), false);
  // By her other device, which shows its own certificate: the connection began with another one.
  const transcript = {
    ...SEEN,
    dialler: { ...dialler, certificateHash: ALICES_OTHER.certificate.hash },
  };
  const proof = await proofOf(ALICES_OTHER, { transcript });
  equal(await isTaken(proof, ALICES_OTHER), false);
  equal(await isTaken(proof), false);
  // It signs what was seen, and names itself for that: the hash is read for the name first, then for what was seen.
  let reads = 0;
  const named = {
    ...dialler,
    get certificateHash() {
      return (reads++ === 0 ? ALICES_OTHER : ALICE).certificate.hash;
    },
  };
  const crossed = await proofOf(ALICES_OTHER, { transcript: { ...SEEN, dialler: named } });
  equal(await isTaken(crossed, ALICES_OTHER), false);
});

Deno.test("SR-78: a proof that was changed or cut is none", async () => {
  const proof = await proofOf(ALICE);
  for (const at of [0, 20, proof.length - 1]) {
    const changed = proof.slice();
    changed[at] ^= 1;
    equal(await isTaken(changed), false);
  }
  equal(await isTaken(proof.slice(0, -1)), false);
  equal(await isTaken(new Uint8Array(0)), false);
});

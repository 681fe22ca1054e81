import { deepEqual, equal } from "node:assert/strict";
import type { Bytes } from "../../../../lib/base/bytes.ts";
import { newConversationId, newStreamId } from "../../../../lib/base/ids.ts";
import { systemRandom } from "../../../../lib/base/random.ts";
import { type ProofWitnesses, verifyProof } from "../../../../lib/client/streams/watching_parts.ts";
import { makeStreamProof } from "../../../../lib/crypto/statements/stream_proof.ts";
import {
  type Device,
  Directory,
  OTHER_SERVER_ID,
  person,
  SERVER_ID,
} from "../../../kit/devices.ts";

const NOW_MS = 1_800_000_000_000;
const HASHES = [new Uint8Array(32).fill(7), new Uint8Array(32).fill(9)];

const directory = new Directory();
const alice = await directory.device(await person("alice", 0), NOW_MS);
const desk = await directory.device(alice.person, NOW_MS);
const bob = await directory.device(await person("bob", 1), NOW_MS);
/** Certified by alice, and no member of the group. */
const outside = await directory.device(alice.person, NOW_MS);
const MEMBERS = [alice, desk, bob];

const conversation = newConversationId(systemRandom);
const stream = newStreamId(systemRandom);

/** A group of all three, as alice's watcher knows it. */
const witnesses: ProofWitnesses = {
  profile: { own: { serverId: SERVER_ID } },
  groups: {
    load: (id) =>
      Promise.resolve(
        id !== conversation ? undefined : {
          state: {
            members: MEMBERS.map(({ person, certificate }, leafIndex) => ({
              leafIndex,
              accountId: person.accountId,
              deviceId: certificate.deviceId,
              identity: person.identity.key.fingerprint,
              certificateHash: certificate.hash,
              mlsKey: certificate.mlsKey,
            })),
          },
        },
      ),
  },
  directory,
};

/** A proof in the name of `named`, signed by the key of `signs`. */
function proof(
  named: Device,
  { signs = named, serverId = SERVER_ID, id = stream } = {},
): Promise<Bytes> {
  const { person: { accountId }, certificate } = named;
  const { privateKey } = signs.keys.statement;
  return makeStreamProof(
    { serverId, account: accountId, certificateHash: certificate.hash, privateKey },
    { stream: id, first: 3, hashes: HASHES },
  );
}

/** What a proof says of alice's stream. */
function judge(statement: Bytes, from = alice) {
  const { deviceId: device } = from.certificate;
  return verifyProof(witnesses, { id: stream, conversation, device }, statement);
}

Deno.test("SR-66: a stream is proven by the key of the device that sends it", async () => {
  const proven = await judge(await proof(alice));
  deepEqual(proven, { first: 3, hashes: HASHES });
});

Deno.test("SR-66: a proof with a forged signature proves nothing", async () => {
  // Everything in it is right, and any member can write it.
  equal(await judge(await proof(alice, { signs: bob })), undefined);
  equal(await judge(await proof(alice, { signs: desk })), undefined);
  const changed = await proof(alice);
  changed[changed.length - 1] ^= 1;
  equal(await judge(changed), undefined);
});

Deno.test("SR-66: a proof counts from the sending device alone, not from another member's or the account's other device", async () => {
  equal(await judge(await proof(bob)), undefined);
  equal(await judge(await proof(desk)), undefined);
  equal(await judge(await proof(outside)), undefined);
  equal(await judge(await proof(outside), outside), undefined, "it is in no group");
});

Deno.test("SR-66: a proof of another stream or server, and one whose certificate is not here, prove nothing", async () => {
  equal(await judge(await proof(alice, { id: newStreamId(systemRandom) })), undefined);
  equal(await judge(await proof(alice, { serverId: OTHER_SERVER_ID })), undefined);
  const bytes = directory.certificates.get(alice.certificate.hash);
  directory.certificates.delete(alice.certificate.hash);
  const judged = await judge(await proof(alice));
  if (bytes !== undefined) directory.certificates.set(alice.certificate.hash, bytes);
  equal(judged, undefined);
});

/** What is kept of people's authorities, so that they are known again by QUIC without being asked what they show (SR-78). */

import { deepEqual, equal, ok } from "node:assert/strict";
import { encodeBase64 } from "../../../../lib/base/bytes.ts";
import type { Fingerprint } from "../../../../lib/base/ids.ts";
import { systemRandom } from "../../../../lib/base/random.ts";
import { AddressBook, type Meeting } from "../../../../lib/client/p2p/address_book.ts";
import type { MetPeer } from "../../../../lib/client/p2p/handshake.ts";
import { NodeStore } from "../../../../lib/client/p2p/node_store.ts";
import { Authority } from "../../../../lib/crypto/certificates/authority.ts";
import { parsePem } from "../../../../lib/crypto/certificates/der.ts";
import { certificateOf, NOW_MS, ownPeer } from "./peers_kit.ts";

const THERE = { host: "192.0.2.1", port: 8090 };
const ELSEWHERE = { host: "192.0.2.2", port: 8090 };
const byHand: Meeting = { address: THERE, isByInvite: false };

async function makeChannel() {
  const { authority, files } = await Authority.create({ nowMs: NOW_MS, random: systemRandom });
  return { caPem: files.certificate, fingerprint: authority.certificate.fingerprint };
}

async function met(name: string, which: number, tlsFingerprint: Fingerprint): Promise<MetPeer> {
  const own = await ownPeer(name, which);
  return {
    // Only what is written down.
    entry: {
      accountId: own.account,
      accountName: own.name,
      identity: own.identity.key,
      sequence: 1,
    },
    certificate: { deviceId: own.device, bytes: own.certificate } as MetPeer["certificate"],
    rosterEntry: own.rosterEntry,
    tlsFingerprint,
    port: undefined,
    version: 1,
  };
}

/** A store in a folder of its own, and its book as each run of a program reads it. */
async function openBooks() {
  const folder = await Deno.makeTempDir({ dir: "tests/tmp" });
  const store = await NodeStore.open(folder, systemRandom.bytes(32), systemRandom);
  return {
    store,
    read: () => AddressBook.open(store, systemRandom),
    async [Symbol.asyncDispose]() {
      store.close();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

Deno.test("SR-78: an authority that was shown is known in the next run too, at its place and by its fingerprint", async () => {
  await using books = await openBooks();
  const channel = await makeChannel();
  const book = await books.read();
  const julia = await met("julia", 1, channel.fingerprint);
  await book.learn(julia, byHand);
  equal(book.authorityAt(THERE, undefined), undefined, "whoever came here has shown none");
  await book.learn(julia, { ...byHand, channel });
  for (const known of [book, await books.read()]) {
    deepEqual(known.authorityAt(THERE, undefined), channel);
    deepEqual(known.authorityAt(ELSEWHERE, channel.fingerprint), channel);
    equal(known.authorityAt(ELSEWHERE, undefined), undefined);
    equal(known.authorityAt(THERE, await certificateOf("mallory")), undefined);
  }
  // They come by themselves: nothing is forgotten of what they show.
  await book.learn(julia, byHand);
  deepEqual(book.authorityAt(THERE, undefined), channel);
});

Deno.test("SR-78: an authority does not outlive its fingerprint", async () => {
  await using books = await openBooks();
  const channel = await makeChannel();
  const book = await books.read();
  await book.learn(await met("julia", 1, channel.fingerprint), { ...byHand, channel });
  const other = await makeChannel();
  await book.learn(await met("julia", 1, other.fingerprint), byHand);
  equal(book.authorityAt(THERE, undefined), undefined);
  equal(book.authorityAt(THERE, channel.fingerprint), undefined);
});

Deno.test("SR-78: a stored authority that is not the pinned one vouches for nobody, and a record without one still reads", async () => {
  await using books = await openBooks();
  const [channel, other] = [await makeChannel(), await makeChannel()];
  const book = await books.read();
  const { identity } = await book.learn(
    await met("julia", 1, channel.fingerprint),
    { ...byHand, channel },
  );
  const [stored] = await books.store.peers() as { authority?: string }[];
  const der = parsePem("CERTIFICATE", channel.caPem);
  const foreign = parsePem("CERTIFICATE", other.caPem);
  ok(der !== undefined && foreign !== undefined);
  equal(stored.authority, encodeBase64(der));
  for (const authority of [encodeBase64(foreign), "", "no base64", undefined]) {
    await books.store.putPeer(identity, { ...stored, authority });
    const read = await books.read();
    equal(read.list()[0].name, "julia");
    equal(read.authorityAt(THERE, undefined), undefined);
  }
});

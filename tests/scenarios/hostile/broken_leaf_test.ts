/** A member whose own leaf cannot be encrypted to: nobody can renew the keys of such a group (SR-24). */

import assert from "node:assert/strict";
import { createCommit, createGroup, decodeMlsMessage, type LeafNode } from "ts-mls";
import { signLeafNodeKeyPackage } from "ts-mls/leafNode.js";
import type { Bytes } from "../../../lib/base/bytes.ts";
import {
  type ConversationId,
  idBytes,
  newConversationId,
  newEnvelopeId,
} from "../../../lib/base/ids.ts";
import { systemRandom } from "../../../lib/base/random.ts";
import { ownDevice } from "../../../lib/client/profile/profile.ts";
import { generateKeyPackage, privatePackageOf } from "../../../lib/crypto/mls/key_package.ts";
import { DEFAULT_SUITE, suiteOf } from "../../../lib/crypto/mls/suite.ts";
import { joinSections, splitSections } from "../../../lib/protocol/sections.ts";
import { bytesOf, LAX } from "../../kit/hostile.ts";
import { openPair, type TestClient } from "../../kit/test_client.ts";

type KeyPackageLeaf = LeafNode & { leafNodeSource: "key_package" };

/** A Welcome to a group whose founder's leaf has a key of three bytes, under a signature that holds. */
async function brokenWelcome(
  eve: TestClient,
  conversation: ConversationId,
  keyPackage: Bytes,
): Promise<Bytes> {
  const cipherSuite = await suiteOf(DEFAULT_SUITE);
  const device = ownDevice(eve.client.profile);
  const nowMs = eve.world.clock.nowMs();
  const own = await generateKeyPackage(device, { suite: DEFAULT_SUITE, nowMs });
  const { signature: _signature, ...leaf } = own.keyPackage.leafNode as KeyPackageLeaf;
  const leafNode = await signLeafNodeKeyPackage(
    { ...leaf, hpkePublicKey: Uint8Array.of(1, 2, 3) } as Parameters<
      typeof signLeafNodeKeyPackage
    >[0],
    device.mlsKeys.privateKey,
    cipherSuite.signature,
  );
  const founder = { ...own.keyPackage, leafNode };
  const keys = privatePackageOf(own, device);
  const id = idBytes(conversation);
  const state = await createGroup(id, founder, keys, [], cipherSuite, LAX);
  const message = decodeMlsMessage(keyPackage, 0)?.[0];
  assert(message?.wireformat === "mls_key_package");
  const { welcome } = await createCommit({ state, cipherSuite }, {
    extraProposals: [{ proposalType: "add", add: { keyPackage: message.keyPackage } }],
    ratchetTreeExtension: true,
  });
  assert(welcome !== undefined);
  return bytesOf({ version: "mls10", wireformat: "mls_welcome", welcome });
}

Deno.test("SR-24: a conversation whose keys nobody can renew stops no other one", async () => {
  await using pair = await openPair();
  const { world, alice: eve, bob } = pair;
  const carol = await (await world.client("carol", 2)).connect();
  const { link } = eve.client;
  const { fields, payload } = await link.ask("keys.fetch", { account: bob.account });
  const [keyPackage] = splitSections(payload, fields.sizes, 2);
  const conversation = newConversationId(systemRandom);
  const welcome = await brokenWelcome(eve, conversation, keyPackage);
  const body = joinSections([welcome, new Uint8Array(1)]);
  await link.ask("relay.open", {
    conversation,
    peer: bob.account,
    added: fields.device,
    epoch: 1,
    envelope: newEnvelopeId(systemRandom),
    number: 1,
    sizes: body.sizes,
  }, body.payload);
  await carol.say(bob, "hello from carol");
  await bob.client.sync();
  assert.equal(bob.messenger.conversations.isKnown(conversation), true);
  assert.deepEqual(await bob.received(), ["hello from carol"]);
  await bob.connect();
  await carol.say(bob, "and again");
  await bob.client.sync();
  assert.deepEqual(await bob.received(), ["hello from carol", "and again"]);
});

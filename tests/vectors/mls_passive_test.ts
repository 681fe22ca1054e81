/** RFC 9420 vectors of a passive client: it joins, and follows the commits of other implementations. */

import assert from "node:assert/strict";
import {
  acceptAll,
  bytesToBase64,
  type ClientState,
  decodeMlsMessage,
  joinGroup,
  makePskIndex,
  processMessage,
} from "ts-mls";
import { decodeRatchetTree } from "ts-mls/ratchetTree.js";
import { encodeHex } from "../../lib/base/bytes.ts";
import { suiteOf } from "../../lib/crypto/mls/suite.ts";
import { FAST } from "../kit/groups.ts";
import { hex, vectors } from "./mls_vectors.ts";

const suite = await suiteOf(FAST);

interface Passive {
  external_psks: { psk_id: string; psk: string }[];
  key_package: string;
  signature_priv: string;
  encryption_priv: string;
  init_priv: string;
  welcome: string;
  ratchet_tree: string | null;
  initial_epoch_authenticator: string;
  epochs: { proposals: string[]; commit: string; epoch_authenticator: string }[];
}

function readMessage(text: string) {
  const message = decodeMlsMessage(hex(text), 0)?.[0];
  assert.ok(message !== undefined);
  return message;
}

function pskTable({ external_psks }: Passive): Record<string, Uint8Array> {
  return Object.fromEntries(
    external_psks.map(({ psk_id, psk }) => [bytesToBase64(hex(psk_id)), hex(psk)]),
  );
}

async function join(vector: Passive): Promise<ClientState> {
  const packed = readMessage(vector.key_package);
  const message = readMessage(vector.welcome);
  assert.ok(packed.wireformat === "mls_key_package" && message.wireformat === "mls_welcome");
  const tree = vector.ratchet_tree === null
    ? undefined
    : decodeRatchetTree(hex(vector.ratchet_tree), 0)?.[0];
  return await joinGroup(
    message.welcome,
    packed.keyPackage,
    {
      initPrivateKey: hex(vector.init_priv),
      hpkePrivateKey: hex(vector.encryption_priv),
      signaturePrivateKey: hex(vector.signature_priv),
    },
    makePskIndex(undefined, pskTable(vector)),
    suite,
    tree,
  );
}

async function follow(vector: Passive): Promise<void> {
  let state = await join(vector);
  const authenticator = () => encodeHex(state.keySchedule.epochAuthenticator);
  assert.equal(authenticator(), vector.initial_epoch_authenticator);
  for (const epoch of vector.epochs) {
    for (const text of [...epoch.proposals, epoch.commit]) {
      const message = readMessage(text);
      assert.ok(
        message.wireformat === "mls_private_message" || message.wireformat === "mls_public_message",
      );
      const psks = makePskIndex(state, pskTable(vector));
      state = (await processMessage(message, state, psks, acceptAll, suite)).newState;
    }
    assert.equal(authenticator(), epoch.epoch_authenticator);
  }
}

for (const name of ["passive-client-welcome", "passive-client-handling-commit"]) {
  Deno.test({
    name: `MLS vectors: ${name}`,
    async fn() {
      const all = await vectors<Passive>(name);
      assert.ok(all.length >= 8);
      for (const vector of all) await follow(vector);
    },
  });
}

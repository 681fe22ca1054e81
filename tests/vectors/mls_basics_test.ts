/** RFC 9420 vectors of the parts of ts-mls: primitives, key schedule, transcript, tree, message protection, Welcome. */

import assert from "node:assert/strict";
import { decodeMlsMessage, type GroupContext, mlsExporter } from "ts-mls";
import { decodeAuthenticatedContent } from "ts-mls/authenticatedContent.js";
import { determineLength } from "ts-mls/codec/variableLength.js";
import { encodeCommit } from "ts-mls/commit.js";
import { refhash } from "ts-mls/crypto/hash.js";
import { decryptWithLabel, encryptWithLabel } from "ts-mls/crypto/hpke.js";
import { deriveSecret, deriveTreeSecret, expandWithLabel } from "ts-mls/crypto/kdf.js";
import { signWithLabel, verifyWithLabel } from "ts-mls/crypto/signature.js";
import { verifyConfirmationTag } from "ts-mls/framedContent.js";
import { encodeGroupContext } from "ts-mls/groupContext.js";
import { verifyGroupInfoConfirmationTag, verifyGroupInfoSignature } from "ts-mls/groupInfo.js";
import { makeKeyPackageRef } from "ts-mls/keyPackage.js";
import { initializeEpoch } from "ts-mls/keySchedule.js";
import { unprotectPrivateMessage } from "ts-mls/messageProtection.js";
import { unprotectPublicMessage } from "ts-mls/messageProtectionPublic.js";
import { decryptSenderData } from "ts-mls/privateMessage.js";
import { decodeProposal, encodeProposal } from "ts-mls/proposal.js";
import {
  addLeafNode,
  decodeRatchetTree,
  encodeRatchetTree,
  removeLeafNode,
  updateLeafNode,
} from "ts-mls/ratchetTree.js";
import { createSecretTree } from "ts-mls/secretTree.js";
import { createConfirmedHash, createInterimHash } from "ts-mls/transcriptHash.js";
import { treeHashRoot } from "ts-mls/treeHash.js";
import { toLeafIndex } from "ts-mls/treemath.js";
import { decryptGroupInfo, decryptGroupSecrets } from "ts-mls/welcome.js";
import { encodeHex } from "../../lib/base/bytes.ts";
import { suiteOf } from "../../lib/crypto/mls/suite.ts";
import { FAST } from "../kit/groups.ts";
import { hex, vectors } from "./mls_vectors.ts";

const suite = await suiteOf(FAST);
const { kdf, hash, hpke, signature } = suite;

interface Basics {
  derive_secret: { label: string; out: string; secret: string };
  derive_tree_secret: {
    generation: number;
    label: string;
    length: number;
    out: string;
    secret: string;
  };
  expand_with_label: {
    context: string;
    label: string;
    length: number;
    out: string;
    secret: string;
  };
  ref_hash: { label: string; out: string; value: string };
  sign_with_label: { content: string; label: string; priv: string; pub: string; signature: string };
  encrypt_with_label: {
    ciphertext: string;
    context: string;
    kem_output: string;
    label: string;
    plaintext: string;
    priv: string;
    pub: string;
  };
}

Deno.test({
  name: "MLS vectors: crypto-basics",
  async fn() {
    for (const vector of await vectors<Basics>("crypto-basics")) {
      const derive = vector.derive_secret;
      const derived = await deriveSecret(hex(derive.secret), derive.label, kdf);
      assert.equal(encodeHex(derived), derive.out);
      const tree = vector.derive_tree_secret;
      const leaf = await deriveTreeSecret(
        hex(tree.secret),
        tree.label,
        tree.generation,
        tree.length,
        kdf,
      );
      assert.equal(encodeHex(leaf), tree.out);
      const expand = vector.expand_with_label;
      const context = hex(expand.context);
      const long = await expandWithLabel(
        hex(expand.secret),
        expand.label,
        context,
        expand.length,
        kdf,
      );
      assert.equal(encodeHex(long), expand.out);
      const ref = vector.ref_hash;
      assert.equal(encodeHex(await refhash(ref.label, hex(ref.value), hash)), ref.out);
      const sign = vector.sign_with_label;
      const content = hex(sign.content);
      const made = await signWithLabel(hex(sign.priv), sign.label, content, signature);
      for (const each of [made, hex(sign.signature)]) {
        assert.ok(await verifyWithLabel(hex(sign.pub), sign.label, content, each, signature));
      }
      const encrypt = vector.encrypt_with_label;
      const privateKey = await hpke.importPrivateKey(hex(encrypt.priv));
      const publicKey = await hpke.importPublicKey(hex(encrypt.pub));
      const info = hex(encrypt.context);
      const { ct, enc } = await encryptWithLabel(
        publicKey,
        encrypt.label,
        info,
        hex(encrypt.plaintext),
        hpke,
      );
      for (const [kem, text] of [[enc, ct], [hex(encrypt.kem_output), hex(encrypt.ciphertext)]]) {
        const plain = await decryptWithLabel(privateKey, encrypt.label, info, kem, text, hpke);
        assert.equal(encodeHex(plain), encrypt.plaintext);
      }
    }
  },
});

Deno.test({
  name: "MLS vectors: deserialization",
  async fn() {
    type Header = { vlbytes_header: string; length: number };
    for (const { vlbytes_header, length } of await vectors<Header>("deserialization")) {
      assert.equal(determineLength(hex(vlbytes_header)).length, length);
    }
  },
});

type Exporter = { exporter: { label: string; context: string; length: number; secret: string } };

interface Schedule {
  group_id: string;
  initial_init_secret: string;
  epochs: (
    & Exporter
    & Record<
      | "commit_secret"
      | "psk_secret"
      | "confirmed_transcript_hash"
      | "tree_hash"
      | "group_context"
      | "joiner_secret"
      | "welcome_secret"
      | "init_secret"
      | "sender_data_secret"
      | "encryption_secret"
      | "exporter_secret"
      | "external_secret"
      | "confirmation_key"
      | "membership_key"
      | "resumption_psk"
      | "epoch_authenticator"
      | "external_pub",
      string
    >
  )[];
}

Deno.test({
  name: "MLS vectors: key-schedule",
  async fn() {
    for (const vector of await vectors<Schedule>("key-schedule")) {
      let initSecret: Uint8Array = hex(vector.initial_init_secret);
      for (const [number, epoch] of vector.epochs.entries()) {
        const context: GroupContext = {
          version: "mls10",
          cipherSuite: FAST,
          groupId: hex(vector.group_id),
          epoch: BigInt(number),
          treeHash: hex(epoch.tree_hash),
          confirmedTranscriptHash: hex(epoch.confirmed_transcript_hash),
          extensions: [],
        };
        assert.equal(encodeHex(encodeGroupContext(context)), epoch.group_context);
        const commitSecret = hex(epoch.commit_secret);
        const psk = hex(epoch.psk_secret);
        const made = await initializeEpoch(initSecret, commitSecret, context, psk, kdf);
        const { keySchedule } = made;
        assert.equal(encodeHex(made.joinerSecret), epoch.joiner_secret);
        assert.equal(encodeHex(made.welcomeSecret), epoch.welcome_secret);
        assert.equal(encodeHex(made.encryptionSecret), epoch.encryption_secret);
        assert.equal(encodeHex(keySchedule.initSecret), epoch.init_secret);
        assert.equal(encodeHex(keySchedule.senderDataSecret), epoch.sender_data_secret);
        assert.equal(encodeHex(keySchedule.exporterSecret), epoch.exporter_secret);
        assert.equal(encodeHex(keySchedule.externalSecret), epoch.external_secret);
        assert.equal(encodeHex(keySchedule.confirmationKey), epoch.confirmation_key);
        assert.equal(encodeHex(keySchedule.membershipKey), epoch.membership_key);
        assert.equal(encodeHex(keySchedule.resumptionPsk), epoch.resumption_psk);
        assert.equal(encodeHex(keySchedule.epochAuthenticator), epoch.epoch_authenticator);
        const { publicKey } = await hpke.deriveKeyPair(keySchedule.externalSecret);
        assert.equal(encodeHex(await hpke.exportPublicKey(publicKey)), epoch.external_pub);
        const { exporter } = epoch;
        const exported = await mlsExporter(
          keySchedule.exporterSecret,
          exporter.label,
          hex(exporter.context),
          exporter.length,
          suite,
        );
        assert.equal(encodeHex(exported), exporter.secret);
        initSecret = keySchedule.initSecret;
      }
    }
  },
});

Deno.test({
  name: "MLS vectors: transcript-hashes",
  async fn() {
    type Transcript = Record<
      | "confirmation_key"
      | "authenticated_content"
      | "interim_transcript_hash_before"
      | "confirmed_transcript_hash_after"
      | "interim_transcript_hash_after",
      string
    >;
    for (const vector of await vectors<Transcript>("transcript-hashes")) {
      const decoded = decodeAuthenticatedContent(hex(vector.authenticated_content), 0)?.[0];
      assert.ok(decoded !== undefined);
      const { content, auth, wireformat } = decoded;
      assert.ok(content.contentType === "commit" && auth.contentType === "commit");
      const confirmed = await createConfirmedHash(
        hex(vector.interim_transcript_hash_before),
        { wireformat, content, signature: auth.signature },
        hash,
      );
      assert.equal(encodeHex(confirmed), vector.confirmed_transcript_hash_after);
      const key = hex(vector.confirmation_key);
      assert.ok(await verifyConfirmationTag(key, auth.confirmationTag, confirmed, hash));
      const interim = await createInterimHash(confirmed, auth.confirmationTag, hash);
      assert.equal(encodeHex(interim), vector.interim_transcript_hash_after);
    }
  },
});

Deno.test({
  name: "MLS vectors: tree-operations",
  async fn() {
    type Operation =
      & Record<
        "proposal" | "tree_before" | "tree_after" | "tree_hash_before" | "tree_hash_after",
        string
      >
      & { proposal_sender: number };
    for (const vector of await vectors<Operation>("tree-operations")) {
      const before = decodeRatchetTree(hex(vector.tree_before), 0)?.[0];
      const proposal = decodeProposal(hex(vector.proposal), 0)?.[0];
      assert.ok(before !== undefined && proposal !== undefined);
      assert.equal(encodeHex(await treeHashRoot(before, hash)), vector.tree_hash_before);
      const apply = () => {
        if (proposal.proposalType === "add") {
          return addLeafNode(before, proposal.add.keyPackage.leafNode)[0];
        }
        if (proposal.proposalType === "update") {
          const { leafNode } = proposal.update;
          return updateLeafNode(before, leafNode, toLeafIndex(vector.proposal_sender));
        }
        assert.ok(proposal.proposalType === "remove");
        return removeLeafNode(before, toLeafIndex(proposal.remove.removed));
      };
      const after = apply();
      assert.equal(encodeHex(encodeRatchetTree(after)), vector.tree_after);
      assert.equal(encodeHex(await treeHashRoot(after, hash)), vector.tree_hash_after);
    }
  },
});

type Protection =
  & Record<
    | "group_id"
    | "tree_hash"
    | "confirmed_transcript_hash"
    | "signature_pub"
    | "encryption_secret"
    | "sender_data_secret"
    | "membership_key"
    | "proposal"
    | "proposal_priv"
    | "proposal_pub"
    | "commit"
    | "commit_priv"
    | "commit_pub"
    | "application"
    | "application_priv",
    string
  >
  & { epoch: number };

Deno.test({
  name: "MLS vectors: message-protection, with the sender as SR-11 reads it",
  async fn() {
    const config = {
      retainKeysForGenerations: 64,
      retainKeysForEpochs: 4,
      maximumForwardRatchetSteps: 2000,
    };
    for (const vector of await vectors<Protection>("message-protection")) {
      const context: GroupContext = {
        version: "mls10",
        cipherSuite: FAST,
        groupId: hex(vector.group_id),
        epoch: BigInt(vector.epoch),
        treeHash: hex(vector.tree_hash),
        confirmedTranscriptHash: hex(vector.confirmed_transcript_hash),
        extensions: [],
      };
      const key = hex(vector.signature_pub);
      const secret = hex(vector.sender_data_secret);
      const open = async (text: string) => {
        const message = decodeMlsMessage(hex(text), 0)?.[0];
        assert.ok(message !== undefined);
        if (message.wireformat === "mls_public_message") {
          const { publicMessage } = message;
          const membership = hex(vector.membership_key);
          return await unprotectPublicMessage(membership, context, [], publicMessage, suite, key);
        }
        assert.ok(message.wireformat === "mls_private_message");
        const { privateMessage } = message;
        // The vectors' sender is always the second of two leaves.
        const sender = await decryptSenderData(privateMessage, secret, suite);
        assert.equal(sender?.leafIndex, 1);
        const tree = await createSecretTree(2, hex(vector.encryption_secret), kdf);
        const opened = await unprotectPrivateMessage(
          secret,
          privateMessage,
          tree,
          [],
          context,
          config,
          suite,
          key,
        );
        return opened.content;
      };
      for (const text of [vector.proposal_priv, vector.proposal_pub]) {
        const { content } = await open(text);
        assert.ok(content.contentType === "proposal");
        assert.equal(encodeHex(encodeProposal(content.proposal)), vector.proposal);
      }
      for (const text of [vector.commit_priv, vector.commit_pub]) {
        const { content } = await open(text);
        assert.ok(content.contentType === "commit");
        assert.equal(encodeHex(encodeCommit(content.commit)), vector.commit);
      }
      const { content } = await open(vector.application_priv);
      assert.ok(content.contentType === "application");
      assert.equal(encodeHex(content.applicationData), vector.application);
    }
  },
});

Deno.test({
  name: "MLS vectors: welcome",
  async fn() {
    type Vector = Record<"init_priv" | "key_package" | "signer_pub" | "welcome", string>;
    for (const vector of await vectors<Vector>("welcome")) {
      const message = decodeMlsMessage(hex(vector.welcome), 0)?.[0];
      const packed = decodeMlsMessage(hex(vector.key_package), 0)?.[0];
      assert.ok(message?.wireformat === "mls_welcome");
      assert.ok(packed?.wireformat === "mls_key_package");
      const ref = await makeKeyPackageRef(packed.keyPackage, hash);
      const initKey = await hpke.importPrivateKey(hex(vector.init_priv));
      const secrets = await decryptGroupSecrets(initKey, ref, message.welcome, hpke);
      assert.ok(secrets !== undefined);
      const noPsk = new Uint8Array(kdf.size);
      const info = await decryptGroupInfo(message.welcome, secrets.joinerSecret, noPsk, suite);
      assert.ok(info !== undefined);
      assert.ok(await verifyGroupInfoSignature(info, hex(vector.signer_pub), signature));
      assert.ok(await verifyGroupInfoConfirmationTag(info, secrets.joinerSecret, noPsk, suite));
    }
  },
});

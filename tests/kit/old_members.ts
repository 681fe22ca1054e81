/** Members whose program is from before lists of removed devices were agreed on: bare ts-mls, with leaves that say nothing. */

import assert from "node:assert/strict";
import {
  type ClientState,
  createCommit,
  createGroupInfoWithExternalPubAndRatchetTree,
  decodeMlsMessage,
  emptyPskIndex,
  joinGroupExternal,
  processPrivateMessage,
  processPublicMessage,
} from "ts-mls";
import { generateKeyPackageWithKey } from "ts-mls/keyPackage.js";
import { type Bytes, encodeHex } from "../../lib/base/bytes.ts";
import { makeCredential } from "../../lib/crypto/mls/certificates.ts";
import { lifetimeFrom } from "../../lib/crypto/mls/group_config.ts";
import type { OwnDevice } from "../../lib/crypto/mls/key_package.ts";
import { encodeMessage } from "../../lib/crypto/mls/messages.ts";
import { readSuiteName, suiteOf, SUITES } from "../../lib/crypto/mls/suite.ts";
import { NOW_MS } from "./groups.ts";
import { LAX } from "./hostile.ts";

/** See above. It follows whatever ts-mls can follow. */
export class OldMember {
  state: ClientState;

  constructor(state: ClientState) {
    this.state = state;
  }

  /** Where it stands: equal at two members only if they followed the same commits. */
  get transcript(): string {
    return encodeHex(this.state.groupContext.confirmedTranscriptHash);
  }

  async apply(commit: Bytes): Promise<void> {
    const message = decodeMlsMessage(commit, 0)?.[0];
    const suite = await suiteIn(this.state);
    const accept = () => "accept" as const;
    if (message?.wireformat === "mls_private_message") {
      const { privateMessage } = message;
      this.state = (await processPrivateMessage(
        this.state,
        privateMessage,
        emptyPskIndex,
        suite,
        accept,
      )).newState;
      return;
    }
    assert(message?.wireformat === "mls_public_message");
    const { publicMessage } = message;
    this.state =
      (await processPublicMessage(this.state, publicMessage, emptyPskIndex, suite, accept))
        .newState;
  }

  /** Its own commit, at once in force here. */
  async remove(leaves: readonly number[], authenticatedData?: Bytes): Promise<Bytes> {
    const cipherSuite = await suiteIn(this.state);
    const { commit, newState } = await createCommit({ state: this.state, cipherSuite }, {
      extraProposals: leaves.map((removed) => ({ proposalType: "remove", remove: { removed } })),
      authenticatedData,
    });
    this.state = newState;
    return encodeMessage(commit);
  }

  async groupInfo(): Promise<Bytes> {
    const suite = await suiteIn(this.state);
    const groupInfo = await createGroupInfoWithExternalPubAndRatchetTree(this.state, [], suite);
    return encodeMessage({ wireformat: "mls_group_info", groupInfo });
  }
}

function suiteIn({ groupContext }: Pick<ClientState, "groupContext">) {
  const name = readSuiteName(groupContext.cipherSuite);
  assert(name !== undefined);
  return suiteOf(name);
}

/** Comes in as such a program does. */
export async function enterAsOld(
  device: OwnDevice,
  groupInfo: Bytes,
  authenticatedData?: Bytes,
): Promise<{ member: OldMember; commit: Bytes }> {
  const message = decodeMlsMessage(groupInfo, 0)?.[0];
  assert(message?.wireformat === "mls_group_info");
  const { mlsKeys } = device;
  const suite = await suiteIn(message.groupInfo);
  const { publicPackage, privatePackage } = await generateKeyPackageWithKey(
    makeCredential(device),
    {
      versions: ["mls10"],
      ciphersuites: [...SUITES],
      extensions: [],
      proposals: [],
      credentials: ["basic"],
    },
    lifetimeFrom(NOW_MS),
    [],
    { signKey: mlsKeys.privateKey, publicKey: mlsKeys.publicKey },
    suite,
  );
  const { newState, publicMessage } = await joinGroupExternal(
    message.groupInfo,
    publicPackage,
    { ...privatePackage, signaturePrivateKey: mlsKeys.privateKey },
    false,
    suite,
    undefined,
    LAX,
    authenticatedData,
  );
  const commit = encodeMessage({ wireformat: "mls_public_message", publicMessage });
  return { member: new OldMember(newState), commit };
}

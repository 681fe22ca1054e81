/** Starts a group (RFC 9420 §11). */

import { createGroup as createMls, createGroupInfoWithExternalPubAndRatchetTree } from "ts-mls";
import { UsageError } from "../../base/errors.ts";
import { type ConversationId, idBytes } from "../../base/ids.ts";
import { type CertificateVerifier, CredentialCheck } from "./certificates.ts";
import { clientConfig } from "./group_config.ts";
import type { GroupPolicy } from "./group_policy.ts";
import { GroupState } from "./group_state.ts";
import { generateKeyPackage, type OwnDevice, privatePackageOf } from "./key_package.ts";
import type { SignedRemovals } from "./removed_devices.ts";
import { DEFAULT_SUITE, type SuiteName, suiteOf } from "./suite.ts";
import type { Bytes } from "../../base/bytes.ts";
import { encodeMessage } from "./messages.ts";

/** What a group starts with. */
export interface NewGroup {
  /** 32 fresh random bytes (SR-18). */
  readonly groupId: ConversationId;
  readonly device: OwnDevice;
  readonly verifier: CertificateVerifier;
  readonly policy: GroupPolicy;
  readonly nowMs: number;
  readonly suite?: SuiteName;
  /** The lists of removed devices that are known of those who are to come in. */
  readonly removals?: readonly SignedRemovals[];
}

/** A group of this device alone. Throws UsageError when its own certificate or the policy does not allow even that. */
export async function createGroup(group: NewGroup): Promise<GroupState> {
  const { groupId, device, verifier, policy, nowMs, suite = DEFAULT_SUITE, removals = [] } = group;
  const own = await generateKeyPackage(device, { suite, nowMs, removals });
  const check = new CredentialCheck(verifier);
  const { credential, signaturePublicKey } = own.keyPackage.leafNode;
  const isOwn = await check.validateCredential(credential, signaturePublicKey);
  if (!isOwn || check.missing.size > 0) {
    throw new UsageError("own-certificate", "Cannot create group: own certificate is not verified");
  }
  const privateKeys = privatePackageOf(own, device);
  const mls = await createMls(
    idBytes(groupId),
    own.keyPackage,
    privateKeys,
    [],
    await suiteOf(suite),
    clientConfig(check),
  );
  const state = new GroupState(mls, check.devices);
  const { members } = state;
  const change = { committer: members[0], isExternal: false, added: members, removed: [], members };
  if (!policy.allows({ ...change, authenticatedData: new Uint8Array(0) })) {
    throw new UsageError(
      "not-allowed",
      "Cannot create group: its policy does not allow its creator",
    );
  }
  return state;
}

// The GroupInfo of a group as it is (RFC 9420 §12.4.3): what others join by.

/** Of a new group, before its first commit; commits and joins bring their own. */
export async function describeGroup(state: GroupState): Promise<Bytes> {
  const groupInfo = await createGroupInfoWithExternalPubAndRatchetTree(
    state.use(),
    [],
    await suiteOf(state.suite),
  );
  return encodeMessage({ wireformat: "mls_group_info", groupInfo });
}

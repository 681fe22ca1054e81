/** Joins by Welcome (RFC 9420 §12.4.3.1): what a device does that another one added. */

import {
  type CiphersuiteImpl,
  emptyPskIndex,
  type GroupInfo,
  joinGroup,
  type Welcome,
} from "ts-mls";
import { ratchetTreeFromExtension } from "ts-mls/groupInfo.js";
import { decryptGroupInfo, decryptGroupSecrets } from "ts-mls/welcome.js";
import { type Bytes, decodeHex, encodeHex } from "../../base/bytes.ts";
import { type ConversationId, parseConversationId } from "../../base/ids.ts";
import { type CertificateVerifier, CredentialCheck } from "./certificates.ts";
import { clientConfig } from "./group_config.ts";
import { type GroupPolicy, judgeMembers } from "./group_policy.ts";
import { type GroupMember, GroupState } from "./group_state.ts";
import { type OwnDevice, type OwnKeyPackage, privatePackageOf } from "./key_package.ts";
import { attempt, decodeMessage, type Failure, refused } from "./messages.ts";
import { suiteOf } from "./suite.ts";

/** What a Welcome would bring, everything in it verified. */
export interface WelcomeOffer {
  readonly groupId: ConversationId;
  /** Who added this device: the signer of the GroupInfo inside. */
  readonly adder: GroupMember;
  readonly members: readonly GroupMember[];
}

/** Who joins, with which package, and who decides. */
export interface WelcomeContext {
  readonly device: OwnDevice;
  /** The package that the Welcome names (`welcomeRefs`). */
  readonly keyPackage: OwnKeyPackage;
  readonly verifier: CertificateVerifier;
  /**
   * The policy of the offered group, or undefined to decline. Decline an id that is known now or was before, and a direct
   * conversation that the pinned peer did not make: that Welcome waits as a request (SR-18).
   */
  choosePolicy(offer: WelcomeOffer): GroupPolicy | undefined;
}

/** After it: erase a one-time package (`wipeOwnKeyPackage` and its stored bytes, SR-30), then commit at once (`updateKeys`). */
export interface JoinedByWelcome {
  readonly kind: "joined";
  readonly state: GroupState;
  readonly adder: GroupMember;
}

/** Joins the group of a Welcome, after everything in it was verified and a policy was chosen. */
export async function joinByWelcome(
  bytes: Bytes,
  context: WelcomeContext,
): Promise<JoinedByWelcome | Failure> {
  const { device, keyPackage: own, verifier, choosePolicy } = context;
  const message = decodeMessage(bytes);
  if (message === undefined) return refused("malformed");
  if (message.wireformat !== "mls_welcome") return refused("unexpected-type");
  const { welcome } = message;
  if (welcome.cipherSuite !== own.suite) return refused("wrong-suite");
  if (!welcome.secrets.some((secret) => encodeHex(secret.newMember) === own.ref)) {
    return refused("wrong-key-package");
  }
  const suite = await suiteOf(own.suite);
  const check = new CredentialCheck(verifier);
  const info = await attempt(check, () => readGroupInfo(welcome, own, suite));
  if (info.kind !== "done") return info;
  const { groupContext, signer } = info.value;
  if (parseConversationId(encodeHex(groupContext.groupId)) === undefined) {
    return refused("malformed");
  }
  // Extensions could let outsiders propose (external_senders) or demand what we lack; v1 uses none.
  if (groupContext.extensions.length > 0) return refused("extensions");
  const privateKeys = privatePackageOf(own, device);
  const done = await attempt(check, () =>
    joinGroup(
      welcome,
      own.keyPackage,
      privateKeys,
      emptyPskIndex,
      suite,
      ratchetTreeFromExtension(info.value),
      undefined,
      clientConfig(check),
    ));
  if (done.kind !== "done") return done;
  return judgeOffer(new GroupState(done.value, check.devices), signer, choosePolicy);
}

function judgeOffer(
  state: GroupState,
  signer: number,
  choosePolicy: WelcomeContext["choosePolicy"],
): JoinedByWelcome | Failure {
  const { groupId, members } = state;
  const code = judgeMembers(members);
  if (code !== undefined) return refused(code);
  const adder = members.find((member) => member.leafIndex === signer);
  if (adder === undefined || adder.leafIndex === state.ownLeafIndex) {
    return refused("unknown-signer");
  }
  const policy = choosePolicy({ groupId, adder, members });
  if (policy === undefined) return refused("declined");
  const change = { committer: adder, isExternal: false, added: members, removed: [], members };
  const isAllowed = policy.allows({ ...change, authenticatedData: new Uint8Array(0) });
  return isAllowed ? { kind: "joined", state, adder } : refused("not-allowed");
}

/** ts-mls reads it inside `joinGroup` and keeps the signer to itself; RFC 9420 §12.4.3.1 again for that one field. */
async function readGroupInfo(
  welcome: Welcome,
  own: OwnKeyPackage,
  suite: CiphersuiteImpl,
): Promise<GroupInfo | undefined> {
  const initKey = await suite.hpke.importPrivateKey(own.privateKeys.initPrivateKey);
  const ref = decodeHex(own.ref) ?? new Uint8Array(0);
  const secrets = await decryptGroupSecrets(initKey, ref, welcome, suite.hpke);
  // A Welcome of v1 has no pre-shared keys (SR-15).
  if (secrets === undefined || secrets.psks.length > 0) return undefined;
  const noPsk = new Uint8Array(suite.kdf.size);
  return await decryptGroupInfo(welcome, secrets.joinerSecret, noPsk, suite);
}

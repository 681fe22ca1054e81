/**
 * Joins by external commit (RFC 9420 §12.4.3.2): a device adds itself, or returns after it lost its state. The GroupInfo
 * comes from the server, which may serve an old one, so it is compared with what this device knew before (SR-25, SR-26).
 */

import {
  createGroupInfoWithExternalPubAndRatchetTree,
  type GroupInfo,
  joinGroupExternal,
} from "ts-mls";
import { ratchetTreeFromExtension } from "ts-mls/groupInfo.js";
import { asBytes, type Bytes, compareBytes, encodeHex } from "../../base/bytes.ts";
import { type ConversationId, parseConversationId } from "../../base/ids.ts";
import { type CertificateVerifier, CredentialCheck, isSameDevice } from "./certificates.ts";
import { clientConfig } from "./group_config.ts";
import { type GroupPolicy, judgeChange, judgeMembers } from "./group_policy.ts";
import { type GroupMember, GroupState, membersOf } from "./group_state.ts";
import { generateKeyPackage, type OwnDevice, privatePackageOf } from "./key_package.ts";
import {
  attempt,
  decodeMessage,
  encodeMessage,
  type Failure,
  refused,
  withoutThrowing,
} from "./messages.ts";
import { isBarred, listsToCarry, type SignedRemovals } from "./removed_devices.ts";
import { readSuiteName, type SuiteName, suiteOf } from "./suite.ts";

/** What this device last knew of the group. A `GroupState` fits; after its loss, what the database remembers. */
export interface KnownGroup {
  readonly epoch: number;
  readonly members: readonly GroupMember[];
  readonly transcriptHash: Bytes;
}

/** Who joins what, and by which rules. */
export interface ExternalJoinContext {
  /** The conversation that is to be joined. */
  readonly groupId: ConversationId;
  readonly device: OwnDevice;
  readonly verifier: CertificateVerifier;
  readonly policy: GroupPolicy;
  readonly nowMs: number;
  /** Absent for a device that was never in this group. */
  readonly known?: KnownGroup;
  /**
   * True where the policy itself proves who may be a member, as a room's membership log does: then the signer of a GroupInfo need
   * not be one whom this device knew, since others may have come in after them.
   */
  readonly provesMembers?: true;
  /**
   * Refused unless another device of this account has acted in the group: renewed its leaf or signed the GroupInfo. To be
   * added is no act: a stranger adds whom they like, and raises the epoch as often as they like.
   */
  readonly needsOwnAct?: true;
  /** An invitation, where the policy asks for one. Anyone can read it. */
  readonly authenticatedData?: Bytes;
  /** The lists of removed devices that this device knows of the members' accounts. */
  readonly removals?: readonly SignedRemovals[];
}

/** A join that the server has not accepted yet; if another commit wins the epoch, start again from the new GroupInfo. */
export interface PendingJoin {
  readonly kind: "pending";
  readonly commit: Bytes;
  /** Of the epoch that the join starts. */
  readonly groupInfo: Bytes;
  /** To be used when the server has accepted. */
  readonly next: GroupState;
  /** This device's old leaf, when it was still in the group. */
  readonly removed: readonly GroupMember[];
  /** Members in the GroupInfo that were not known, and known ones that are gone: to be shown (SR-26). */
  readonly appeared: readonly GroupMember[];
  readonly vanished: readonly GroupMember[];
}

type Offered = {
  readonly info: GroupInfo;
  readonly suite: SuiteName;
  readonly tree: NonNullable<ReturnType<typeof ratchetTreeFromExtension>>;
};

/** Makes the commit by which this device adds itself, or takes the place of its own old leaf. */
export async function joinExternally(
  bytes: Bytes,
  context: ExternalJoinContext,
): Promise<PendingJoin | Failure> {
  const { device, verifier, nowMs, authenticatedData = new Uint8Array(0) } = context;
  const offered = readOffer(bytes, context);
  if ("kind" in offered) return offered;
  const { info, suite, tree } = offered;
  const check = new CredentialCheck(verifier);
  const old = leafOf(tree, device);
  const leaving = new Set(old === undefined ? [] : [old]);
  const carrying = { own: old, leaving, known: context.removals ?? [], members: [] };
  const removals = await listsToCarry(tree, verifier, carrying);
  const own = await generateKeyPackage(device, { suite, nowMs, removals });
  const { credential, signaturePublicKey } = own.keyPackage.leafNode;
  await check.validateCredential(credential, signaturePublicKey);
  const implementation = await suiteOf(suite);
  const done = await attempt(check, () =>
    joinGroupExternal(
      info,
      own.keyPackage,
      privatePackageOf(own, device),
      old !== undefined,
      implementation,
      tree,
      clientConfig(check),
      authenticatedData,
    ));
  if (done.kind !== "done") return done;
  const { newState, publicMessage } = done.value;
  const next = new GroupState(newState, check.devices);
  const before = membersOf(tree, check.devices);
  if (context.needsOwnAct === true && !hasOwnActed(before, offered, device)) {
    return refused("no-own-act");
  }
  const judged = judgeJoin(before, info.signer, next, context);
  if (judged.kind !== "joined") return judged;
  const [self] = next.members.filter((member) => isOwnLeaf(member, device));
  if (await isBarred(tree, verifier, { leaving, device: self })) {
    return { ...refused("removed-device"), device: self };
  }
  const groupInfo = await createGroupInfoWithExternalPubAndRatchetTree(
    newState,
    [],
    implementation,
  );
  return {
    ...judged,
    kind: "pending",
    commit: encodeMessage({ wireformat: "mls_public_message", publicMessage }),
    groupInfo: encodeMessage({ wireformat: "mls_group_info", groupInfo }),
    next,
  };
}

type JudgedJoin =
  & { readonly kind: "joined" }
  & Pick<
    PendingJoin,
    "removed" | "appeared" | "vanished"
  >;

/** The same rules that the members will apply to the commit, and what only the joiner can compare. */
function judgeJoin(
  before: readonly GroupMember[],
  signerLeaf: number,
  next: GroupState,
  context: ExternalJoinContext,
): JudgedJoin | Failure {
  const { device, policy, known, authenticatedData = new Uint8Array(0) } = context;
  const signer = before.find((member) => member.leafIndex === signerLeaf);
  const isKnown = context.provesMembers === true || known === undefined ||
    known.members.some((it) => signer && isSameDevice(it, signer));
  if (signer === undefined || !isKnown) return refused("unknown-signer");
  const code = judgeMembers(before);
  if (code !== undefined) return refused(code);
  const old = before.filter((member) => isOwnLeaf(member, device));
  const leaves = old.map((member) => member.leafIndex);
  const { members } = next;
  const judged = judgeChange({ kind: "external", leaves }, before, members);
  if (!judged.ok) return refused(judged.code);
  const { added, removed } = judged;
  const change = { committer: added[0], isExternal: true, added, removed, members };
  if (!policy.allows({ ...change, authenticatedData })) return refused("not-allowed");
  return {
    kind: "joined",
    removed,
    appeared: known === undefined ? [] : withoutThose(before, known.members),
    vanished: known === undefined ? [] : withoutThose(known.members, before),
  };
}

/** A leaf that a commit renewed is signed by its device for this group and this place (RFC 9420 §7.2), which was verified. */
function hasOwnActed(
  members: readonly GroupMember[],
  { tree, info }: Offered,
  { accountId }: OwnDevice,
): boolean {
  return members.filter((member) => member.accountId === accountId).some(({ leafIndex }) => {
    const node = tree[2 * leafIndex];
    return leafIndex === info.signer ||
      node?.nodeType === "leaf" && node.leaf.leafNodeSource === "commit";
  });
}

/** The leaf that is replaced is found by the signature key, which stays the device's for good (SR-16). */
function leafOf(tree: Offered["tree"], { mlsKeys }: OwnDevice): number | undefined {
  const place = tree.findIndex((node) =>
    node?.nodeType === "leaf" &&
    compareBytes(node.leaf.signaturePublicKey, mlsKeys.publicKey) === 0
  );
  return place < 0 ? undefined : place / 2;
}

function isOwnLeaf(member: GroupMember, device: OwnDevice): boolean {
  return compareBytes(member.mlsKey, device.mlsKeys.publicKey) === 0;
}

function withoutThose(
  members: readonly GroupMember[],
  others: readonly GroupMember[],
): readonly GroupMember[] {
  return members.filter((member) => !others.some((other) => isSameDevice(member, other)));
}

/** Reads the GroupInfo and refuses what is of another group, older than what we know, or not of our kind. */
function readOffer(bytes: Bytes, { groupId, known }: ExternalJoinContext): Offered | Failure {
  const message = decodeMessage(bytes);
  if (message === undefined) return refused("malformed");
  if (message.wireformat !== "mls_group_info") return refused("unexpected-type");
  const info = message.groupInfo;
  const { groupContext } = info;
  if (parseConversationId(encodeHex(groupContext.groupId)) !== groupId) {
    return refused("wrong-group");
  }
  const suite = readSuiteName(groupContext.cipherSuite);
  if (suite === undefined) return refused("wrong-suite");
  if (groupContext.extensions.length > 0) return refused("extensions");
  if (groupContext.epoch >= BigInt(Number.MAX_SAFE_INTEGER)) return refused("malformed");
  if (known !== undefined) {
    if (groupContext.epoch < BigInt(known.epoch)) return refused("old-group-info");
    const isSameEpoch = groupContext.epoch === BigInt(known.epoch);
    const hash = asBytes(groupContext.confirmedTranscriptHash);
    if (isSameEpoch && compareBytes(hash, known.transcriptHash) !== 0) return refused("forked");
  }
  const tree = withoutThrowing(() => ratchetTreeFromExtension(info));
  return tree === undefined ? refused("malformed") : { info, suite, tree };
}

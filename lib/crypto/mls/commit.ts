/**
 * Commits of a member (RFC 9420 §12.4): add one device, remove devices, or renew the own keys. The server accepts one commit
 * per epoch, so a commit is pending until it says yes; then `mergeCommit` makes its state the present one (SR-21).
 */

import { createCommit, createGroupInfoWithExternalPubAndRatchetTree, type Proposal } from "ts-mls";
import type { Bytes } from "../../base/bytes.ts";
import { Bug, UsageError } from "../../base/errors.ts";
import { type CertificateVerifier, CredentialCheck } from "./certificates.ts";
import { judgeCommit } from "./commit_check.ts";
import { clientConfig, RETAIN_EPOCHS } from "./group_config.ts";
import type { GroupPolicy } from "./group_policy.ts";
import { type GroupMember, GroupState } from "./group_state.ts";
import { type AddChecks, checkKeyPackage } from "./key_package.ts";
import { attempt, encodeMessage, type Failure, refused } from "./messages.ts";
import { carryInLeaf, listsToCarry, type SignedRemovals } from "./removed_devices.ts";
import { suiteOf } from "./suite.ts";

/** A commit that the server has not accepted yet. It is stored beside the state that it was made from. */
export interface PendingCommit {
  readonly kind: "pending";
  readonly commit: Bytes;
  /** For the added device. */
  readonly welcome: Bytes | undefined;
  /** For external joins into the new epoch; the server keeps it. */
  readonly groupInfo: Bytes;
  /** Not to be used but for `mergeCommit`. */
  readonly next: GroupState;
  readonly added: readonly GroupMember[];
  readonly removed: readonly GroupMember[];
}

/** What every commit is made and judged with. */
export interface CommitContext {
  readonly verifier: CertificateVerifier;
  readonly policy: GroupPolicy;
  /** Carried in clear and signed, for the receivers' policies. */
  readonly authenticatedData?: Bytes;
  /** The lists of removed devices that this device knows of the members' accounts. */
  readonly removals?: readonly SignedRemovals[];
}

/**
 * Adds the device of a KeyPackage. One Add per commit, and the added device commits at once (`updateKeys`): otherwise its
 * leaf stays unmerged and ts-mls 1.6.4 refuses later joiners of an honest group.
 */
export async function addMember(
  state: GroupState,
  keyPackage: Bytes,
  context: CommitContext & Omit<AddChecks, "verifier">,
): Promise<PendingCommit | Failure> {
  const checked = await checkKeyPackage(keyPackage, state.suite, context);
  if (checked.kind !== "checked") return checked;
  const { deviceId, accountId } = checked.certificate;
  if (state.members.some((it) => it.accountId === accountId && it.deviceId === deviceId)) {
    return refused("already-member");
  }
  const add: Proposal = { proposalType: "add", add: { keyPackage: checked.keyPackage } };
  return await commitProposals(state, [add], context);
}

/** Removes other members' leaves. A member cannot remove itself; it asks another one. */
export async function removeMembers(
  state: GroupState,
  leafIndexes: readonly number[],
  context: CommitContext,
): Promise<PendingCommit | Failure> {
  const leaves = new Set(state.members.map((member) => member.leafIndex));
  leaves.delete(state.ownLeafIndex);
  if (leafIndexes.length === 0 || !leafIndexes.every((leaf) => leaves.delete(leaf))) {
    return refused("not-member");
  }
  const proposals = leafIndexes.map((removed): Proposal => ({
    proposalType: "remove",
    remove: { removed },
  }));
  return await commitProposals(state, proposals, context);
}

/** An empty commit: fresh keys for this device's path (SR-29), and what every device does first after a Welcome. */
export function updateKeys(
  state: GroupState,
  context: CommitContext,
): Promise<PendingCommit | Failure> {
  return commitProposals(state, [], context);
}

async function commitProposals(
  state: GroupState,
  proposals: readonly Proposal[],
  context: CommitContext,
): Promise<PendingCommit | Failure> {
  const { verifier, policy, authenticatedData = new Uint8Array(0) } = context;
  if (!state.isActive) {
    throw new UsageError("removed", "Cannot commit: this device was removed from the group");
  }
  const before = state.use();
  // Measured: ts-mls would carry out any stored proposal with the next honest commit (SR-14).
  if (Object.keys(before.unappliedProposals).length > 0) {
    throw new Bug("Cannot commit: the state holds a proposal that nobody may have stored");
  }
  const check = new CredentialCheck(verifier, state.devices);
  const ratchetTree = await withLists(state, proposals, context);
  const mls = { ...before, ratchetTree, clientConfig: clientConfig(check) };
  const cipherSuite = await suiteOf(state.suite);
  const done = await attempt(check, () =>
    createCommit({ state: mls, cipherSuite }, {
      extraProposals: [...proposals],
      ratchetTreeExtension: true,
      authenticatedData,
    }));
  if (done.kind !== "done") return done;
  // What it consumed is not wiped here: the state lives on until the server has decided.
  const { commit, welcome, newState } = done.value;
  const judged = await judgeCommit(state, {
    newTree: newState.ratchetTree,
    proposals: proposals.map((proposal) => ({ proposal, senderLeafIndex: state.ownLeafIndex })),
    check,
    policy,
    committer: ownMember(state),
    authenticatedData,
  });
  if (judged.kind !== "allowed") return judged;
  const groupInfo = await createGroupInfoWithExternalPubAndRatchetTree(newState, [], cipherSuite);
  return {
    kind: "pending",
    commit: encodeMessage(commit),
    welcome: welcome && encodeMessage({ wireformat: "mls_welcome", welcome }),
    groupInfo: encodeMessage({ wireformat: "mls_group_info", groupInfo }),
    next: new GroupState(newState, check.devices),
    added: judged.added,
    removed: judged.removed,
  };
}

/** The tree from which the commit is made. An Add alone has no path (RFC 9420 §12.4), so its committer's leaf stays. */
async function withLists(
  state: GroupState,
  proposals: readonly Proposal[],
  { verifier, removals: known = [] }: CommitContext,
) {
  const { ratchetTree } = state.use();
  if (proposals.some(({ proposalType }) => proposalType === "add")) return ratchetTree;
  const leaving = new Set(
    proposals.flatMap((proposal) =>
      proposal.proposalType === "remove" ? [proposal.remove.removed] : []
    ),
  );
  const { ownLeafIndex: own, members } = state;
  const lists = await listsToCarry(ratchetTree, verifier, { own, leaving, known, members });
  return carryInLeaf(ratchetTree, own, lists);
}

function ownMember(state: GroupState): GroupMember {
  const own = state.members.find((member) => member.leafIndex === state.ownLeafIndex);
  if (own === undefined) throw new Bug("Cannot commit: own leaf is empty in an active group");
  return own;
}

/**
 * The state after the server accepted this device's commit. `current` is the state now: messages may have been opened with
 * it since the commit was made, and their used-up keys must not come back. Throws UsageError when `next` was not made from
 * the present epoch.
 */
export function mergeCommit(current: GroupState, next: GroupState): GroupState {
  const now = current.use();
  if (next.groupId !== current.groupId || next.epoch !== current.epoch + 1) {
    throw new UsageError(
      "wrong-epoch",
      `Cannot merge commit: it leads to epoch ${next.epoch}, the group is in ${current.epoch}`,
    );
  }
  const { secretTree, ratchetTree, groupContext, keySchedule } = now;
  const { senderDataSecret, resumptionPsk } = keySchedule;
  // Only what opens messages, so that no other secret of an epoch outlives it.
  const ended = { secretTree, ratchetTree, groupContext, senderDataSecret, resumptionPsk };
  const past = new Map(now.historicalReceiverData).set(groupContext.epoch, ended);
  const kept = [...past].sort(([left], [right]) => Number(left - right)).slice(-RETAIN_EPOCHS);
  const merged = { ...next.retire(), historicalReceiverData: new Map(kept) };
  const devices = new Map([...current.devices, ...next.devices]);
  return current.advance(merged, [keySchedule.initSecret], devices);
}

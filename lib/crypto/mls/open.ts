/**
 * Opens what comes from a group: application messages and commits. The server may have made, changed, held back, repeated
 * or reordered any of it; each way that this shows has its own answer, and none of them changes the state.
 */

import {
  type ClientState,
  emptyPskIndex,
  type EpochReceiverData,
  type PrivateMessage,
  processPrivateMessage,
  processPublicMessage,
  type PublicMessage,
} from "ts-mls";
import { decryptSenderData } from "ts-mls/privateMessage.js";
import { asBytes, type Bytes, encodeHex } from "../../base/bytes.ts";
import { type CertificateVerifier, CredentialCheck, findDevice } from "./certificates.ts";
import { type CommitToJudge, judgeCommit, ProposalTrap } from "./commit_check.ts";
import { clientConfig, MAX_FORWARD_STEPS } from "./group_config.ts";
import type { GroupPolicy, MembershipChange } from "./group_policy.ts";
import type { GroupMember, GroupState } from "./group_state.ts";
import { attempt, decodeMessage, type Failure, refused } from "./messages.ts";
import { suiteOf } from "./suite.ts";

/** A sealed message, opened. */
export interface OpenedMessage {
  readonly kind: "application";
  readonly next: GroupState;
  readonly payload: Bytes;
  /** The leaf whose key sealed it, by our own reading of the MLS sender data (SR-11); no name in the payload counts. */
  readonly sender: GroupMember;
  readonly epoch: number;
  readonly generation: number;
}

/** A commit that was applied, and what it changed. */
export interface OpenedCommit extends MembershipChange {
  readonly kind: "commit";
  /** Its `isActive` is false when the commit removed this device. */
  readonly next: GroupState;
}

/** What became of a message. Only `application` and `commit` have a next state. */
export type Opened =
  | OpenedMessage
  | OpenedCommit
  | Failure
  /** Of an epoch that is still to come: keep it until its commit is here (SR-24). */
  | { readonly kind: "future-epoch"; readonly epoch: number }
  /** Of an epoch whose keys are erased. */
  | { readonly kind: "past-epoch"; readonly epoch: number }
  /** A commit for an epoch that another commit ended already: the sign of a fork, if it is not that very commit (SR-25). */
  | { readonly kind: "passed-commit"; readonly epoch: number }
  /** Its key was used before, or was dropped because more than 64 later messages came first. */
  | {
    readonly kind: "replay";
    readonly sender: GroupMember;
    readonly epoch: number;
    readonly generation: number;
  };

/** What a message is checked with. */
export interface OpenContext {
  readonly verifier: CertificateVerifier;
  readonly policy: GroupPolicy;
}

/** Opens one message. Nothing is thrown for foreign bytes; UsageError when `state` was used before. */
export async function openMessage(
  state: GroupState,
  bytes: Bytes,
  context: OpenContext,
): Promise<Opened> {
  const message = decodeMessage(bytes);
  if (message === undefined) return refused("malformed");
  if (message.wireformat === "mls_private_message") {
    return await openPrivate(state, message.privateMessage, context);
  }
  if (message.wireformat === "mls_public_message") {
    return await openExternalCommit(state, message.publicMessage, context);
  }
  return refused("unexpected-type");
}

type Epochs = { readonly groupId: Uint8Array; readonly epoch: bigint };

/** Answers what is of another group or another epoch; undefined for the present one. */
function refuseEpoch(state: GroupState, { groupId, epoch }: Epochs, isCommit: boolean) {
  if (encodeHex(groupId) !== state.groupId) return refused("wrong-group");
  // No group gets this far; the number would not be exact.
  if (epoch > BigInt(Number.MAX_SAFE_INTEGER)) return refused("malformed");
  const number = Number(epoch);
  if (number > state.epoch) return { kind: "future-epoch", epoch: number } as const;
  if (number < state.epoch && isCommit) return { kind: "passed-commit", epoch: number } as const;
  return undefined;
}

/** What opens messages of one epoch. */
type EpochKeys = Pick<EpochReceiverData, "secretTree" | "ratchetTree" | "senderDataSecret">;

function keysOf(state: GroupState, epoch: bigint): EpochKeys | undefined {
  const mls = state.use();
  if (epoch === mls.groupContext.epoch) {
    return { ...mls, senderDataSecret: mls.keySchedule.senderDataSecret };
  }
  return mls.historicalReceiverData.get(epoch);
}

async function openPrivate(
  state: GroupState,
  message: PrivateMessage,
  context: OpenContext,
): Promise<Opened> {
  const isCommit = message.contentType === "commit";
  const misplaced = refuseEpoch(state, message, isCommit);
  if (misplaced !== undefined) return misplaced;
  if (message.contentType === "proposal") return refused("proposal");
  const epoch = Number(message.epoch);
  const keys = keysOf(state, message.epoch);
  if (keys === undefined) return { kind: "past-epoch", epoch };
  const from = await readSender(state, message, keys);
  if (from === undefined) return refused("unreadable");
  const { sender, generation } = from;
  if (sender.leafIndex === state.ownLeafIndex) return refused("own-message");
  const ratchets = keys.secretTree[2 * sender.leafIndex];
  const ratchet = isCommit ? ratchets?.handshake : ratchets?.application;
  if (ratchet === undefined) return refused("unreadable");
  if (generation < ratchet.generation && ratchet.unusedGenerations[generation] === undefined) {
    return { kind: "replay", sender, epoch, generation };
  }
  if (generation - ratchet.generation > MAX_FORWARD_STEPS) return refused("too-far-ahead");
  return await process(state, message, context, { sender, epoch, generation });
}

type From = { sender: GroupMember; epoch: number; generation: number };

async function process(
  state: GroupState,
  message: PrivateMessage,
  { verifier, policy }: OpenContext,
  from: From,
): Promise<Opened> {
  const check = new CredentialCheck(verifier, state.devices);
  const trap = new ProposalTrap();
  const mls = { ...state.use(), clientConfig: clientConfig(check) };
  const suite = await suiteOf(state.suite);
  const done = await attempt(
    check,
    () => processPrivateMessage(mls, message, emptyPskIndex, suite, trap.callback),
  );
  if (done.kind !== "done") return done;
  const result = done.value;
  if (result.kind === "applicationMessage") {
    const payload = asBytes(result.message).slice();
    const next = state.advance(result.newState, result.consumed);
    return { kind: "application", next, payload, ...from };
  }
  return applyCommit(state, result, {
    proposals: trap.proposals,
    check,
    policy,
    committer: from.sender,
    authenticatedData: asBytes(message.authenticatedData).slice(),
  });
}

type Processed = { readonly newState: ClientState; readonly consumed: readonly Uint8Array[] };

function applyCommit(
  state: GroupState,
  { newState, consumed }: Processed,
  commit: Omit<CommitToJudge, "newTree">,
): OpenedCommit | Failure {
  const judged = judgeCommit(state, { ...commit, newTree: newState.ratchetTree });
  if (judged.kind !== "allowed") return judged;
  const next = state.advance(newState, consumed, commit.check.devices);
  return { ...judged, kind: "commit", next };
}

/** External commits are the only public messages of v1: everything that members send is encrypted. */
async function openExternalCommit(
  state: GroupState,
  message: PublicMessage,
  { verifier, policy }: OpenContext,
): Promise<Opened> {
  const { content } = message;
  if (content.contentType === "proposal") return refused("proposal");
  if (content.contentType !== "commit" || content.sender.senderType !== "new_member_commit") {
    return refused("unexpected-type");
  }
  const misplaced = refuseEpoch(state, content, true);
  if (misplaced !== undefined) return misplaced;
  const check = new CredentialCheck(verifier, state.devices);
  const trap = new ProposalTrap();
  const mls = { ...state.use(), clientConfig: clientConfig(check) };
  const suite = await suiteOf(state.suite);
  const done = await attempt(
    check,
    () => processPublicMessage(mls, message, emptyPskIndex, suite, trap.callback),
  );
  if (done.kind !== "done") return done;
  return applyCommit(state, done.value, {
    proposals: trap.proposals,
    check,
    policy,
    authenticatedData: asBytes(content.authenticatedData).slice(),
  });
}

/**
 * Who sent it (SR-11). ts-mls 1.6.4 does not return the sender, so the sender data are decrypted here as well (RFC 9420
 * §6.3.2). ts-mls then checks the signature with the key of the very leaf that they name.
 */
async function readSender(
  state: GroupState,
  message: PrivateMessage,
  { senderDataSecret, ratchetTree }: EpochKeys,
): Promise<{ sender: GroupMember; generation: number } | undefined> {
  const suite = await suiteOf(state.suite);
  const data = await decryptSenderData(message, senderDataSecret, suite).catch(() => undefined);
  if (data === undefined) return undefined;
  const node = ratchetTree[2 * data.leafIndex];
  if (node?.nodeType !== "leaf") return undefined;
  const device = findDevice(state.devices, node.leaf.credential, node.leaf.signaturePublicKey);
  return device && {
    sender: { ...device, leafIndex: data.leafIndex },
    generation: data.generation,
  };
}

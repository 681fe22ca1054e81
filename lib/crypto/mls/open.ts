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
import { forward, stepsTo } from "./forward.ts";
import { clientConfig, MAX_COMMIT_STEPS, MAX_FORWARD_STEPS } from "./group_config.ts";
import type { GroupPolicy, MembershipChange } from "./group_policy.ts";
import type { GroupMember, GroupState } from "./group_state.ts";
import type { ContentType } from "./message_head.ts";
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
  /** Of a member whom nobody here wants to hear; it was not opened, and the state is as it was. */
  | { readonly kind: "unheard"; readonly sender: GroupMember; readonly epoch: number }
  /** More of the sender's messages are missing before it than may be passed over now, or at all. */
  | { readonly kind: "not-yet"; readonly sender: GroupMember; readonly steps: number }
  /** Its key was used before, or was dropped because more than 64 later messages came first. */
  | {
    readonly kind: "replay";
    readonly sender: GroupMember;
    readonly epoch: number;
    readonly generation: number;
  };

/**
 * What an application message may cost. `sender` is the leaf that the sender data name: every member can seal those (RFC 9420
 * §6.3.2), so before the message itself is opened it is a claim.
 */
export interface OpenGate {
  /** Whether the claim fits what the envelope says. What does not is opened only if that costs no step. */
  isClaimed(sender: GroupMember): boolean;
  /** False: it is not opened. */
  isHeard(sender: GroupMember): boolean;
  /** Asked once for a message that has others missing before it; counts the steps when it says yes. */
  mayForward(sender: GroupMember, steps: number): boolean;
}

/** What a message is checked with. */
export interface OpenContext {
  /** Without one everything is opened, whatever it costs. */
  readonly gate?: OpenGate | undefined;
  /** What the envelope says that it holds; anything else in it is refused. Without it either is opened. */
  readonly type?: ContentType | undefined;
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

/**
 * A commit in an envelope of a message would move the members on and not the server, and a message in that of a commit the
 * server and not the members.
 */
function isOther(type: ContentType | undefined, isCommit: boolean): boolean {
  return type !== undefined && (type === "commit") !== isCommit;
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
  if (isOther(context.type, isCommit)) return refused("unexpected-type");
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
  const { gate } = context;
  if (!isCommit && gate?.isHeard(sender) === false) return { kind: "unheard", sender, epoch };
  const kind = isCommit ? "handshake" : "application";
  const ratchet = keys.secretTree[2 * sender.leafIndex]?.[kind];
  if (ratchet === undefined) return refused("unreadable");
  if (generation < ratchet.generation && ratchet.unusedGenerations[generation] === undefined) {
    return { kind: "replay", sender, epoch, generation };
  }
  const target = { leafIndex: sender.leafIndex, kind, generation } as const;
  const steps = stepsTo(keys.secretTree, target);
  if (isCommit && steps > MAX_COMMIT_STEPS) return refused("too-far-ahead");
  if (!isCommit && steps > 0) {
    if (gate?.isClaimed(sender) === false) return refused("unreadable");
    const mayForward = steps <= MAX_FORWARD_STEPS && gate?.mayForward(sender, steps) !== false;
    if (!mayForward) return { kind: "not-yet", sender, steps };
  }
  const moved = forward(keys.secretTree, target, state.suite);
  return await process(state, message, context, { sender, epoch, generation, moved });
}

type From = { readonly sender: GroupMember; readonly epoch: number; readonly generation: number };
type Moved = ReturnType<typeof forward>;

/** The state with the secret tree of an epoch further on. */
function withTree(mls: ClientState, epoch: bigint, secretTree: Moved["tree"]): ClientState {
  if (epoch === mls.groupContext.epoch) return { ...mls, secretTree };
  const past = mls.historicalReceiverData.get(epoch);
  if (past === undefined) return mls;
  const historicalReceiverData = new Map(mls.historicalReceiverData);
  historicalReceiverData.set(epoch, { ...past, secretTree });
  return { ...mls, historicalReceiverData };
}

async function process(
  state: GroupState,
  message: PrivateMessage,
  { verifier, policy }: OpenContext,
  { moved, ...from }: From & { readonly moved: Moved },
): Promise<Opened> {
  const check = new CredentialCheck(verifier, state.devices);
  const trap = new ProposalTrap();
  const now = withTree(state.use(), message.epoch, moved.tree);
  const mls = { ...now, clientConfig: clientConfig(check) };
  const suite = await suiteOf(state.suite);
  const done = await attempt(
    check,
    () => processPrivateMessage(mls, message, emptyPskIndex, suite, trap.callback),
  );
  if (done.kind !== "done") return done;
  const result = done.value;
  if (result.kind === "applicationMessage") {
    const payload = asBytes(result.message).slice();
    const next = state.advance(result.newState, [...moved.consumed, ...result.consumed]);
    return { kind: "application", next, payload, ...from };
  }
  return await applyCommit(state, result, {
    proposals: trap.proposals,
    check,
    policy,
    committer: from.sender,
    authenticatedData: asBytes(message.authenticatedData).slice(),
  });
}

type Processed = { readonly newState: ClientState; readonly consumed: readonly Uint8Array[] };

async function applyCommit(
  state: GroupState,
  { newState, consumed }: Processed,
  commit: Omit<CommitToJudge, "newTree">,
): Promise<OpenedCommit | Failure> {
  const judged = await judgeCommit(state, { ...commit, newTree: newState.ratchetTree });
  if (judged.kind !== "allowed") return judged;
  const next = state.advance(newState, consumed, commit.check.devices);
  return { ...judged, kind: "commit", next };
}

/** External commits are the only public messages of v1: everything that members send is encrypted. */
async function openExternalCommit(
  state: GroupState,
  message: PublicMessage,
  { verifier, policy, type }: OpenContext,
): Promise<Opened> {
  const { content } = message;
  if (content.contentType === "proposal") return refused("proposal");
  if (content.contentType !== "commit" || content.sender.senderType !== "new_member_commit") {
    return refused("unexpected-type");
  }
  if (isOther(type, true)) return refused("unexpected-type");
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
  return await applyCommit(state, done.value, {
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

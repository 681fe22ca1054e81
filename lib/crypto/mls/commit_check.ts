/** Decides whether a commit that ts-mls could process is one that we accept. */

import type { ClientState, IncomingMessageCallback, ProposalWithSender } from "ts-mls";
import { type Bytes, encodeHex } from "../../base/bytes.ts";
import type { CredentialCheck } from "./certificates.ts";
import { type GroupPolicy, judgeChange, shapeOfCommit } from "./group_policy.ts";
import { type GroupMember, type GroupState, membersOf } from "./group_state.ts";
import { type Failure, refused } from "./messages.ts";

/** A commit that was applied. */
export interface OpenedCommit {
  readonly kind: "commit";
  /** Its `isActive` is false when the commit removed this device. */
  readonly next: GroupState;
  readonly committer: GroupMember;
  readonly isExternal: boolean;
  readonly added: readonly GroupMember[];
  readonly removed: readonly GroupMember[];
  readonly authenticatedData: Bytes;
}

/** Takes a commit's proposals out of ts-mls, which shows them in its callback only. Standalone proposals are rejected. */
export class ProposalTrap {
  proposals: readonly ProposalWithSender[] | undefined;

  readonly callback: IncomingMessageCallback = (incoming) => {
    if (incoming.kind === "proposal") return "reject";
    this.proposals = incoming.proposals;
    return "accept";
  };
}

/** What ts-mls made of a commit, and what it was checked with. */
export interface ProcessedCommit {
  readonly newState: ClientState;
  readonly consumed: readonly Uint8Array[];
  readonly check: CredentialCheck;
  readonly trap: ProposalTrap;
  readonly policy: GroupPolicy;
}

/** `committer` is absent for an external commit: its committer is the member whom it adds. */
export function judgeCommit(
  state: GroupState,
  processed: ProcessedCommit,
  commit: { readonly committer?: GroupMember; readonly authenticatedData: Bytes },
): OpenedCommit | Failure {
  const { newState, consumed, check, trap, policy } = processed;
  const isExternal = commit.committer === undefined;
  const shape = trap.proposals && shapeOfCommit(trap.proposals, isExternal);
  if (shape === undefined) return refused("commit-shape");
  if (!hasUniqueKeys(newState.ratchetTree)) return refused("duplicate-key");
  const members = membersOf(newState.ratchetTree, check.devices);
  const judged = judgeChange(shape, state.members, members);
  if (!judged.ok) return refused(judged.code);
  const { added, removed } = judged;
  const committer = commit.committer ?? added[0];
  const { authenticatedData } = commit;
  const change = { committer, isExternal, added, removed, members, authenticatedData };
  if (!policy.allows(change)) return refused("not-allowed");
  const next = state.advance(newState, consumed, check.devices);
  return { kind: "commit", next, committer, isExternal, added, removed, authenticatedData };
}

/**
 * RFC 9420 §7.3: encryption keys are unique in the tree. ts-mls 1.6.4 compares the old nodes with each other but not with
 * the new leaf, and a tree with a double key is refused by every later joiner.
 */
function hasUniqueKeys(tree: ClientState["ratchetTree"]): boolean {
  const keys = new Set<string>();
  for (const node of tree) {
    if (node === undefined) continue;
    const key = encodeHex(
      node.nodeType === "leaf" ? node.leaf.hpkePublicKey : node.parent.hpkePublicKey,
    );
    if (keys.has(key)) return false;
    keys.add(key);
  }
  return true;
}

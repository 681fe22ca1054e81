/** Decides whether a commit that ts-mls could process is one that we accept. */

import type { ClientState, IncomingMessageCallback, ProposalWithSender } from "ts-mls";
import { type Bytes, encodeHex } from "../../base/bytes.ts";
import type { CredentialCheck } from "./certificates.ts";
import {
  type GroupPolicy,
  judgeChange,
  type MembershipChange,
  shapeOfCommit,
} from "./group_policy.ts";
import { type GroupMember, type GroupState, membersOf } from "./group_state.ts";
import { type Failure, refused } from "./messages.ts";
import { disownedAmong, isBarred } from "./removed_devices.ts";

/** Takes a commit's proposals out of ts-mls, which shows them in its callback only. Standalone proposals are rejected. */
export class ProposalTrap {
  proposals: readonly ProposalWithSender[] = [];

  readonly callback: IncomingMessageCallback = (incoming) => {
    if (incoming.kind === "proposal") return "reject";
    this.proposals = incoming.proposals;
    return "accept";
  };
}

/** What ts-mls made of a commit, and what it is judged by. */
export interface CommitToJudge {
  readonly newTree: ClientState["ratchetTree"];
  readonly proposals: readonly ProposalWithSender[];
  readonly check: CredentialCheck;
  readonly policy: GroupPolicy;
  /** Absent for an external commit: its committer is the member whom it adds. */
  readonly committer?: GroupMember;
  readonly authenticatedData: Bytes;
}

/** The change of members, or why nobody may make it. The same for our own commits and for those of others. */
export async function judgeCommit(
  state: GroupState,
  commit: CommitToJudge,
): Promise<({ readonly kind: "allowed" } & MembershipChange) | Failure> {
  const { newTree, proposals, check, policy, authenticatedData } = commit;
  const isExternal = commit.committer === undefined;
  const shape = shapeOfCommit(proposals, isExternal);
  if (shape === undefined) return refused("commit-shape");
  if (!hasUniqueKeys(newTree)) return refused("duplicate-key");
  const members = membersOf(newTree, check.devices);
  const judged = judgeChange(shape, state.members, members);
  if (!judged.ok) return refused(judged.code);
  const { added, removed } = judged;
  const committer = commit.committer ?? added[0];
  const before = state.use().ratchetTree;
  const disowned = await disownedAmong(removed, check.removals, { before, after: newTree });
  const change = { committer, isExternal, added, removed, disowned, members, authenticatedData };
  if (!policy.allows(change)) return refused("not-allowed");
  const leaving = new Set(removed.map((member) => member.leafIndex));
  for (const device of added) {
    const isBack = await isBarred(before, check.removals, { leaving, device });
    if (isBack) return { ...refused("removed-device"), device };
  }
  return { kind: "allowed", ...change };
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

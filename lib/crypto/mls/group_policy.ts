/**
 * Who may be in a group. The caller's policy says which accounts; the rules below hold in every group. All of it depends
 * only on what every member sees alike, so that all decide alike (SR-12).
 */

import type { ProposalWithSender } from "ts-mls";
import { type Bytes, encodeHex } from "../../base/bytes.ts";
import type { AccountId, Fingerprint } from "../../base/ids.ts";
import { isSameDevice } from "./certificates.ts";
import type { GroupMember } from "./group_state.ts";
import type { MlsRefusal } from "./messages.ts";

/** A change of the members, as a policy judges it. A new or joined group has everyone in `added`. */
export interface MembershipChange {
  /** Who committed; the creator of a new group, the signer of the GroupInfo for one that is joined. */
  readonly committer: GroupMember;
  /** True for an external commit: the committer added itself. */
  readonly isExternal: boolean;
  readonly added: readonly GroupMember[];
  readonly removed: readonly GroupMember[];
  /** Those of `removed` whom a list in the tree names, where all members judge by lists: anybody may put them out. */
  readonly disowned?: readonly GroupMember[];
  /** Everyone after the change. */
  readonly members: readonly GroupMember[];
  /** What the commit carries in clear, signed: an invitation, for instance. */
  readonly authenticatedData: Bytes;
}

/**
 * 1. `allows` MUST answer the same at every member for the same change: no pins, no clocks, no revocations.
 * 2. It MUST NOT change anything: it is asked before it is known whether the change happens.
 */
export interface GroupPolicy {
  allows(change: MembershipChange): boolean;
}

/**
 * The policy of a direct conversation (SR-17): devices of these accounts with exactly these identities, no others. Any
 * device of either may join by itself.
 */
export function directPolicy(identities: ReadonlyMap<AccountId, Fingerprint>): GroupPolicy {
  return {
    allows: ({ members }) =>
      members.every((member) => identities.get(member.accountId) === member.identity),
  };
}

/** What a commit does; SR-15 allows nothing else. */
export type CommitShape =
  | { readonly kind: "update" }
  | { readonly kind: "add" }
  | { readonly kind: "remove"; readonly leaves: readonly number[] }
  | { readonly kind: "external"; readonly leaves: readonly number[] };

/** Undefined when the proposals are none of the allowed sets (SR-15). */
export function shapeOfCommit(
  proposals: readonly ProposalWithSender[],
  isExternal: boolean,
): CommitShape | undefined {
  const leaves: number[] = [];
  let adds = 0;
  let inits = 0;
  for (const { proposal } of proposals) {
    if (proposal.proposalType === "remove") leaves.push(proposal.remove.removed);
    else if (proposal.proposalType === "add") adds++;
    else if (proposal.proposalType === "external_init") inits++;
    else return undefined;
  }
  if (isExternal) {
    return inits === 1 && adds === 0 && leaves.length <= 1
      ? { kind: "external", leaves }
      : undefined;
  }
  if (inits > 0 || adds > 1 || (adds === 1 && leaves.length > 0)) return undefined;
  if (adds === 1) return { kind: "add" };
  return leaves.length > 0 ? { kind: "remove", leaves } : { kind: "update" };
}

/** Rules about the members as such, whatever happened before. */
export function judgeMembers(members: readonly GroupMember[]): MlsRefusal | undefined {
  const devices = new Set<string>();
  const keys = new Set<string>();
  const identities = new Map<AccountId, Fingerprint>();
  for (const { accountId, deviceId, identity, mlsKey } of members) {
    const device = `${accountId}/${deviceId}`;
    const key = encodeHex(mlsKey);
    // Not checked by ts-mls 1.6.4 for an external commit; a second leaf of one key refuses every later joiner.
    if (devices.has(device) || keys.has(key)) return "duplicate-device";
    devices.add(device);
    keys.add(key);
    // A group's identities are fixed: an account with a new identity needs a new group (SR-07, SR-17).
    const first = identities.get(accountId) ?? identity;
    if (first !== identity) return "second-identity";
    identities.set(accountId, identity);
  }
  return undefined;
}

/** Who came and who went, or which rule stands against it. */
export type JudgedChange =
  | {
    readonly ok: true;
    readonly added: readonly GroupMember[];
    readonly removed: readonly GroupMember[];
  }
  | { readonly ok: false; readonly code: MlsRefusal };

/** Compares the leaves before and after a commit with what the commit said it does (SR-15 to SR-17). */
export function judgeChange(
  shape: CommitShape,
  before: readonly GroupMember[],
  after: readonly GroupMember[],
): JudgedChange {
  const leaving = shape.kind === "remove" || shape.kind === "external" ? shape.leaves : [];
  const removed = before.filter((member) => leaving.includes(member.leafIndex));
  const staying = before.filter((member) => !leaving.includes(member.leafIndex));
  const afterByLeaf = new Map(after.map((member) => [member.leafIndex, member]));
  for (const member of staying) {
    const now = afterByLeaf.get(member.leafIndex);
    // ts-mls lets a member put another acceptable credential into its own leaf (measured).
    if (now === undefined || !isSameDevice(member, now)) return { ok: false, code: "changed-leaf" };
    afterByLeaf.delete(member.leafIndex);
  }
  const added = [...afterByLeaf.values()];
  const joins = shape.kind === "add" || shape.kind === "external" ? 1 : 0;
  if (added.length !== joins || removed.length !== leaving.length) {
    return { ok: false, code: "commit-shape" };
  }
  if (shape.kind === "external" && removed.some((member) => !isSameDevice(member, added[0]))) {
    // Measured: ts-mls accepts an external commit by eve that removes bob.
    return { ok: false, code: "other-device-removed" };
  }
  const code = judgeMembers(after);
  return code === undefined ? { ok: true, added, removed } : { ok: false, code };
}

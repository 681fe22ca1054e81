/**
 * What a commit may do in a room: the table of docs/decisions/0020-rooms.md. It is asked after the entry was verified and
 * worked into the membership log, and judges whether the leaves do exactly what the entry says (SR-33, SR-34).
 */

import { equalBytes } from "../../base/bytes.ts";
import { isSameDevice } from "../mls/certificates.ts";
import type { GroupPolicy, MembershipChange } from "../mls/group_policy.ts";
import type { GroupMember } from "../mls/group_state.ts";
import type { MembershipLog } from "./membership_log.ts";
import type { MembershipLogChange } from "./commit_data.ts";
import type { Admission, Join, Removal } from "./entry_layouts.ts";

/** The policy for one commit, whose data were read into `change`. It allows no other one. */
export function roomPolicy(change: MembershipLogChange): GroupPolicy {
  return {
    allows: (asked) =>
      equalBytes(asked.authenticatedData, change.data) &&
      asked.members.every((member) => isIn(change.after, member)) &&
      isAllowed(asked, change),
  };
}

/** The policy for making a room's group: its founder's device alone. */
export function foundingPolicy(membershipLog: MembershipLog): GroupPolicy {
  return {
    allows: ({ members, removed, isExternal }) =>
      !isExternal && removed.length === 0 && members.length === 1 &&
      isIn(membershipLog, members[0]),
  };
}

function isIn({ members }: MembershipLog, { accountId, identity }: GroupMember): boolean {
  return members.get(accountId)?.identity === identity;
}

function isAllowed(asked: MembershipChange, { before, entry }: MembershipLogChange): boolean {
  const { committer, isExternal, added, removed } = asked;
  // Only an external commit adds a leaf: its own.
  if (added.length > 0 !== isExternal) return false;
  switch (entry?.facts.type) {
    case undefined:
      // A device of an account that is in comes in or returns; or an account tidies up its own devices, and whoever is
      // there those that their account's signed list names (SR-10).
      return isExternal ||
        removed.every((member) =>
          member.accountId === committer.accountId || asked.disowned?.includes(member) === true
        );
    case "roles":
      return !isExternal && removed.length === 0 && isSigner(entry.signer, committer);
    case "opening":
      // The first entry of a room, which no commit carries.
      return false;
    case "admission":
    case "join":
      return isExternal && removed.length === 0 && isAdmitted(entry.facts, committer);
    case "removal":
      return !isExternal && isRemovalOf(entry.facts, asked, before);
  }
}

function isSigner(
  signer: { account: string; identity: string },
  { accountId, identity }: GroupMember,
): boolean {
  return signer.account === accountId && signer.identity === identity;
}

function isAdmitted(
  { account, identity }: Admission | Join,
  { accountId, ...device }: GroupMember,
) {
  return account === accountId && identity === device.identity;
}

/** All leaves of the account and no others go; none, when it was only invited. */
function isRemovalOf(
  { account }: Removal,
  { removed, members }: MembershipChange,
  before: MembershipLog,
): boolean {
  if (!before.members.has(account)) return removed.length === 0;
  const isComplete = !members.some((member) => member.accountId === account);
  return isComplete && removed.length > 0 &&
    removed.every((gone) =>
      gone.accountId === account && !members.some((member) => isSameDevice(member, gone))
    );
}

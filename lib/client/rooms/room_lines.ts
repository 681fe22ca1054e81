/** What a change of a room's membership log says to people. Pure. */

import type { AccountId } from "../../base/ids.ts";
import type { MembershipLog, RoomRole } from "../../crypto/room/membership_log.ts";
import type { VerifiedEntry } from "../../crypto/room/entry.ts";

const ROLE_WORDS: Readonly<Record<RoomRole, string>> = {
  owner: "an owner",
  moderator: "a moderator",
  member: "a member",
};

/** The lines about one entry, from the membership log before and after it. */
export function describeEntry(
  { facts, signer }: Pick<VerifiedEntry, "facts" | "signer">,
  before: MembershipLog,
  after: MembershipLog,
): readonly string[] {
  switch (facts.type) {
    case "admission":
      return [`${facts.account} came in, invited by ${signer.account}`];
    case "removal":
      return before.members.has(facts.account)
        ? [describeRemoval(facts.account, signer.account)]
        : [];
    case "roles":
      return [...after.members].flatMap(([account, { role }]) =>
        before.members.get(account)?.role === role
          ? []
          : [`${signer.account} made ${account} ${ROLE_WORDS[role]} of this room`]
      );
  }
}

function describeRemoval(account: AccountId, by: AccountId): string {
  return account === by ? `${account} left this room` : `${by} removed ${account} from this room`;
}

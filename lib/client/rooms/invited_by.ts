/** Who invites this account into a room. */

import { Refusal, TrustError } from "../../base/errors.ts";
import type { MembershipLog } from "../../crypto/room/membership_log.ts";
import type { VerifiedEntry } from "../../crypto/room/entry.ts";
import type { Link } from "../link/link.ts";
import { meet } from "../contacts/contact_check.ts";
import type { Messenger } from "../store/messenger.ts";
import { readEntry } from "../groups/membership_logs.ts";

/**
 * The invitation of this account, unless it is in already. Who signed it must be who this person knows by that name. Throws
 * TrustError when it is not, Refusal `not-member` when it is for somebody else.
 */
export async function findInvitation(
  messenger: Messenger,
  link: Link,
  membershipLog: MembershipLog,
): Promise<VerifiedEntry | undefined> {
  const { own } = messenger.profile;
  const { groupId: conversation } = membershipLog;
  if (membershipLog.members.has(own.account)) return undefined;
  const { payload } = await link.ask("room.invitation", { conversation });
  const entry = await readEntry(messenger, link, payload.slice());
  const { facts, signer } = entry;
  const isForUs = facts.type === "admission" && facts.account === own.account &&
    facts.identity === own.identity.key.fingerprint && membershipLog.version >= facts.version;
  if (!isForUs) throw new Refusal("not-member", "The invitation is not for this account");
  const host = await meet(messenger, link, signer.account);
  if (host.changedTo !== undefined || host.pinned !== signer.identity) {
    throw new TrustError(
      "identity-changed",
      `${host.name}, who invites, has another identity than before: accept it first`,
      { details: { account: host.account, pinned: host.pinned } },
    );
  }
  return entry;
}

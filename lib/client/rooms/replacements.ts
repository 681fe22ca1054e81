/**
 * Whether a room rightly takes the place of another one under the same number (SR-35): its first entry says so, and an owner
 * of the room before signed it. A server could otherwise put any room under a number that people know.
 */

import { CryptoError } from "../../base/errors.ts";
import type { AccountId, ConversationId } from "../../base/ids.ts";
import { type MembershipLog, replacedBy, roleOf } from "../../crypto/room/membership_log.ts";
import type { VerifiedEntry } from "../../crypto/room/entry.ts";
import { splitSections } from "../../protocol/sections.ts";
import type { Link } from "../link/link.ts";
import type { Messenger } from "../store/messenger.ts";
import { fetchMembershipLog, readEntry } from "../groups/membership_logs.ts";

/** As many repairs may have passed while a device was away. */
const MAX_REPAIRS = 16;

/** Who repaired the room that `known` is the membership log of; undefined when nobody did who may. Rejects as `fetchMembershipLog` does. */
export async function findRepairer(
  messenger: Messenger,
  link: Link,
  { conversation, known }: { conversation: ConversationId; known: MembershipLog },
): Promise<AccountId | undefined> {
  let replacement = await fetchFirst(messenger, link, conversation);
  const founder = replacement.signer.account;
  for (let repairs = 1; repairs <= MAX_REPAIRS; repairs++) {
    const before = replacedBy(replacement);
    if (before === undefined) return undefined;
    const membershipLog = before === known.groupId
      ? known
      : await fetchMembershipLog(messenger, link, before);
    if (roleOf(membershipLog, replacement.signer) !== "owner") return undefined;
    if (membershipLog === known) return founder;
    replacement = await fetchFirst(messenger, link, before);
  }
  return undefined;
}

async function fetchFirst(
  messenger: Messenger,
  link: Link,
  conversation: ConversationId,
): Promise<VerifiedEntry> {
  const { fields, payload } = await link.ask("room.entries", { conversation, after: 0 });
  const [first] = splitSections(payload, fields.sizes);
  if (first === undefined) throw new CryptoError("refused", "The room has no first entry");
  return await readEntry(messenger, link, first.slice());
}

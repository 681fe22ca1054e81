/** The membership log of a room from the server's list of entries: worked through from the first, which the group id confirms. */

import { CryptoError } from "../../base/errors.ts";
import type { Bytes } from "../../base/bytes.ts";
import type { ConversationId } from "../../base/ids.ts";
import {
  applyEntry,
  createMembershipLog,
  type MembershipLog,
} from "../../crypto/room/membership_log.ts";
import { type VerifiedEntry, verifyEntry } from "../../crypto/room/entry.ts";
import { splitSections } from "../../protocol/sections.ts";
import type { Link } from "../link/link.ts";
import type { Messenger } from "../store/messenger.ts";
import { withCertificates } from "./mls_steps.ts";

/**
 * The membership log as the server shows it now. `known`: what this device had of it; the server's must go on from there. Throws
 * CryptoError `refused` when the list is not right, Refusal `not-member`.
 */
export async function fetchMembershipLog(
  messenger: Messenger,
  link: Link,
  conversation: ConversationId,
  known?: MembershipLog,
): Promise<MembershipLog> {
  let membershipLog = known;
  for (;;) {
    const after = membershipLog?.version ?? 0;
    const { fields, payload } = await link.ask("room.entries", { conversation, after });
    const entries = splitSections(payload, fields.sizes);
    for (const bytes of entries) {
      membershipLog = await follow(messenger, link, { conversation, membershipLog, bytes });
    }
    if (membershipLog === undefined || fields.version < membershipLog.version) throw wrongList();
    if (fields.version === membershipLog.version) return membershipLog;
    // A list that ends before the version that it says would never end.
    if (entries.length === 0) throw wrongList();
  }
}

/** Checks an entry's signature, fetching the signer's certificate when it is not here. Throws CryptoError `refused`. */
export async function readEntry(
  messenger: Messenger,
  link: Link,
  bytes: Bytes,
): Promise<VerifiedEntry> {
  const { entry } = await withCertificates(
    messenger,
    link,
    () => verifyEntry(bytes, messenger.directory.verifier),
  );
  return entry;
}

async function follow(
  messenger: Messenger,
  link: Link,
  { conversation, membershipLog, bytes }: {
    conversation: ConversationId;
    membershipLog: MembershipLog | undefined;
    bytes: Bytes;
  },
): Promise<MembershipLog> {
  const entry = await readEntry(messenger, link, bytes);
  const step = membershipLog === undefined
    ? await createMembershipLog(conversation, entry)
    : await applyEntry(membershipLog, entry);
  if (!step.ok) throw wrongList();
  return step.membershipLog;
}

function wrongList(): CryptoError {
  return new CryptoError("refused", "The server's list of the room's members is wrong");
}

/** What a person decides about those they know. */

import { Refusal } from "../../base/errors.ts";
import { type AccountId, type Peer } from "../../base/ids.ts";
import { parseAccountName } from "../../base/account_name.ts";
import { isSameSafetyNumber, safetyNumber } from "../../crypto/statements/safety_number.ts";
import type { Link } from "../link/link.ts";
import { closeConversation } from "../groups/closing.ts";
import type { Contact } from "../store/contacts.ts";
import { meet } from "./contact_check.ts";
import { type Messenger, noticeEntry, record } from "../store/messenger.ts";
import { acceptRequest } from "./requests.ts";
import { isDirect } from "../store/conversation_kinds.ts";

/** Someone by any spelling of their name: from memory, else from the server. Throws Refusal `unknown-account`. */
export async function findContact(
  messenger: Messenger,
  link: () => Link,
  name: string,
): Promise<Contact> {
  const parsed = parseAccountName(name);
  const known = parsed.ok ? await messenger.contacts.find(parsed.id) : undefined;
  return known ?? await meet(messenger, link(), name);
}

/** Whoever is written to is known. Throws Refusal `blocked`. */
export async function befriend(messenger: Messenger, peer: Peer): Promise<void> {
  if (!isDirect(peer)) return;
  const { contactStatuses } = messenger.contacts;
  const standing = contactStatuses.of(peer);
  // Found to be known, they are so by the person's own word now.
  if (standing === "known") return contactStatuses.set(peer, "known");
  if (standing === "blocked") {
    throw new Refusal("blocked", `Cannot write to ${peer}: you blocked them. Unblock them first`);
  }
  await acceptRequest(messenger, peer);
}

/** Whom one had blocked one knew; whom one had declined may ask again. False: neither was the case. */
export function unrefuse(
  { contacts: { contactStatuses } }: Messenger,
  account: AccountId,
): boolean {
  const standing = contactStatuses.of(account);
  if (standing === undefined || standing === "known") return false;
  contactStatuses.set(account, standing === "blocked" ? "known" : undefined);
  return true;
}

/** The 60 digits that this person and a contact compare (SR-08). */
export function safetyNumberWith({ profile }: Messenger, contact: Contact): string {
  const { own } = profile;
  return safetyNumber(
    own.serverId,
    { accountId: own.account, identity: own.identity.key.fingerprint },
    { accountId: contact.account, identity: contact.changedTo ?? contact.pinned },
  );
}

/** Marks a contact verified if all 60 digits agree; else changes nothing and returns false. */
export async function verifyContact(
  messenger: Messenger,
  contact: Contact,
  expected: string,
): Promise<boolean> {
  const now = await messenger.contacts.find(contact.account);
  // The digits are those of the identity that was shown, and it must be the pinned one still.
  if (now === undefined || now.changedTo !== undefined || now.pinned !== contact.pinned) {
    return false;
  }
  if (!isSameSafetyNumber(expected, safetyNumberWith(messenger, now))) return false;
  const isMarked = await messenger.contacts.markVerified(now.account, now.pinned);
  if (isMarked) await acceptRequest(messenger, now.account);
  return isMarked;
}

/** Gives up the conversation with a contact, e.g. one that is out of step: the next text begins another one. */
export async function beginAnew(messenger: Messenger, contact: Contact): Promise<void> {
  const { conversations } = messenger;
  const open = conversations.openWith(contact.account);
  if (open === undefined) return;
  const { conversation } = open;
  const entry = noticeEntry(messenger, {
    conversation,
    peer: contact.account,
    code: "given-up",
    text: "You ended this conversation: the next message starts a new one",
  });
  await record(messenger, [entry], () => {
    if (conversations.isIn(conversation, "closed")) return false;
    closeConversation(messenger, conversation);
    return true;
  });
}

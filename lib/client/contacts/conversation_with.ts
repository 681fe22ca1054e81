/** Which conversation a text to a contact goes into: the open one, one to join, or a new one. */

import { type ConversationId, parseConversationId } from "../../base/ids.ts";
import type { Link } from "../link/link.ts";
import { type Contact, requireTrust } from "../store/contacts.ts";
import { joinConversation } from "../groups/joining.ts";
import { listConversations } from "../groups/listed.ts";
import { meet } from "./contact_check.ts";
import type { Messenger } from "../store/messenger.ts";
import { startConversation } from "../groups/starting.ts";

/**
 * The conversation to write to a contact in, started or joined when there is none yet. Undefined while a Welcome of the other
 * side waits in the mailbox. Throws TrustError when the contact is held, Refusal when it has no device yet, CryptoError when
 * the server's keys are not those of the pinned identity.
 */
export async function ensureConversation(
  messenger: Messenger,
  link: Link,
  contact: Contact,
): Promise<ConversationId | undefined> {
  const { conversations } = messenger;
  requireTrust(contact);
  const local = conversations.openWith(contact.account);
  if (local?.state === "lost") {
    const { conversation } = local;
    const joined = await joinConversation(messenger, link, { conversation, contact });
    return joined === "joined" ? conversation : undefined;
  }
  if (local !== undefined) return local.conversation;
  const listed = (await listConversations(link)).find((it) => it.peer === contact.account);
  const conversation = listed && parseConversationId(listed.conversation);
  if (listed === undefined || conversation === undefined) {
    return await begin(messenger, link, { contact, replaces: undefined });
  }
  if (!conversations.isIn(conversation, "closed")) {
    if (listed.member) return undefined;
    const joined = await joinConversation(messenger, link, { conversation, contact });
    if (joined === "joined") return conversation;
    if (joined === "busy") return undefined;
  }
  return await begin(messenger, link, { contact, replaces: conversation });
}

/** The pin is compared once more: with an old one the server's key packages would only look like a fraud. */
async function begin(
  messenger: Messenger,
  link: Link,
  facts: { contact: Contact; replaces: ConversationId | undefined },
): Promise<ConversationId> {
  const contact = await meet(messenger, link, facts.contact.account);
  requireTrust(contact);
  return await startConversation(messenger, link, { ...facts, contact });
}

/** Taking up a conversation that another device began: a Welcome from the mailbox (SR-18, SR-19). */

import { CryptoError } from "../../base/errors.ts";
import { logger } from "../../base/log.ts";
import { type ConversationId, parseConversationId } from "../../base/ids.ts";
import { joinByWelcome } from "../../crypto/mls/join.ts";
import {
  decodeOwnKeyPackage,
  type OwnKeyPackage,
  welcomeRefs,
  wipeOwnKeyPackage,
} from "../../crypto/mls/key_package.ts";
import type { Link } from "../link.ts";
import type { Lease } from "../profile/lease.ts";
import { ownDevice } from "../profile/profile.ts";
import type { Contact } from "./contacts.ts";
import type { HistoryEntry } from "./history.ts";
import { type Messenger, noticeEntry } from "./messenger.ts";
import { joinConversation, policyWith, refreshKeys, withCertificates } from "./opening.ts";
import type { Delivered } from "./receiver.ts";

const log = logger("client", "welcome");

/** What became of a Welcome. */
export type Welcomed =
  | "joined"
  /** The contact's identity changed: it waits until the person accepts. */
  | "held"
  /** Not for us, not from who it says, or for a conversation that was known before. */
  | "dropped"
  | "lost";

export async function acceptWelcome(
  messenger: Messenger,
  link: Link,
  options: { lease: Lease; delivered: Delivered },
): Promise<Welcomed> {
  const { fields, body } = options.delivered;
  const { conversations, directory } = messenger;
  const conversation = parseConversationId(fields.conversation);
  if (conversation === undefined || conversations.isKnown(conversation)) {
    log.warn("welcome for a known conversation");
    return "dropped";
  }
  const { contact } = await directory.meet(link, fields.account);
  if (contact.account !== fields.account) return "dropped";
  if (contact.changedTo !== undefined) return "held";
  const keyPackage = await findKeyPackage(messenger, welcomeRefs(body) ?? []);
  if (keyPackage === undefined) {
    return await comeBack(messenger, link, { conversation, contact });
  }
  const joined = await join(messenger, link, { conversation, contact, keyPackage, ...options });
  if (joined === "joined") await refreshKeys(messenger, conversation, { atOnce: true });
  return joined;
}

async function join(
  messenger: Messenger,
  link: Link,
  about: {
    conversation: ConversationId;
    contact: Contact;
    keyPackage: OwnKeyPackage;
    lease: Lease;
    delivered: Delivered;
  },
): Promise<Welcomed> {
  const { profile, verifier, groups, conversations, history } = messenger;
  const { conversation, contact, keyPackage, delivered } = about;
  let state;
  try {
    ({ state } = await withCertificates(messenger, link, () =>
      joinByWelcome(delivered.body, {
        device: ownDevice(profile),
        keyPackage,
        verifier,
        choosePolicy: ({ groupId, adder }) =>
          groupId === conversation && adder.accountId === contact.account
            ? policyWith(profile, contact)
            : undefined,
      })));
  } catch (error) {
    if (!(error instanceof CryptoError)) throw error;
    log.warn("welcome refused", { code: error.code });
    return "dropped";
  }
  const prepared = await groups.prepare(state, {
    conversation,
    pending: undefined,
    refreshedMs: profile.clock.nowMs(),
    sentSince: 0,
  });
  const before = conversations.openWith(contact.account);
  const written = await history.append(closingLine(messenger, contact, before), () => {
    if (!about.lease.isHeld) return false;
    // A conversation of our own that was just opening has lost the slot; an older one was begun anew by the other side.
    if (before !== undefined) {
      conversations.setState(before.conversation, "closed");
      groups.remove(before.conversation);
    }
    conversations.add({
      conversation,
      peer: contact.account,
      state: "active",
      joinedLate: false,
    });
    groups.insert(prepared);
    conversations.setProcessed(conversation, delivered.fields.seq);
    if (!keyPackage.isLastResort) {
      profile.database.command("DELETE FROM key_package WHERE reference = ?").run(keyPackage.ref);
    }
    return true;
  });
  if (!keyPackage.isLastResort) wipeOwnKeyPackage(keyPackage);
  return written ? "joined" : "lost";
}

function closingLine(
  messenger: Messenger,
  contact: Contact,
  before: { conversation: ConversationId; state: string } | undefined,
): readonly HistoryEntry[] {
  if (before === undefined || before.state === "opening") return [];
  return [
    noticeEntry(messenger, {
      conversation: before.conversation,
      peer: contact.account,
      code: "begun-anew",
      text: `${contact.name} began this conversation anew with fresh keys`,
    }),
  ];
}

/** The package's private half is gone, e.g. after a restored disk: come back in by external commit. */
async function comeBack(
  messenger: Messenger,
  link: Link,
  about: { conversation: ConversationId; contact: Contact },
): Promise<Welcomed> {
  const joined = await joinConversation(messenger, link, { ...about, known: undefined });
  return joined === "joined" ? "joined" : "dropped";
}

async function findKeyPackage(
  { profile }: Messenger,
  references: readonly string[],
): Promise<OwnKeyPackage | undefined> {
  const query = profile.database.query(
    "SELECT sealed FROM key_package WHERE reference = ?",
    (row) => row.bytes("sealed"),
  );
  for (const reference of references) {
    const sealed = query.first(reference);
    if (sealed === undefined) continue;
    const opened = await profile.vault.open("key_package", reference, sealed);
    const decoded = await decodeOwnKeyPackage(opened);
    if (decoded.ok) return decoded.keyPackage;
  }
  return undefined;
}

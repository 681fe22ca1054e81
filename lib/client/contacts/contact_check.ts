/**
 * Meeting an account: its identity as the directory has it now is compared with the pin, and what follows is written down
 * with it (SR-06, SR-07).
 */

import type { AccountId, Fingerprint } from "../../base/ids.ts";
import type { Link } from "../link/link.ts";
import { closeConversation } from "../groups/closing.ts";
import {
  accepted,
  type Contact,
  type ContactCheck,
  judgeMeeting,
  unknownContact,
} from "../store/contacts.ts";
import type { FoundAccount } from "../store/directory.ts";
import { type Messenger, noticeEntry, record } from "../store/messenger.ts";
import { ByteReader, type Bytes, ByteWriter } from "../../base/bytes.ts";
import { importIdentityKey } from "../../crypto/keys/identity.ts";
import type { RosterEntry } from "../../crypto/statements/roster_entry.ts";
import { verifyRotation } from "../../crypto/statements/rotation.ts";

/**
 * Looks an account up and compares it with its pin, or makes the pin. Throws Refusal `unknown-account`, TrustError
 * `bad-directory`.
 */
export async function meet(messenger: Messenger, link: Link, name: string): Promise<Contact> {
  const found = await messenger.directory.lookUp(link, name);
  const contact = await compare(messenger, found);
  const { accountId: account, identity } = found.entry;
  // Only the word of the pinned identity counts.
  if (contact.pinned === identity.fingerprint) {
    await messenger.directory.revocations.take({ account, identity, bytes: found.revocations });
  }
  return contact;
}

async function compare(messenger: Messenger, found: FoundAccount): Promise<Contact> {
  const { contacts, directory, profile } = messenger;
  const { entry, rotation } = found;
  for (;;) {
    const stored = await contacts.read(entry.accountId);
    const isOutdated = () => stored !== undefined && directory.isOutdated(found);
    if (stored !== undefined && isOutdated()) return stored.contact;
    const rotated = stored !== undefined && rotation.length > 0 && await isRotation(rotation, {
      serverId: profile.own.serverId,
      from: stored.contact.pinned,
      entry,
    });
    const { meeting, next } = judgeMeeting(stored?.contact, entry, rotated);
    if (next === undefined && stored !== undefined) {
      if (isOutdated()) continue;
      directory.take(found);
      return stored.contact;
    }
    if (next === undefined) throw unknownContact(entry.accountId);
    const write = await contacts.prepare(next, stored);
    const isWritten = await record(messenger, lines(messenger, next, meeting), () => {
      if (isOutdated() || !write()) return false;
      directory.take(found);
      if (meeting === "rotated") leaveOld(messenger, next.account);
      return true;
    });
    if (!isWritten) continue;
    if (meeting === "changed" || meeting === "rotated") {
      messenger.onEvent({ type: "identity", contact: next, meeting });
    }
    return next;
  }
}

/**
 * The person takes the identity `shown` for this contact; if the server has announced yet another one meanwhile, nothing
 * changes. What waited goes into a new conversation.
 */
export async function acceptIdentity(
  messenger: Messenger,
  account: AccountId,
  shown: Fingerprint | undefined,
): Promise<Contact> {
  const { contacts, profile } = messenger;
  for (;;) {
    const stored = await contacts.read(account);
    if (stored === undefined) throw unknownContact(account);
    const { changedTo } = stored.contact;
    if (changedTo === undefined || changedTo !== shown) return stored.contact;
    const next = accepted(stored.contact);
    const write = await contacts.prepare(next, stored);
    const isWritten = profile.database.transaction(() => {
      if (!write()) return false;
      leaveOld(messenger, account);
      return true;
    });
    if (isWritten) return next;
  }
}

/** Inside a transaction: a group is of the identities that it began with, so the next text begins another one (SR-17). */
function leaveOld(messenger: Messenger, account: AccountId): void {
  const open = messenger.conversations.openWith(account);
  if (open !== undefined) closeConversation(messenger, open.conversation);
}

function lines(messenger: Messenger, contact: Contact, meeting: ContactCheck) {
  const { account: peer, name } = contact;
  const conversation = messenger.conversations.openWith(peer)?.conversation;
  if (meeting === "changed") {
    const text =
      `${name}'s safety number changed: no messages are sent until you accept it. Ask ${name} over another channel first`;
    return [noticeEntry(messenger, { conversation, peer, code: "identity-changed", text })];
  }
  if (meeting === "rotated") {
    const text =
      `${name} has a new identity, signed by the previous one: the safety number changed`;
    return [noticeEntry(messenger, { conversation, peer, code: "identity-rotated", text })];
  }
  return [];
}

// What an account leaves in the directory when it gives itself a new identity: the old key, signing the new one (SR-07).

/** The old key and its statement: who pinned the old identity has only its fingerprint. */
export function joinRotation(algorithm: number, spki: Bytes, statement: Bytes): Bytes {
  return new ByteWriter().u16(algorithm).field(spki).field(statement).finish();
}

/** Whether the identity `from` itself signed the one of `entry`. */
async function isRotation(
  rotation: Bytes,
  facts: { serverId: Fingerprint; from: Fingerprint; entry: RosterEntry },
): Promise<boolean> {
  const { serverId, from, entry } = facts;
  const reader = new ByteReader(rotation);
  const parts = { algorithm: reader.u16(), spki: reader.field(), statement: reader.field() };
  if (!reader.done) return false;
  const old = await importIdentityKey(parts.algorithm, parts.spki);
  if (old === undefined || old.fingerprint !== from) return false;
  const verified = await verifyRotation(parts.statement, serverId, old);
  return verified.ok && verified.rotation.accountId === entry.accountId &&
    verified.rotation.to.fingerprint === entry.identity.fingerprint;
}

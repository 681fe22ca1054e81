/** Taking up a conversation that another device began: a Welcome from the mailbox (SR-18, SR-19). */

import { CryptoError, Refusal, TrustError } from "../../base/errors.ts";
import { type ConversationId, parseConversationId } from "../../base/ids.ts";
import { logger } from "../../base/log.ts";
import type { GroupState } from "../../crypto/mls/group_state.ts";
import { joinByWelcome } from "../../crypto/mls/join.ts";
import {
  decodeOwnKeyPackage,
  type OwnKeyPackage,
  welcomeRefs,
  wipeOwnKeyPackage,
} from "../../crypto/mls/key_package.ts";
import type { Link } from "../link.ts";
import { ownDevice } from "../profile/profile.ts";
import type { Contact } from "./contacts.ts";
import { meet } from "./meeting.ts";
import type { Messenger } from "./messenger.ts";
import { policyWith, withCertificates } from "./mls_steps.ts";
import type { Delivered } from "./parked.ts";

const log = logger("client", "welcome");

/** A Welcome that was read, before anything of it is stored. */
export type ReadWelcome =
  | {
    readonly result: "opened";
    readonly conversation: ConversationId;
    readonly contact: Contact;
    readonly state: GroupState;
    readonly keyPackage: OwnKeyPackage;
  }
  /** The package that it is for is gone: come in by external commit instead. */
  | {
    readonly result: "no-package";
    readonly conversation: ConversationId;
    readonly contact: Contact;
  }
  /** The contact's identity changed: it waits until the person accepts. */
  | { readonly result: "held" }
  /** Not for us, not from who it says, or for a conversation that was known before. */
  | { readonly result: "dropped" };

/** Reads a Welcome. Whatever is wrong with it, the queue goes on; rejects only as the link does. */
export async function readWelcome(
  messenger: Messenger,
  link: Link,
  { fields, body }: Delivered,
): Promise<ReadWelcome> {
  const conversation = parseConversationId(fields.conversation);
  if (conversation === undefined || messenger.conversations.isKnown(conversation)) {
    log.warn("welcome for a known conversation");
    return { result: "dropped" };
  }
  try {
    const contact = await meet(messenger, link, fields.account);
    if (contact.changedTo !== undefined) return { result: "held" };
    const keyPackage = await findKeyPackage(messenger, welcomeRefs(body) ?? []);
    if (keyPackage === undefined) return { result: "no-package", conversation, contact };
    const about = { conversation, contact, keyPackage };
    const state = await open(messenger, link, { ...about, body });
    return { result: "opened", ...about, state };
  } catch (error) {
    const isRefused = error instanceof CryptoError || error instanceof Refusal ||
      error instanceof TrustError;
    if (!isRefused) throw error;
    log.warn("welcome refused", { code: error.code });
    return { result: "dropped" };
  }
}

/** After it was stored: the used private half of a one-time package is gone from memory too (SR-30). */
export function forgetWelcome(read: ReadWelcome): void {
  if (read.result === "opened" && !read.keyPackage.isLastResort) wipeOwnKeyPackage(read.keyPackage);
}

async function open(
  messenger: Messenger,
  link: Link,
  about: {
    conversation: ConversationId;
    contact: Contact;
    keyPackage: OwnKeyPackage;
    body: Uint8Array<ArrayBuffer>;
  },
): Promise<GroupState> {
  const { profile, verifier } = messenger;
  const { conversation, contact, keyPackage, body } = about;
  const joined = await withCertificates(messenger, link, () =>
    joinByWelcome(body, {
      device: ownDevice(profile),
      keyPackage,
      verifier,
      choosePolicy: ({ groupId, adder }) =>
        groupId === conversation && adder.accountId === contact.account
          ? policyWith(profile, contact)
          : undefined,
    }));
  return joined.state;
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

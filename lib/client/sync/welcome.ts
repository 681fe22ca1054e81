/** Taking up a conversation that another device began: a Welcome from the mailbox (SR-18, SR-19). */

import { CryptoError, Refusal, TrustError } from "../../base/errors.ts";
import { type ConversationId, parseConversationId } from "../../base/ids.ts";
import { logger } from "../../base/log.ts";
import type { GroupState } from "../../crypto/mls/group_state.ts";
import {
  type OwnKeyPackage,
  welcomeRefs,
  wipeOwnKeyPackage,
} from "../../crypto/mls/key_package.ts";
import type { Link } from "../link/link.ts";
import type { Contact } from "../store/contacts.ts";
import { findKeyPackage } from "../groups/key_packages.ts";
import { meet } from "../contacts/contact_check.ts";
import type { Messenger } from "../store/messenger.ts";
import { joinWelcome } from "../groups/mls_steps.ts";
import type { Delivered } from "../store/deferred.ts";

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
    const keyPackage = await findKeyPackage(messenger.profile, welcomeRefs(body) ?? []);
    if (keyPackage === undefined) return { result: "no-package", conversation, contact };
    const about = { conversation, contact, keyPackage };
    const state = await joinWelcome(messenger, link, { ...about, body });
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

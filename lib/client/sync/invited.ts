/** What a Welcome does to this profile: the new conversation takes the place of any other with that account (SR-19). */

import { type ConversationId, parseConversationId } from "../../base/ids.ts";
import { learnRemovals } from "../groups/agreed_removals.ts";
import type { Link } from "../link/link.ts";
import type { Lease } from "../profile/lease.ts";
import { begunAnewLine, closeConversation } from "../groups/closing.ts";
import { joinedInstead } from "../groups/joining.ts";
import { findKeyPackage, usedKeyPackage } from "../groups/key_packages.ts";
import { type Messenger, record } from "../store/messenger.ts";
import { DeferredEnvelopes, type Delivered } from "../store/deferred.ts";
import { NEVER_REFRESHED } from "../groups/committing.ts";
import { CryptoError, Refusal, TrustError } from "../../base/errors.ts";
import { logger } from "../../base/log.ts";
import type { GroupState } from "../../crypto/mls/group_state.ts";
import {
  type OwnKeyPackage,
  welcomeRefs,
  wipeOwnKeyPackage,
} from "../../crypto/mls/key_package.ts";
import type { Contact } from "../store/contacts.ts";
import { meet } from "../contacts/contact_check.ts";
import { joinWelcome } from "../groups/mls_steps.ts";
import { isPassingFailure } from "../../protocol/failure.ts";

/** What became of a Welcome. `held` and `dropped` as in `ReadWelcome`; `lost`: the lease is gone. */
type Welcomed =
  | { readonly result: "joined"; readonly conversation: ConversationId }
  | { readonly result: "held" | "dropped" | "lost" };

/** Takes up the conversation of a Welcome, if it is one to take up. */
export async function acceptWelcome(
  messenger: Messenger,
  link: Link,
  options: { lease: Lease; delivered: Delivered },
): Promise<Welcomed> {
  const read = await readWelcome(messenger, link, options.delivered);
  switch (read.result) {
    case "held":
    case "dropped":
      return { result: read.result };
    case "no-package":
      // Its private half is gone, e.g. after a restored disk. Coming in anyway shows that somebody is there.
      if (!messenger.contacts.contactStatuses.isOpenTo(read.contact.account)) {
        return { result: "dropped" };
      }
      return await joinedInstead(messenger, link, read)
        ? { result: "joined", conversation: read.conversation }
        : { result: "dropped" };
    case "opened": {
      const isStored = await store(messenger, read, options);
      forgetWelcome(read);
      return isStored ? { result: "joined", conversation: read.conversation } : { result: "lost" };
    }
  }
}

async function store(
  messenger: Messenger,
  read: Extract<ReadWelcome, { result: "opened" }>,
  { lease, delivered }: { lease: Lease; delivered: Delivered },
): Promise<boolean> {
  const { profile, groups, conversations } = messenger;
  const { conversation, contact, state, keyPackage } = read;
  await learnRemovals(messenger, state);
  const prepared = await groups.prepare(state, {
    conversation,
    membershipLog: undefined,
    pending: undefined,
    // Due at once, and still due after a crash: without its commit ts-mls would refuse later joiners.
    refreshedMs: NEVER_REFRESHED,
    sentSince: 0,
  });
  return await record(messenger, begunAnewLine(messenger, contact), () => {
    if (!lease.isHeld) return false;
    // One of our own that was just opening has lost the slot; an older one was begun anew by the other side.
    const before = conversations.openWith(contact.account);
    if (before !== undefined) closeConversation(messenger, before.conversation);
    const peer = contact.account;
    conversations.add({ conversation, peer, state: "active", joinedLate: false });
    groups.put(prepared);
    conversations.setProcessed(conversation, delivered.fields.seq);
    usedKeyPackage(profile, keyPackage);
    new DeferredEnvelopes(profile.database).remove(delivered);
    return true;
  });
}

const log = logger("client", "welcome");

/** A Welcome that was read, before anything of it is stored. */
type ReadWelcome =
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

/** Reads a Welcome. Whatever is wrong with it, the queue goes on; rejects as the link does, and with a refusal that passes. */
async function readWelcome(
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
    // What the server cannot say just now it says later: the Welcome waits there.
    if (!isRefused || isPassingFailure(error.code)) throw error;
    log.warn("welcome refused", { code: error.code });
    return { result: "dropped" };
  }
}

/** After it was stored: the used private half of a one-time package is gone from memory too (SR-30). */
function forgetWelcome(read: ReadWelcome): void {
  if (read.result === "opened" && !read.keyPackage.isLastResort) wipeOwnKeyPackage(read.keyPackage);
}

/** What a Welcome does to this profile: the new conversation takes the place of any other with that account (SR-19). */

import type { ConversationId } from "../../base/ids.ts";
import { learnRemovals } from "../groups/agreed_removals.ts";
import type { Link } from "../link/link.ts";
import type { Lease } from "../profile/lease.ts";
import { begunAnewLine, closeConversation } from "../groups/closing.ts";
import { joinedInstead } from "../groups/joining.ts";
import { usedKeyPackage } from "../groups/key_packages.ts";
import { type Messenger, record } from "../store/messenger.ts";
import type { Delivered } from "../store/deferred.ts";
import { NEVER_REFRESHED } from "../groups/key_rotation.ts";
import { forgetWelcome, type ReadWelcome, readWelcome } from "./welcome.ts";

/** What became of a Welcome. `held` and `dropped` as in `ReadWelcome`; `lost`: the lease is gone. */
export type Welcomed =
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
  const { profile, groups, conversations, parked } = messenger;
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
    parked.remove(delivered);
    return true;
  });
}

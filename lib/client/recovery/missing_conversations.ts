/** Compares the server's list of conversations with this device's: what is there and not here, and what went back (SR-25). */

import { describeError, Refusal, TrustError } from "../../base/errors.ts";
import { type ConversationId, parseConversationId } from "../../base/ids.ts";
import { parseAccountId } from "../../base/account_name.ts";
import { logger } from "../../base/log.ts";
import type { Link } from "../link/link.ts";
import { closeConversation, holdOutOfStep } from "../groups/closing.ts";
import { joinConversation } from "../groups/joining.ts";
import { listConversations, type ListedConversation } from "../groups/listed.ts";
import { settledMark } from "../store/marks.ts";
import { meet } from "../contacts/contact_check.ts";
import { type Messenger, noticeEntry, record } from "../store/messenger.ts";

const log = logger("client", "conversations");

/**
 * Joins conversations of the account that this device is not in yet: another device of it, or of the peer, began them.
 * One that this device was removed from is closed. `left behind`: also those that the server says it is in, when all Welcomes have been read: the answer to a join was lost.
 */
export async function joinMissing(
  messenger: Messenger,
  link: Link,
  { also }: { also: "none" | "left behind" },
): Promise<void> {
  const { conversations, groups } = messenger;
  // Read before the server is asked: another process of this profile may commit meanwhile.
  const before = new Map(
    conversations.list().map(({ conversation, state }) => {
      return [conversation, { state, epoch: groups.epochOf(conversation) }];
    }),
  );
  for (const listed of await listConversations(link)) {
    const conversation = parseConversationId(listed.conversation);
    if (conversation === undefined) continue;
    if (conversations.isKnown(conversation)) {
      const { state, epoch } = before.get(conversation) ?? {};
      if (epoch !== undefined && listed.epoch < epoch) {
        await holdOutOfStep(messenger, conversation, "went-back");
      } else if (state === "active" && !listed.member) await leaveRemoved(messenger, conversation);
      continue;
    }
    // One that was begun since everything was read: its Welcome is on its way, and opens what was said before a join.
    const isLeftBehind = also === "left behind" && !listed.welcome;
    if (listed.member && !isLeftBehind) continue;
    const condition = joinCondition(messenger, listed);
    if (condition === undefined) continue;
    await join(messenger, link, { ...condition, conversation, peer: listed.peer });
  }
  if (also === "left behind") settledMark(messenger.profile.database).moveTo(1);
}

/**
 * A conversation that a stranger began with another device of this account waits there for the person's word: one of the
 * account's devices acts in it only when it was given. What was there before this device was is no request. Undefined: not
 * to be joined.
 */
function joinCondition(
  { contacts: { contactStatuses }, profile }: Messenger,
  { peer }: ListedConversation,
): { readonly needsOwnAct?: true } | undefined {
  const account = parseAccountId(peer);
  if (account === undefined || contactStatuses.hearing(account) === "heard") return {};
  if (settledMark(profile.database).isSet()) return { needsOwnAct: true };
  // Declined or blocked here, before anything was read.
  if (contactStatuses.of(account) !== undefined) return undefined;
  contactStatuses.find(account);
  return {};
}

/** Off the delivery list nothing comes any more, not even the commit that removed this device. */
async function leaveRemoved(messenger: Messenger, conversation: ConversationId): Promise<void> {
  const { conversations } = messenger;
  const peer = conversations.find(conversation)?.peer;
  if (peer === undefined) return;
  const text = "This device was removed from the conversation";
  const entry = noticeEntry(messenger, { conversation, peer, code: "removed", text });
  await record(messenger, [entry], () => {
    if (!conversations.isIn(conversation, "active")) return false;
    closeConversation(messenger, conversation);
    return true;
  });
}

async function join(
  messenger: Messenger,
  link: Link,
  { peer, ...where }: {
    readonly conversation: ConversationId;
    readonly peer: string;
    readonly needsOwnAct?: true;
  },
): Promise<void> {
  try {
    const contact = await meet(messenger, link, peer);
    if (contact.changedTo !== undefined) return;
    await joinConversation(messenger, link, { ...where, contact });
  } catch (error) {
    if (!(error instanceof Refusal || error instanceof TrustError)) throw error;
    log.warn("cannot join", { reason: describeError(error) });
  }
}

/** Compares the server's list of conversations with this device's: what is there and not here, and what went back (SR-25). */

import { describeError, Refusal, TrustError } from "../../base/errors.ts";
import { type ConversationId, parseConversationId } from "../../base/ids.ts";
import { logger } from "../../base/log.ts";
import type { Link } from "../link.ts";
import { joinConversation } from "./joining.ts";
import { listConversations, type ListedConversation } from "./listed.ts";
import { meet } from "./meeting.ts";
import type { Messenger } from "./messenger.ts";
import { holdOutOfStep } from "./out_of_step.ts";

const log = logger("client", "conversations");

/**
 * Joins conversations of the account that this device is not in yet: another device of it, or of the peer, began them.
 * `left behind`: also those that the server says it is in, when all Welcomes have been read: the answer to a join was lost.
 */
export async function joinMissing(
  messenger: Messenger,
  link: Link,
  { also }: { also: "none" | "left behind" },
): Promise<void> {
  const { conversations, groups } = messenger;
  // Read before the server is asked: another process of this profile may commit meanwhile.
  const epochs = new Map(
    conversations.list().map(({ conversation }) => [conversation, groups.epochOf(conversation)]),
  );
  for (const listed of await listConversations(link)) {
    const conversation = parseConversationId(listed.conversation);
    if (conversation === undefined) continue;
    if (conversations.isKnown(conversation)) {
      const epoch = epochs.get(conversation);
      if (epoch !== undefined && listed.epoch < epoch) {
        await holdOutOfStep(messenger, conversation, "went-back");
      }
      continue;
    }
    if (!listed.member || also === "left behind") await join(messenger, link, conversation, listed);
  }
}

async function join(
  messenger: Messenger,
  link: Link,
  conversation: ConversationId,
  { peer }: ListedConversation,
): Promise<void> {
  try {
    const contact = await meet(messenger, link, peer);
    if (contact.changedTo !== undefined) return;
    await joinConversation(messenger, link, { conversation, contact });
  } catch (error) {
    if (!(error instanceof Refusal || error instanceof TrustError)) throw error;
    log.warn("cannot join", { reason: describeError(error) });
  }
}

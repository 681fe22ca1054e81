/** Tells others how far the person has seen their conversations, and that they type: only where they take part in that. */

import type { Peer } from "../../base/ids.ts";
import { ATTENTION_MESSAGES, TYPING_SECONDS } from "../../protocol/peer/attention.ts";
import { enqueueControlMessage } from "../sending/sender.ts";
import type { AttentionKind } from "../store/attention.ts";
import { isDirect } from "../store/conversation_kinds.ts";
import { draftMessage } from "../store/drafts.ts";
import type { Messenger } from "../store/messenger.ts";

/** Between two words of one kind in a conversation. */
const AGAIN_MS = 5_000;
/** Where nobody else is known to take part, the person is known to by one word a day. */
const ALONE_MS = 24 * 3_600_000;
/** In larger rooms nobody would look at it, and everybody would pay for it. */
const MAX_MEMBERS = 50;

/** Writes down what is to be told of what was seen. Returns whether there is something to send, and when to look again. */
export async function tellSeen(
  messenger: Messenger,
): Promise<{ readonly isSent: boolean; readonly againMs: number }> {
  const { attention } = messenger;
  let isSent = false;
  let againMs = Infinity;
  for (const peer of attention.isOn("seen") ? attention.due() : []) {
    const waitMs = waitOf(messenger, peer, "seen");
    // Asked at every write, and for a day where nobody else takes part: the room is only opened when its time has come.
    if (waitMs > 0) againMs = Math.min(againMs, waitMs);
    else if (!await mayTell(messenger, peer)) attention.settle(peer);
    else isSent = await tellSeenIn(messenger, peer) || isSent;
  }
  return { isSent, againMs };
}

async function tellSeenIn(messenger: Messenger, peer: Peer): Promise<boolean> {
  const { attention, profile: { clock } } = messenger;
  const target = attention.lastShown(peer);
  if (target === undefined || attention.told(peer, "seen")?.id === target) {
    attention.settle(peer);
    return false;
  }
  const message = draftMessage(ATTENTION_MESSAGES["attention.seen"], { target });
  const id = await enqueueControlMessage(messenger, peer, message, () => {
    if (!attention.isOn("seen")) return false;
    attention.setTold(peer, "seen", { id: target, atMs: clock.nowMs() });
    attention.settle(peer);
    return true;
  });
  return id !== undefined;
}

/** The same of typing, if it is due: what cannot leave at once is not said. Returns whether there is something to send. */
export async function tellTyping(messenger: Messenger, peer: Peer): Promise<boolean> {
  const { attention, drafts, profile: { clock } } = messenger;
  const isDue = attention.isOn("typing") && waitOf(messenger, peer, "typing") <= 0 &&
    !drafts.peers().includes(peer);
  if (!isDue || !await mayTell(messenger, peer)) return false;
  const message = draftMessage(ATTENTION_MESSAGES["attention.typing"], { seconds: TYPING_SECONDS });
  const id = await enqueueControlMessage(messenger, peer, message, () => {
    if (!attention.isOn("typing")) return false;
    attention.setTold(peer, "typing", { id: "", atMs: clock.nowMs() });
    return true;
  });
  return id !== undefined;
}

function waitOf({ attention, profile: { clock } }: Messenger, peer: Peer, kind: AttentionKind) {
  const told = attention.told(peer, kind);
  if (told === undefined) return 0;
  return told.atMs + (attention.isShared(peer) ? AGAIN_MS : ALONE_MS) - clock.nowMs();
}

/**
 * Never to strangers, to whoever was blocked, and to rooms that are large or that the person has left; nor where nothing may leave
 * just now: it would be kept, and the person told that something of theirs is held who has written nothing.
 */
async function mayTell(
  { contacts, contacts: { contactStatuses }, conversations, groups }: Messenger,
  peer: Peer,
): Promise<boolean> {
  const open = conversations.openWith(peer);
  if (open === undefined || open.state === "out-of-step") return false;
  if (isDirect(peer)) {
    const contact = await contacts.find(peer);
    return contactStatuses.of(peer) === "known" && contact?.changedTo === undefined;
  }
  const members = (await groups.membershipLogOf(open.conversation))?.members;
  return members !== undefined && members.size <= MAX_MEMBERS;
}

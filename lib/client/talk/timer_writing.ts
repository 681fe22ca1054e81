/** How long messages stay, as this person sets it: judged by the rules by which others will, and said again in rooms. */

import { Refusal, UsageError } from "../../base/errors.ts";
import {
  type ConversationId,
  type EnvelopeId,
  isRoom,
  newEnvelopeId,
  type Peer,
} from "../../base/ids.ts";
import { CHAT_MESSAGES, isTimer } from "../../protocol/peer/chat.ts";
import { draftMessage } from "../store/drafts.ts";
import { type Messenger, noticeEntry, record } from "../store/messenger.ts";
import { ownRoomAdmins } from "./change_writing.ts";
import { timerWords } from "../store/timers.ts";
import { encodePacket } from "../../protocol/packet.ts";
import { roomAdminsOf } from "../store/epochs.ts";
import { seal } from "../sending/sealer.ts";

/** What is said from now on stays so many seconds, 0 for good. Throws UsageError `bad-timer`, Refusal `not-permitted`. */
export async function writeTimer(
  messenger: Messenger,
  peer: Peer,
  seconds: number,
  { id = newEnvelopeId(messenger.profile.random) }: { readonly id?: EnvelopeId | undefined } = {},
): Promise<EnvelopeId> {
  const { profile, drafts, conversations } = messenger;
  const { timers } = conversations;
  if (!isTimer(seconds)) {
    throw new UsageError("bad-timer", "Messages disappear after 5 seconds to a year, or off");
  }
  const conversation = conversations.openWith(peer)?.conversation;
  if (isRoom(peer) && !(await ownRoomAdmins(messenger, peer)).isRoomAdmin) {
    throw new Refusal(
      "not-permitted",
      "Only owners and moderators say when messages disappear here",
    );
  }
  const before = timers.find(peer);
  const revision = before?.conversation === conversation ? (before?.revision ?? 0) + 1 : 1;
  const fields = { sentAtMs: profile.clock.nowMs(), revision, seconds };
  const sealed = await drafts.seal(id, draftMessage(CHAT_MESSAGES["chat.timer"], fields));
  const text = timerWords("You", seconds);
  const line = {
    ...noticeEntry(messenger, { conversation, peer, code: "timer", text }),
    own: true,
  };
  await record(messenger, [line], () => {
    drafts.insert(peer, id, sealed);
    timers.put({ peer, conversation, seconds, revision, id });
    return true;
  });
  return id;
}

/** By those whose word counts, if there is anything to say. */
export async function tellTimer(messenger: Messenger, conversation: ConversationId): Promise<void> {
  const { profile, groups, conversations } = messenger;
  const peer = conversations.find(conversation)?.peer;
  const timer = peer && conversations.timers.find(peer);
  const membershipLog = await groups.membershipLogOf(conversation);
  const isRoomAdmin = membershipLog !== undefined &&
    roomAdminsOf(membershipLog).has(profile.own.account);
  if (timer === undefined || timer.seconds === 0 || !isRoomAdmin) return;
  const { seconds, revision } = timer;
  const sentAtMs = profile.clock.nowMs();
  await seal(messenger, conversation, [{
    envelope: newEnvelopeId(profile.random),
    // The same revision: who knows it learns nothing new.
    payload: (chain) => encodePacket({ kind: "chat.timer", ...chain, sentAtMs, revision, seconds }),
    isDue: () => true,
    commit: () => {},
  }]);
}

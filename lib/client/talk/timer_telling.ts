/** Says again in a room how long messages stay: who has come in does not know it. */

import { type ConversationId, newEnvelopeId } from "../../base/ids.ts";
import { encodePacket } from "../../protocol/packet.ts";
import type { Messenger } from "../store/messenger.ts";
import { roomAdminsOf } from "../store/room_admins.ts";
import { seal } from "../sending/sealer.ts";

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

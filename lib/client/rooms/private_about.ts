/** What a room is called, as somebody who invited this account says in the direct conversation. */

import {
  type AccountId,
  type ConversationId,
  type Fingerprint,
  parseConversationId,
  type Peer,
} from "../../base/ids.ts";
import type { PeerFields } from "../../protocol/peer/mod.ts";
import type { Messenger } from "../store/messenger.ts";
import { prepareAhead } from "./pending_room_info.ts";
import { readAbout } from "./room_reading.ts";
import type { PeerNews } from "../store/peer_news.ts";

/**
 * Name and topic of a room, told to this account alone: at once when it is in and the sender in charge, else kept until it
 * comes in. `room`: where the lines belong. Undefined for a message of no room.
 */
export async function readPrivateAbout(
  { profile, conversations, groups }: Messenger,
  { conversation: id, name, topic }: PeerFields<"room.about">,
  { from, identity }: { from: AccountId; identity: Fingerprint },
): Promise<PeerNews & { room?: { conversation: ConversationId; peer: Peer } } | undefined> {
  const conversation = id === undefined ? undefined : parseConversationId(id);
  if (conversation === undefined) return undefined;
  const known = conversations.find(conversation);
  if (known?.state !== "active") {
    const write = await prepareAhead(profile, conversation, { name, topic, from, identity });
    return { lines: [], write };
  }
  const membershipLog = await groups.membershipLogOf(conversation);
  if (membershipLog?.members.get(from)?.identity !== identity) return undefined;
  const said = await readAbout(profile, { conversation, membershipLog }, { name, topic, from });
  return { ...said, room: { conversation, peer: known.peer } };
}

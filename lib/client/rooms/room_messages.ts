/** What is said about rooms: what one is called, and what was said in it before somebody came. */

import { readAbout, readPast } from "./room_reading.ts";
import type { HistoryEntry } from "../store/history.ts";
import { type Messenger, noticeEntry } from "../store/messenger.ts";
import type { FamilyMessage, PeerNews, RoomNews, RoomSpeaker } from "../store/peer_news.ts";
import { knowText } from "../store/room_texts.ts";
import {
  type AccountId,
  type ConversationId,
  type Fingerprint,
  parseConversationId,
  type Peer,
} from "../../base/ids.ts";
import type { PeerFields } from "../../protocol/peer/mod.ts";
import { prepareAhead } from "./pending_room_info.ts";

const NOTHING: RoomNews = { lines: [], entries: [], writes: [] };

/** Reads one. Rejects when the profile cannot be read; what is not allowed comes to nothing. */
export async function takeRoomMessage(
  messenger: Messenger,
  message: FamilyMessage<"room">,
  said: RoomSpeaker,
): Promise<RoomNews> {
  if (message.kind === "room.past") return await past(messenger, message, said);
  const { conversation, membershipLog, sender } = said;
  if (membershipLog === undefined) return await aboutAnother(messenger, message, sender);
  const told = { ...message.fields, from: sender.accountId };
  const { lines, write } = await readAbout(
    messenger.profile,
    { conversation, membershipLog },
    told,
  );
  return { lines, entries: [], writes: write === undefined ? [] : [write] };
}

/** What a room is called, by somebody who invited this account to it. */
async function aboutAnother(
  messenger: Messenger,
  { fields }: Extract<FamilyMessage<"room">, { kind: "room.about" }>,
  { accountId: from, identity }: RoomSpeaker["sender"],
): Promise<RoomNews> {
  if (from === messenger.profile.own.account) return NOTHING;
  const told = await readPrivateAbout(messenger, fields, { from, identity });
  if (told === undefined) return NOTHING;
  const { room, lines, write } = told;
  return {
    lines: [],
    entries: room === undefined
      ? []
      : lines.map((line) => noticeEntry(messenger, { ...room, ...line })),
    writes: write === undefined ? [] : [write],
  };
}

async function past(
  messenger: Messenger,
  message: Extract<FamilyMessage<"room">, { kind: "room.past" }>,
  { membershipLog, sender, isTold }: RoomSpeaker,
): Promise<RoomNews> {
  const { own } = messenger.profile;
  // In a room, others would be told as well; and what one said oneself needs no telling.
  if (membershipLog !== undefined || sender.accountId === own.account) return NOTHING;
  const entries: HistoryEntry[] = [];
  const writes: (() => void)[] = [];
  for (const entry of await readPast(messenger, message, sender)) {
    // One run may hold what is told twice.
    if (isTold(entry.id) || entries.some(({ id }) => id === entry.id)) continue;
    entries.push(entry);
    const { conversation, id } = entry;
    if (conversation === undefined) continue;
    writes.push(() => knowText(messenger.profile.database, conversation, id));
  }
  return { lines: [], entries, writes };
}

/**
 * Name and topic of a room, told to this account alone: at once when it is in and the sender in charge, else kept until it
 * comes in. `room`: where the lines belong. Undefined for a message of no room.
 */
async function readPrivateAbout(
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

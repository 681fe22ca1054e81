/** What is said about rooms: what one is called, and what was said in it before somebody came. */

import { readAbout, readPast } from "./room_reading.ts";
import type { HistoryEntry } from "../store/history.ts";
import { noticeEntry } from "../store/messenger.ts";
import type { Stores } from "../store/stores.ts";
import {
  type PeerNews,
  type Reader,
  type SealedFamily,
  sealedFamily,
  type Speaker,
} from "../store/families.ts";
import { knowText } from "../store/room_texts.ts";
import {
  type AccountId,
  type ConversationId,
  type Fingerprint,
  parseConversationId,
  type Peer,
} from "../../base/ids.ts";
import { ROOM_MESSAGES, type RoomMessage } from "../../protocol/peer/room.ts";
import { prepareAhead } from "./pending_room_info.ts";

type Message<Kind extends RoomMessage["kind"]> = Extract<RoomMessage, { kind: Kind }>;

const NOTHING: PeerNews = { lines: [] };

/** What members tell each other about rooms. They are judged with the room; what is not allowed comes to nothing. */
export const ROOMS: SealedFamily = sealedFamily({
  kinds: ROOM_MESSAGES,
  hearsStrangers: true,
  async take(stores, message, speaker, reader) {
    if (reader === undefined) return NOTHING;
    const said = { ...speaker, ...reader };
    if (message.kind === "room.past") return await past(stores, message, said);
    const { conversation, from, membershipLog } = said;
    if (membershipLog === undefined) return await aboutAnother(stores, message, said);
    const told = { ...message.fields, from };
    return await readAbout(stores.profile, { conversation, membershipLog }, told);
  },
});

/** What a room is called, by somebody who invited this account to it. */
async function aboutAnother(
  stores: Stores,
  { fields }: Message<"room.about">,
  { from, identity }: Speaker & Reader,
): Promise<PeerNews> {
  if (from === stores.profile.own.account) return NOTHING;
  const told = await readPrivateAbout(stores, fields, { from, identity });
  if (told === undefined) return NOTHING;
  const { room, lines, write } = told;
  return {
    lines: [],
    entries: room === undefined
      ? []
      : lines.map((line) => noticeEntry(stores, { ...room, ...line })),
    ...(write === undefined ? {} : { write }),
  };
}

async function past(
  stores: Stores,
  message: Message<"room.past">,
  { membershipLog, from, device, identity, own, isTold }: Speaker & Reader,
): Promise<PeerNews> {
  // In a room, others would be told as well; and what one said oneself needs no telling.
  if (membershipLog !== undefined || own) return NOTHING;
  const entries: HistoryEntry[] = [];
  const writes: (() => void)[] = [];
  for (
    const entry of await readPast(stores, message, {
      accountId: from,
      deviceId: device,
      identity,
    })
  ) {
    // One run may hold what is told twice.
    if (isTold(entry.id) || entries.some(({ id }) => id === entry.id)) continue;
    entries.push(entry);
    const { conversation, id } = entry;
    if (conversation === undefined) continue;
    writes.push(() => knowText(stores.profile.database, conversation, id));
  }
  return { lines: [], entries, write: () => writes.forEach((write) => write()) };
}

/**
 * Name and topic of a room, told to this account alone: at once when it is in and the sender in charge, else kept until it
 * comes in. `room`: where the lines belong. Undefined for a message of no room.
 */
async function readPrivateAbout(
  { profile, conversations, groups }: Stores,
  { conversation: id, name, topic }: Message<"room.about">["fields"],
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

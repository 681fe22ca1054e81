/** What is said about rooms: what one is called, and what was said in it before somebody came. */

import { readPrivateAbout } from "./private_about.ts";
import { noteText, readAbout, readPast, type RoomNews } from "./room_reading.ts";
import type { StoredGroup } from "../store/groups.ts";
import type { PeerMessage } from "../store/inbound.ts";
import { type Messenger, noticeEntry } from "../store/messenger.ts";
import type { OpenedEnvelope } from "../receiving/opening.ts";

type Entry = ReturnType<typeof noticeEntry>;

/** One such message. */
export type RoomMessage = Extract<PeerMessage, { kind: "room.about" | "room.past" }>;

/** Where it was said, and by whom: the leaf that sealed it. */
export interface RoomMessageContext {
  readonly conversation: StoredGroup["conversation"];
  /** Undefined: between two people, not in a room. */
  readonly membershipLog: StoredGroup["membershipLog"];
  readonly sender: Extract<OpenedEnvelope["opened"], { kind: "application" }>["sender"];
  /** Whether this run of envelopes holds an entry already. */
  readonly isTold: (id: string) => boolean;
}

/** What comes of it. */
export interface RoomMessageResult {
  /** For the conversation itself. */
  readonly lines: RoomNews["lines"];
  /** As they are. */
  readonly entries: readonly Entry[];
  /** In the transaction that stores them. */
  readonly writes: readonly (() => void)[];
}

const NOTHING: RoomMessageResult = { lines: [], entries: [], writes: [] };

/** Reads one. Rejects when the profile cannot be read; what is not allowed comes to nothing. */
export async function takeRoomMessage(
  messenger: Messenger,
  message: RoomMessage,
  said: RoomMessageContext,
): Promise<RoomMessageResult> {
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
  { fields }: Extract<RoomMessage, { kind: "room.about" }>,
  { accountId: from, identity }: RoomMessageContext["sender"],
): Promise<RoomMessageResult> {
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
  message: Extract<RoomMessage, { kind: "room.past" }>,
  { membershipLog, sender, isTold }: RoomMessageContext,
): Promise<RoomMessageResult> {
  const { own } = messenger.profile;
  // In a room, others would be told as well; and what one said oneself needs no telling.
  if (membershipLog !== undefined || sender.accountId === own.account) return NOTHING;
  const entries: Entry[] = [];
  const writes: (() => void)[] = [];
  for (const entry of await readPast(messenger, message, sender)) {
    // One run may hold what is told twice.
    if (isTold(entry.id) || entries.some(({ id }) => id === entry.id)) continue;
    entries.push(entry);
    const { conversation, id } = entry;
    if (conversation !== undefined) writes.push(noteText(messenger.profile, conversation, id));
  }
  return { lines: [], entries, writes };
}

/** What is said and done in a room besides texts, as lines of the history and writes of the same transaction. */

import {
  type AccountId,
  type ConversationId,
  type DeviceId,
  type Fingerprint,
  parseConversationId,
} from "../../base/ids.ts";
import type { MembershipLog, RoomRole } from "../../crypto/room/membership_log.ts";
import type { MembershipLogChange } from "../../crypto/room/commit_data.ts";
import type { HistoryEntry } from "../store/history.ts";
import type { RoomMessage } from "../../protocol/peer/room.ts";
import type { PeerNews } from "../store/families.ts";
import { isTextKnown } from "../store/room_texts.ts";
import { type Messenger, noticeEntry } from "../store/messenger.ts";
import type { Stores } from "../store/stores.ts";
import type { Profile } from "../profile/profile.ts";
import { issuedMs } from "./invitations.ts";
import { forgetGuest } from "./guests.ts";
import {
  addRoomTask,
  findAbout,
  forgetTasksFor,
  prepareAbout,
  type RoomAbout,
} from "./room_store.ts";
import { type VerifiedEntry, verifyEntry } from "../../crypto/room/entry.ts";
import { splitSections } from "../../protocol/sections.ts";
import type { OutboxRow } from "../store/outbox.ts";

/** A room as a device has it. */
export interface RoomPlace {
  readonly conversation: ConversationId;
  readonly membershipLog: MembershipLog;
}

/** Name and topic: they count from those in charge only. */
export async function readAbout(
  profile: Profile,
  { conversation, membershipLog }: RoomPlace,
  { name, topic, from }: RoomAbout & { readonly from: AccountId },
): Promise<PeerNews> {
  const role = membershipLog.members.get(from)?.role;
  // An open room keeps what its first entry says.
  const isSaidOnce = membershipLog.open !== undefined;
  if (isSaidOnce || role !== "owner" && role !== "moderator") {
    return { lines: [{ code: "refused-about", text: `${from} may not rename this room` }] };
  }
  const write = await prepareAbout(profile, conversation, { name, topic });
  const before = await findAbout(profile, conversation);
  // It is said again for newcomers.
  if (before.name === name && before.topic === topic) return { lines: [], write };
  const text = `${from} named this room ${name}${topic === "" ? "" : `: ${topic}`}`;
  return { lines: [{ code: "about", text }], write };
}

/**
 * Texts of a room that a member said before this device came in, without those that it has; by their sender's own word on
 * when. None when the sender is no member of a room that this device came into later.
 */
export async function readPast(
  { profile: { database }, conversations, groups }: Stores,
  { fields, texts }: Extract<RoomMessage, { kind: "room.past" }>,
  sender: { accountId: AccountId; deviceId: DeviceId; identity: Fingerprint },
): Promise<readonly HistoryEntry[]> {
  const room = parseConversationId(fields.conversation);
  const known = room && conversations.find(room);
  if (known === undefined || known.state !== "active" || !known.joinedLate) return [];
  const { conversation, peer } = known;
  const membershipLog = await groups.membershipLogOf(conversation);
  const { accountId: from, deviceId: device, identity } = sender;
  if (membershipLog?.members.get(from)?.identity !== identity) return [];
  const whose = { conversation, peer, from, device, own: false } as const;
  const said = { ...whose, kind: "text", isToldAgain: true } as const;
  const ids = new Set<string>();
  return fields.items.flatMap(({ id, sentAtMs, atMs, place, replyTo, expireSeconds }, i) => {
    if (ids.has(id) || isTextKnown(database, conversation, id)) return [];
    ids.add(id);
    return [{
      ...said,
      id,
      text: texts[i],
      sentAtMs,
      atMs,
      ...(place === undefined ? {} : { number: place }),
      ...(replyTo === undefined ? {} : { replyTo }),
      ...(expireSeconds === undefined ? {} : { expireSeconds }),
    }];
  });
}

/** A commit's entry. Who was let in is told what it missed, as soon as this device may send. */
export function readMembershipLogChange(
  { database }: Profile,
  conversation: ConversationId,
  { before, after, entry, epoch }: MembershipLogChange & { readonly epoch: number },
): PeerNews {
  if (entry === undefined) return { lines: [] };
  const lines = describeEntry(entry, before, after)
    .map((text) => ({ code: "members-changed", text }));
  const { facts } = entry;
  if (facts.type === "roles" || facts.type === "opening") return { lines };
  const { account } = facts;
  return {
    lines,
    write() {
      forgetGuest(database, conversation, account);
      if (facts.type === "removal") {
        return forgetTasksFor(database, { conversation, account });
      }
      // An open room is read from then on, however somebody came in.
      if (facts.type === "join" || after.open !== undefined) return;
      const sinceMs = issuedMs(facts);
      addRoomTask(database, { conversation, kind: "welcome", account, sinceMs, epoch });
    },
  };
}

const ROLE_WORDS: Readonly<Record<RoomRole, string>> = {
  owner: "an owner",
  moderator: "a moderator",
  member: "a member",
};

/** The lines about one entry, from the membership log before and after it. */
function describeEntry(
  { facts, signer }: Pick<VerifiedEntry, "facts" | "signer">,
  before: MembershipLog,
  after: MembershipLog,
): readonly string[] {
  switch (facts.type) {
    case "opening":
      return [];
    case "join":
      return [`${facts.account} joined`];
    case "admission":
      return [`${facts.account} joined (invited by ${signer.account})`];
    case "removal":
      return before.members.has(facts.account)
        ? [describeRemoval(facts.account, signer.account)]
        : [];
    case "roles":
      return [...after.members].flatMap(([account, { role }]) =>
        before.members.get(account)?.role === role
          ? []
          : [`${signer.account} made ${account} ${ROLE_WORDS[role]} of this room`]
      );
  }
}

function describeRemoval(account: AccountId, by: AccountId): string {
  return account === by ? `${account} left this room` : `${by} removed ${account} from this room`;
}

/** Its lines, and what is forgotten of those who are out. */
export async function ownCommitNews(
  messenger: Messenger,
  row: OutboxRow,
  logs: { readonly before: MembershipLog; readonly after: MembershipLog },
): Promise<{ readonly entries: readonly HistoryEntry[]; readonly write: () => void }> {
  const { conversation } = row;
  const { before, after } = logs;
  const gone = [...before.members.keys()].filter((account) => !after.members.has(account));
  return {
    entries: await linesOf(messenger, row, logs),
    write() {
      const { database } = messenger.profile;
      for (const account of gone) forgetTasksFor(database, { conversation, account });
    },
  };
}

/** None for a commit without an entry. */
async function linesOf(
  messenger: Messenger,
  row: OutboxRow,
  { before, after }: { readonly before: MembershipLog; readonly after: MembershipLog },
): Promise<readonly HistoryEntry[]> {
  const { conversation, body, fields } = row;
  const peer = messenger.conversations.find(conversation)?.peer;
  if (before.version === after.version) return [];
  // Written by `propose`: commit, GroupInfo, entry.
  const [, , bytes] = splitSections(body, fields.sizes as readonly number[], 3);
  const read = await verifyEntry(bytes.slice(), messenger.directory.verifier);
  if (read.kind !== "verified" || peer === undefined) return [];
  return describeEntry(read.entry, before, after).map((text) =>
    noticeEntry(messenger, { conversation, peer, code: "members-changed", text })
  );
}

/** Who was invited to a room and has not come in, by the signed invitations that the server keeps. */

import { CryptoError } from "../../base/errors.ts";
import type { AccountId, ConversationId } from "../../base/ids.ts";
import { applyEntry, type MembershipLog } from "../../crypto/room/membership_log.ts";
import { splitSections } from "../../protocol/sections.ts";
import type { Link } from "../link/link.ts";
import { type Messenger, note } from "../store/messenger.ts";
import { readEntry } from "../groups/membership_logs.ts";
import type { Database } from "../../storage/database.ts";
import { listRoomTasks } from "./room_store.ts";

/** Somebody who was invited. */
export interface Guest {
  readonly account: AccountId;
  readonly invitedBy: AccountId;
  readonly expiresMs: number;
  /** By the server's word. */
  readonly declined: boolean;
}

/** 10,000 guests, more than any room has: a server that goes on has made them up. */
const MAX_PAGES = 100;

/**
 * Those whose invitation is signed by somebody who may invite them under this membership log; the server cannot add one. Throws as
 * `Link.ask`.
 */
export async function fetchGuests(
  messenger: Messenger,
  link: Link,
  membershipLog: MembershipLog,
): Promise<readonly Guest[]> {
  const guests: Guest[] = [];
  const conversation = membershipLog.groupId;
  let after: string | undefined;
  for (let page = 1; page <= MAX_PAGES; page++) {
    const { fields, payload } = await link.ask(
      "room.guests",
      after === undefined ? { conversation } : { conversation, after },
    );
    const entries = splitSections(payload, fields.sizes, fields.guests.length);
    for (const [i, { expiresMs, declined }] of fields.guests.entries()) {
      const invited = await readInvitation(messenger, link, {
        membershipLog,
        bytes: entries[i].slice(),
      });
      if (invited !== undefined) guests.push({ ...invited, expiresMs, declined });
    }
    after = fields.guests.at(-1)?.account;
    if (!fields.more || after === undefined) break;
  }
  return guests;
}

async function readInvitation(
  messenger: Messenger,
  link: Link,
  { membershipLog, bytes }: { membershipLog: MembershipLog; bytes: Uint8Array<ArrayBuffer> },
): Promise<Pick<Guest, "account" | "invitedBy"> | undefined> {
  try {
    const entry = await readEntry(messenger, link, bytes);
    const { facts, signer } = entry;
    if (facts.type !== "admission" || !(await applyEntry(membershipLog, entry)).ok) {
      return undefined;
    }
    return { account: facts.account, invitedBy: signer.account };
  } catch (error) {
    if (error instanceof CryptoError) return undefined;
    throw error;
  }
}

// Whom this device invited to its rooms: told when they decline, or do not come while the invitation lasts.

/** Somebody whom this device invited. */
interface AwaitedGuest {
  readonly account: AccountId;
  readonly expiresMs: number;
}

/** Inside a transaction, or alone: an invitation was sent. */
export function awaitGuest(
  database: Database,
  conversation: ConversationId,
  { account, expiresMs }: AwaitedGuest,
): void {
  database.command("INSERT OR REPLACE INTO room_guest VALUES (?, ?, ?)")
    .run(conversation, account, expiresMs);
}

/** They came in, or are not to come any more. False when they were not awaited. */
export function forgetGuest(
  database: Database,
  conversation: ConversationId,
  account: AccountId,
): boolean {
  return database.command("DELETE FROM room_guest WHERE conversation = ? AND account = ?")
    .run(conversation, account) > 0;
}

/** Tells of each guest that will not come. `declined`: the server says that somebody turned an invitation down. */
export async function reviewGuests(
  messenger: Messenger,
  link: Link,
  { conversation, declined }: { conversation: ConversationId; declined: boolean },
): Promise<void> {
  const { profile: { database, clock }, groups } = messenger;
  const awaited = listAwaited(database, conversation);
  if (awaited.length === 0) return;
  const late = awaited.filter(({ expiresMs }) => expiresMs <= clock.nowMs());
  for (const { account } of late) {
    await tell(messenger, conversation, {
      account,
      text: `${account} did not join: the invitation has expired`,
    });
  }
  const membershipLog = declined ? await groups.membershipLogOf(conversation) : undefined;
  if (membershipLog === undefined) return;
  for (const { account, declined } of await fetchGuests(messenger, link, membershipLog)) {
    if (!declined) continue;
    await tell(messenger, conversation, { account, text: `${account} declined the invitation` });
  }
}

/** Nothing of somebody whom this device does not await. */
async function tell(
  messenger: Messenger,
  conversation: ConversationId,
  { account, text }: { account: AccountId; text: string },
): Promise<void> {
  const peer = messenger.conversations.find(conversation)?.peer;
  const isNews = forgetGuest(messenger.profile.database, conversation, account);
  if (peer !== undefined && isNews) {
    await note(messenger, { conversation, peer, code: "guest-gone", text });
  }
}

/** How far an invitation by this device is: the server is still to be asked, or has it. Undefined when there is none. */
export function invitationState(
  database: Database,
  conversation: ConversationId,
  account: AccountId,
): "queued" | "sent" | undefined {
  const waits = listRoomTasks(database).some((task) =>
    task.kind === "invite" && task.conversation === conversation && task.account === account
  );
  if (waits) return "queued";
  const isAwaited = listAwaited(database, conversation).some((guest) => guest.account === account);
  return isAwaited ? "sent" : undefined;
}

function listAwaited(database: Database, conversation: ConversationId): readonly AwaitedGuest[] {
  return database.query(
    "SELECT account, expires_ms FROM room_guest WHERE conversation = ? ORDER BY account",
    (row): AwaitedGuest => ({
      // Written by `awaitGuest` from a branded value.
      account: row.text("account") as AccountId,
      expiresMs: row.integer("expires_ms"),
    }),
  ).all(conversation);
}

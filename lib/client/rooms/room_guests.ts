/** Whom this device invited to its rooms: told when they decline, or do not come while the invitation lasts. */

import type { AccountId, ConversationId } from "../../base/ids.ts";
import type { Database } from "../../storage/database.ts";
import type { Link } from "../link/link.ts";
import { type Messenger, note } from "../store/messenger.ts";
import { fetchGuests } from "./guests.ts";
import { listRoomTasks } from "./room_store.ts";

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
      text: `${account} did not come in: the invitation has expired`,
    });
  }
  const membershipLog = declined ? await groups.membershipLogOf(conversation) : undefined;
  if (membershipLog === undefined) return;
  for (const guest of await fetchGuests(messenger, link, membershipLog)) {
    const { account } = guest;
    if (!guest.declined || !awaited.some((one) => one.account === account)) continue;
    await tell(messenger, conversation, { account, text: `${account} declined the invitation` });
  }
}

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

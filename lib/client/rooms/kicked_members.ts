/**
 * Members of rooms who were kicked from the server. That removes nobody from a sealed room: they have what they read, and
 * read on when they are let in again. Those in charge are told, and offered the removal (SR-37).
 */

import { parseAccountId } from "../../base/account_name.ts";
import { type AccountId, type ConversationId, isRoom, roomNumber } from "../../base/ids.ts";
import type { Database } from "../../storage/database.ts";
import type { Link } from "../link/link.ts";
import { type Messenger, note } from "../store/messenger.ts";

/** Tells of each, once for each kick. `kicked`: the server says that there are any. */
export async function reviewKicked(
  messenger: Messenger,
  link: Link,
  { conversation, kicked }: { conversation: ConversationId; kicked: boolean },
): Promise<void> {
  const { profile: { database, own }, groups, conversations } = messenger;
  const told = listTold(database, conversation);
  if (!kicked && told.length === 0) return;
  const members = (await groups.membershipLogOf(conversation))?.members;
  const role = members?.get(own.account)?.role;
  const room = conversations.find(conversation)?.peer;
  if (members === undefined || role === undefined || role === "member") return;
  if (room === undefined || !isRoom(room)) return;
  const { fields } = await link.ask("room.kicked", { conversation });
  const now = fields.accounts.map(parseAccountId).filter((account) => account !== undefined)
    .filter((account) => members.has(account) && account !== own.account);
  // Who is let in again may be kicked again.
  for (const account of told) if (!now.includes(account)) forget(database, conversation, account);
  for (const account of now) {
    if (!remember(database, conversation, account)) continue;
    const text =
      `${account} was kicked from this server, which removes nobody from a sealed room. To remove them here: room remove ${
        roomNumber(room)
      } ${account}`;
    await note(messenger, { conversation, peer: room, code: "member-kicked", text });
  }
}

function listTold(database: Database, conversation: ConversationId): readonly AccountId[] {
  return database.query(
    "SELECT account FROM room_kicked WHERE conversation = ?",
    // Written below from a branded value.
    (row) => row.text("account") as AccountId,
  ).all(conversation);
}

/** False when it was told already. */
function remember(database: Database, conversation: ConversationId, account: AccountId): boolean {
  return database.command("INSERT OR IGNORE INTO room_kicked VALUES (?, ?)")
    .run(conversation, account) > 0;
}

function forget(database: Database, conversation: ConversationId, account: AccountId): void {
  database.command("DELETE FROM room_kicked WHERE conversation = ? AND account = ?")
    .run(conversation, account);
}

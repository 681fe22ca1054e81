/** Which texts of a room are known: what is told again to newcomers is shown once. */

import { type ConversationId, isRoom } from "../../base/ids.ts";
import type { Database } from "../../storage/database.ts";
import type { HistoryEntry } from "./history.ts";

/** Inside a transaction: a text of a room was written into the history. */
export function knowText(database: Database, conversation: ConversationId, id: string): void {
  database.command("INSERT OR IGNORE INTO room_text (conversation, id) VALUES (?, ?)").run(
    conversation,
    id,
  );
}

/** Whether it was. */
export function isTextKnown(
  database: Database,
  conversation: ConversationId,
  id: string,
): boolean {
  return database.query(
    "SELECT id FROM room_text WHERE conversation = ? AND id = ?",
    (row) => row.text("id"),
  ).first(conversation, id) !== undefined;
}

/** Inside a transaction: the server gave an own text its number (row S3.35). */
export function numberText(
  database: Database,
  { conversation, id, number }: { conversation: ConversationId; id: string; number: number },
): void {
  database.command("UPDATE room_text SET number = ? WHERE conversation = ? AND id = ?")
    .run(number, conversation, id);
}

/** An entry's number in its room: others' come with them, own ones have theirs once they were sent. */
export function roomNumberOf(
  database: Database,
  { number, own, kind, peer, id }: HistoryEntry,
): number | undefined {
  if (number !== undefined || !own || kind !== "text" || !isRoom(peer)) return number;
  return database.query(
    "SELECT number FROM room_text WHERE id = ? AND number IS NOT NULL",
    (row) => row.integer("number"),
  ).first(id);
}

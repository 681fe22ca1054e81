/** Which texts of a room are known: what is told again to newcomers is shown once. */

import type { ConversationId } from "../../base/ids.ts";
import type { Database } from "../../storage/database.ts";

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
  return database.has(
    "SELECT id FROM room_text WHERE conversation = ? AND id = ?",
    conversation,
    id,
  );
}

/** Somebody is out of a room: what this person was sending them there ends. */

import type { AccountId, ConversationId } from "../../base/ids.ts";
import type { Database } from "../../storage/database.ts";
import { type SenderState, stepSender } from "./transfer_state.ts";

/** Inside a transaction. The process that runs transfers sees it, and tells the server. */
export function endTransfersTo(
  database: Database,
  { conversation, account }: { conversation: ConversationId; account: AccountId },
): void {
  const rows = database.query(
    `SELECT t.number, t.state FROM conversation c JOIN transfer t ON t.room = c.peer
      WHERE c.conversation = ? AND t.peer = ? AND t.direction = 'out' AND t.ended = 0`,
    (row) => ({ number: row.integer("number"), state: row.text("state") }),
  ).all(conversation, account);
  for (const { number, state } of rows) {
    // Written by the store of transfers, for one that goes out.
    const now = JSON.parse(state) as SenderState;
    const next = stepSender(now, { event: "cancel", by: "there", reason: "left" });
    if (next === undefined) continue;
    database.command("UPDATE transfer SET state = ?, ended = 1, to_release = 1 WHERE number = ?")
      .run(JSON.stringify(next), number);
  }
}

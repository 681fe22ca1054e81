/** Sealing anew what the server refused as too old. */

import { sealMessage } from "../../crypto/mls/seal.ts";
import { openPayload } from "../store/drafts.ts";
import type { Messenger } from "../store/messenger.ts";
import type { OutboxRow } from "../store/outbox.ts";
import { isHeldByRemoved } from "../groups/removed_members.ts";

/**
 * Seals the same payload in the present epoch; it keeps its number, which was not taken. Returns false when the group has
 * not moved on here either, or a removed device is in it by now: it might be what the server waited for.
 */
export async function reseal(messenger: Messenger, row: OutboxRow): Promise<boolean> {
  const { profile, groups, outbox, conversations } = messenger;
  const { conversation } = row;
  if (row.sealed === undefined) return false;
  const payload = await openPayload(profile, row.envelope, row.sealed);
  for (;;) {
    const group = await groups.load(conversation);
    if (group === undefined || !group.state.isActive || group.state.epoch <= row.epoch) {
      return false;
    }
    const { state } = group;
    const { next, message, epoch } = await sealMessage(state, payload);
    const prepared = await groups.prepare(next, group);
    const outcome = profile.database.transaction(() => {
      if (!conversations.isIn(conversation, "active")) return "closed";
      if (isHeldByRemoved(messenger, conversation, state)) return "held";
      // Another process may have sent or sealed it meanwhile.
      if (!outbox.holds(row)) return "done";
      if (!groups.replace(prepared, group.version)) return "lost";
      outbox.reseal(row, { epoch, body: message });
      profile.database.command("UPDATE delivery SET epoch = ? WHERE id = ?")
        .run(epoch, row.envelope);
      return "done";
    });
    if (outcome !== "lost") return outcome === "done";
  }
}

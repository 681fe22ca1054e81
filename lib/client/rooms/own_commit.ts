/** The lines about a commit of one's own: the server delivers it to everyone else. */

import type { MembershipLog } from "../../crypto/room/membership_log.ts";
import { verifyEntry } from "../../crypto/room/entry.ts";
import { splitSections } from "../../protocol/sections.ts";
import type { HistoryEntry } from "../store/history.ts";
import { type Messenger, noticeEntry } from "../store/messenger.ts";
import type { OutboxRow } from "../store/outbox.ts";
import { describeEntry } from "./room_lines.ts";

/** None for a commit without an entry, and none for a direct conversation's. */
export async function ownCommitLines(
  messenger: Messenger,
  row: OutboxRow,
  { before, after }: { before: MembershipLog | undefined; after: MembershipLog | undefined },
): Promise<readonly HistoryEntry[]> {
  const { conversation, body, fields } = row;
  const peer = messenger.conversations.find(conversation)?.peer;
  if (before === undefined || after === undefined || before.version === after.version) return [];
  // Written by `propose`: commit, GroupInfo, entry.
  const [, , bytes] = splitSections(body, fields.sizes as readonly number[], 3);
  const read = await verifyEntry(bytes.slice(), messenger.verifier);
  if (read.kind !== "verified" || peer === undefined) return [];
  return describeEntry(read.entry, before, after).map((text) =>
    noticeEntry(messenger, { conversation, peer, code: "members-changed", text })
  );
}

/** What a commit of one's own did to a room: the server delivers it to everyone else. */

import type { MembershipLog } from "../../crypto/room/membership_log.ts";
import { verifyEntry } from "../../crypto/room/entry.ts";
import { splitSections } from "../../protocol/sections.ts";
import type { HistoryEntry } from "../store/history.ts";
import { type Messenger, noticeEntry } from "../store/messenger.ts";
import type { OutboxRow } from "../store/outbox.ts";
import { describeEntry } from "./room_lines.ts";
import { forgetTasksFor } from "./room_store.ts";

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
  const read = await verifyEntry(bytes.slice(), messenger.verifier);
  if (read.kind !== "verified" || peer === undefined) return [];
  return describeEntry(read.entry, before, after).map((text) =>
    noticeEntry(messenger, { conversation, peer, code: "members-changed", text })
  );
}

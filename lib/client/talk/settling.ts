/**
 * What becomes of edits, deletions and reactions: each is judged when its text is here, by who sealed it and where (SR-11,
 * SR-37), and then done. Nothing depends on the order in which they came. Each step is written by itself and found again
 * after a crash.
 */

import { decodeUtf8 } from "../../base/bytes.ts";
import { logger } from "../../base/log.ts";
import { mayRemove } from "../../crypto/room/membership_log.ts";
import type { HistoryEntry, PlacedEntry } from "../store/history.ts";
import { type Messenger, record } from "../store/messenger.ts";
import { roomAdminsIn } from "../store/epochs.ts";
import type { StoredChange } from "../store/change_store.ts";

const log = logger("client", "talk");

/** Judges and does what can be judged, and tells of it. */
export async function settleChanges(messenger: Messenger): Promise<void> {
  const { changes } = messenger.history;
  for (const change of changes.due()) await judge(messenger, change);
  for (const change of changes.untold()) await tell(messenger, change);
}

async function judge(messenger: Messenger, change: StoredChange): Promise<void> {
  const { history, history: { changes } } = messenger;
  const indexed = history.index.text(change.target);
  const isHere = indexed?.conversation === change.conversation && indexed?.state === "kept";
  const [entry] = indexed === undefined || !isHere ? [] : await history.at([indexed.place]);
  if (entry === undefined || !await counts(messenger, change, entry)) {
    // Of another conversation or account, or of a text that is gone.
    log.info("change does not count", { kind: change.kind });
    return changes.remove(change);
  }
  switch (change.kind) {
    case "edit":
      return await edit(messenger, change, entry);
    case "delete":
      return await history.rewrite([entry.place], (it) => deleted(it, change), () => {
        if (!changes.setState(change, "counts")) return false;
        changes.forgetBut(change);
        return true;
      });
    case "reaction":
      changes.setState(change, "counts");
  }
}

/** Whether the account may do this to the text. An own change was judged by the same rules when it was made. */
async function counts(
  messenger: Messenger,
  { kind, account, conversation, epoch }: StoredChange,
  { from }: PlacedEntry,
): Promise<boolean> {
  if (kind === "reaction" || account === from || epoch === undefined) return true;
  if (kind === "edit" || conversation === undefined) return false;
  // Of a room: as it was when the change was sealed, the same for every member.
  const roomAdmins = await roomAdminsIn(messenger, conversation, epoch);
  return mayRemove(roomAdmins.get(account), roomAdmins.get(from) ?? "member");
}

async function edit(
  { profile, history, history: { changes } }: Messenger,
  change: StoredChange,
  { place }: PlacedEntry,
): Promise<void> {
  const text = decodeUtf8(await profile.vault.open("change", change.id, change.sealed)) ?? "";
  const next = (entry: PlacedEntry): HistoryEntry => ({ ...entry, text, editedMs: change.atMs });
  // Nothing is written when another process has done so, or a later edit took its place.
  await history.rewrite([place], next, () => {
    if (!changes.setState(change, "counts")) return false;
    changes.clear(change);
    return true;
  });
}

function deleted(entry: PlacedEntry, { account }: StoredChange): HistoryEntry {
  const { editedMs: _edited, replyTo: _reply, ...rest } = entry;
  return { ...rest, text: "", deletedBy: account };
}

async function tell(messenger: Messenger, change: StoredChange): Promise<void> {
  const { profile: { own }, history, history: { changes } } = messenger;
  const { target, kind, id, account: from, atMs, conversation } = change;
  const peer = history.index.text(target)?.peer;
  if (peer === undefined) return changes.remove(change);
  const line: HistoryEntry = {
    id,
    conversation,
    peer,
    from,
    device: undefined,
    own: from === own.account,
    kind: "change",
    text: "",
    sentAtMs: atMs,
    atMs,
    change: { type: kind, target },
  };
  // Another process may have told it, or a later one taken its place.
  await record(messenger, [line], () => changes.setState(change, "told"));
}

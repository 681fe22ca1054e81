/**
 * After the profile's folder was restored from a copy: the server has seen outbox numbers that this device does not know of.
 * The ratchets on disk have been used already, so none of them may be used again (SR-23): the device comes back into each
 * conversation with fresh keys, says so there, and sends anew what had not left.
 */

import { utf8 } from "../../base/bytes.ts";
import { logger } from "../../base/log.ts";
import type { Link } from "../link.ts";
import type { HistoryEntry } from "./history.ts";
import { readPayload } from "./inbound.ts";
import { type Messenger, noticeEntry } from "./messenger.ts";
import { joinConversation } from "./opening.ts";

const log = logger("client", "rollback");

/** A joiner that loses the epoch to somebody else's commit tries again. */
const MAX_TRIES = 5;

export function isRolledBack(messenger: Messenger, highestNumber: number): boolean {
  return highestNumber > messenger.outbox.highestNumber;
}

export async function recoverFromRollback(
  messenger: Messenger,
  link: Link,
  highestNumber: number,
): Promise<void> {
  log.warn("profile was restored from a copy", { highestNumber });
  const { profile, conversations, outbox, chains } = messenger;
  await returnToDrafts(messenger);
  outbox.skipTo(highestNumber);
  for (const { conversation, peer, state } of conversations.list()) {
    if (state === "opening") {
      conversations.setState(conversation, "closed");
      continue;
    }
    profile.database.transaction(() => {
      chains.forget(conversation, profile.own.device);
      conversations.setRestarted(conversation);
    });
    await comeBack(messenger, link, { conversation, peer });
  }
}

async function comeBack(
  messenger: Messenger,
  link: Link,
  about: Pick<Parameters<typeof noticeEntry>[1], "conversation" | "peer">,
): Promise<void> {
  const { contacts, groups, history, conversations, onEvent } = messenger;
  const { conversation, peer } = about;
  const contact = await contacts.find(peer);
  const known = (await groups.load(conversation))?.state;
  let joined = false;
  for (let attempt = 0; contact !== undefined && !joined && attempt < MAX_TRIES; attempt++) {
    const outcome = await joinConversation(messenger, link, { conversation, contact, known });
    if (outcome === "not-ours") break;
    joined = outcome === "joined";
  }
  const entry: HistoryEntry = noticeEntry(messenger, {
    conversation,
    peer,
    code: "restored",
    text: joined
      ? "This profile was restored from a copy: the conversation goes on with fresh keys"
      : "This profile was restored from a copy, and could not come back into the conversation",
  });
  await history.append([entry], () => {
    if (!joined) conversations.setState(conversation, "out-of-step");
    return true;
  });
  onEvent({ type: "entry", entry });
}

/** Texts that were sealed by a lost state are sealed anew; the server drops those that it has already, by their id. */
async function returnToDrafts({ profile, outbox }: Messenger): Promise<void> {
  const { database, vault } = profile;
  const peerOf = database.query(
    "SELECT peer FROM conversation WHERE conversation = ?",
    (row) => row.text("peer"),
  );
  for (const row of outbox.after(0, Number.MAX_SAFE_INTEGER)) {
    const peer = peerOf.first(row.conversation);
    const payload = row.sealed && await vault.open("outbox", row.envelope, row.sealed);
    const read = payload && readPayload(payload, row.envelope);
    const message = read?.result === "message" ? read.message : undefined;
    const draft = message?.kind !== "chat.text" ? undefined : await vault.seal(
      "draft",
      row.envelope,
      utf8(JSON.stringify({ text: message.text, sentAtMs: message.fields.sentAtMs })),
    );
    database.transaction(() => {
      outbox.remove(row.number);
      if (draft === undefined || peer === undefined) return;
      database.command("INSERT OR IGNORE INTO draft (peer, id, sealed) VALUES (?, ?, ?)")
        .run(peer, row.envelope, draft);
      database.command("UPDATE delivery SET state = 'queued' WHERE id = ?").run(row.envelope);
    });
  }
}

/**
 * After the server was restored from a backup: it has forgotten what came since, and this device has not (SR-58). Where the
 * device is beyond the backup, a second commit for an epoch that it has passed would split the group. So it holds that
 * conversation, reads what waits in it still, and then begins it anew, with fresh keys and a line that says so.
 */

import {
  CryptoError,
  describeError,
  ProtocolError,
  Refusal,
  TrustError,
} from "../../base/errors.ts";
import type { ConversationId, Peer } from "../../base/ids.ts";
import { logger } from "../../base/log.ts";
import type { ReplyFields } from "../../protocol/hop/mod.ts";
import type { Link } from "../link/link.ts";
import { exclusively } from "../profile/lease.ts";
import { closeConversation } from "../groups/closing.ts";
import { ensureConversation } from "../contacts/conversation_with.ts";
import { isDirect, kindOf } from "../store/conversation_kinds.ts";
import type { Conversation } from "../store/conversations.ts";
import { type Messenger, noticeEntry, record } from "../store/messenger.ts";

const log = logger("client", "restored");

type Place = ReplyFields<"relay.restored">["places"][number];

/** As of `listConversations`: a server that goes on has made them up. */
const MAX_PAGES = 500;

/**
 * Compares the life of the server with the one that this profile knew, and if it is another one, each conversation with the
 * backup. Before anything of the outbox leaves. Rejects as `Link.ask`.
 */
export async function noticeRestore(
  messenger: Messenger,
  link: Link,
  incarnation: string,
): Promise<void> {
  const { profile } = messenger;
  if (knownLife(messenger) === incarnation) return;
  await exclusively(profile, "restore", async () => {
    const known = knownLife(messenger);
    if (known === incarnation) return;
    if (known !== undefined) await compare(messenger, await listPlaces(link, known));
    profile.database.command("INSERT OR REPLACE INTO server_life VALUES (1, ?)").run(incarnation);
  });
}

/** Begins those anew of which everything that waited was read. Rejects as `Link.ask`. */
export async function beginAheadAnew(
  messenger: Messenger,
  link: Link,
  flush: () => Promise<void>,
): Promise<void> {
  const { profile, conversations } = messenger;
  for (const { conversation, peer, state } of conversations.list()) {
    if (state !== "ahead" || !isDirect(peer)) continue;
    profile.database.transaction(() => {
      if (conversations.isIn(conversation, "ahead")) closeConversation(messenger, conversation);
    });
    try {
      const contact = await messenger.contacts.find(peer);
      // At once: the other side, if it is not beyond the backup, would go on in the one that is given up here.
      if (contact !== undefined) await ensureConversation(messenger, link, contact);
    } catch (error) {
      const isTheirs = error instanceof Refusal || error instanceof TrustError ||
        error instanceof CryptoError;
      if (!isTheirs) throw error;
      // With the next text, then.
      log.info("cannot begin anew", { reason: describeError(error) });
    }
    await flush();
  }
}

/** The life of the server that this profile has seen last. */
export function knownLife({ profile }: Messenger): string | undefined {
  return profile.database.text("SELECT incarnation FROM server_life");
}

async function listPlaces(link: Link, known: string): Promise<ReadonlyMap<string, Place>> {
  const places = new Map<string, Place>();
  let after: string | undefined;
  for (let page = 1; page <= MAX_PAGES; page++) {
    const asked = { known, ...(after === undefined ? {} : { after }) };
    const { fields } = await link.ask("relay.restored", asked);
    for (const place of fields.places) places.set(place.conversation, place);
    after = fields.places.at(-1)?.conversation;
    if (!fields.more || after === undefined) return places;
  }
  throw new ProtocolError(
    "endless-list",
    "Cannot compare conversations: the server's list does not end",
  );
}

async function compare(
  messenger: Messenger,
  places: ReadonlyMap<string, Place>,
): Promise<void> {
  log.warn("the server was restored from a backup");
  for (const conversation of messenger.conversations.list()) {
    // It has not told the server yet, and will.
    if (conversation.state === "opening") continue;
    await compareOne(messenger, conversation, places.get(conversation.conversation));
  }
}

async function compareOne(
  messenger: Messenger,
  { conversation, peer, state }: Conversation,
  place: Place | undefined,
): Promise<void> {
  const { conversations, groups } = messenger;
  const epoch = groups.epochOf(conversation);
  // Of one that is `ahead` already everything was said.
  const isAhead = state !== "out-of-step" && state !== "ahead" &&
    (place === undefined || epoch !== undefined && epoch > place.epoch);
  const lost = lostTexts(messenger, conversation, place?.seq ?? -1);
  if (!isAhead && lost.length === 0) return;
  const ahead = isAhead ? aheadWords(peer, { isKnown: place !== undefined }) : "";
  const text = `The server was restored from a backup${ahead}${lostWords(lost.length)}`;
  const code = "server-restored";
  await record(messenger, [noticeEntry(messenger, { conversation, peer, code, text })], () => {
    if (isAhead) {
      conversations.setState(
        conversation,
        kindOf(peer).remedy === "anew" ? "ahead" : "out-of-step",
      );
    }
    const fail = messenger.profile.database.command(
      "UPDATE delivery SET state = 'failed' WHERE id = ? AND state = 'sent'",
    );
    for (const id of lost) fail.run(id);
    return true;
  });
  for (const id of lost) messenger.onEvent({ type: "delivery", id, state: "failed" });
}

function aheadWords(peer: Peer, { isKnown }: { isKnown: boolean }): string {
  if (kindOf(peer).remedy === "anew") {
    return " that has only a part of this conversation: it restarts with fresh keys";
  }
  if (!isKnown) {
    return " that does not have this room: no more messages are sent, and old ones stay. Create it again: room new @NAME";
  }
  return " that has only a part of this room: no messages are sent until an owner repairs it";
}

function lostWords(count: number): string {
  if (count === 0) return "";
  return count === 1
    ? ". 1 message of yours was not confirmed before: ask whether it arrived, or send it again"
    : `. ${count} messages of yours were not confirmed before: ask whether they arrived, or send them again`;
}

/** Own texts that the server had taken, nobody has confirmed, and the backup does not have. */
function lostTexts(
  { profile }: Messenger,
  conversation: ConversationId,
  seq: number,
): readonly string[] {
  return profile.database.query(
    "SELECT id FROM delivery WHERE conversation = ? AND state = 'sent' AND seq > ?",
    (row) => row.text("id"),
  ).all(conversation, seq);
}

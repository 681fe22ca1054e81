/**
 * From a text that a person wrote to bytes in the outbox: written down first, sealed as soon as there is a conversation and
 * the contact is trusted, in the order in which it was written.
 */

import { utf8 } from "../../base/bytes.ts";
import { UsageError } from "../../base/errors.ts";
import { type ConversationId, type EnvelopeId, newEnvelopeId, type Peer } from "../../base/ids.ts";
import { CHAT_MESSAGES, MAX_TEXT_BYTES } from "../../protocol/peer/chat.ts";
import { type Contact, requireTrust } from "../store/contacts.ts";
import { type Draft, type DraftMessage, draftMessage } from "../store/drafts.ts";
import type { HistoryEntry } from "../store/history.ts";
import type { Messenger } from "../store/messenger.ts";
import { outOfStepError } from "../groups/closing.ts";
import { knowText } from "../store/room_texts.ts";
import { seal, type Sealing } from "./sealer.ts";
import { kindOf } from "../store/conversation_kinds.ts";

/** Texts that are sealed in one step of the disk: reading and writing the group costs more than sealing ten of them. */
const SEALED_AT_ONCE = 32;

/** How far a text has come on its way; `delivered` only by the other's sealed receipt (SR-27). */
export type DeliveryState = "queued" | "sealed" | "sent" | "delivered" | "failed";

/** How a text is written. */
export interface WritingOptions {
  /** The id of the text that it answers. */
  readonly replyTo?: string | undefined;
  /** Its own, if it is to be known before: whoever writes it twice has it once. */
  readonly id?: EnvelopeId | undefined;
}

/**
 * Writes a text down: from here on it survives everything, and is sealed and sent when that is possible. Returns its id.
 * `id`: chosen before; one that is written down already is not written again. Throws UsageError `text-too-long` or
 * `text-empty`.
 */
export async function writeText(
  messenger: Messenger,
  peer: Peer,
  text: string,
  { replyTo, id = newEnvelopeId(messenger.profile.random) }: WritingOptions = {},
): Promise<EnvelopeId> {
  const { profile, history, drafts, conversations } = messenger;
  requireSize(text);
  const { own, clock } = profile;
  const sentAtMs = clock.nowMs();
  const expireSeconds = conversations.timers.of(peer);
  const more = {
    ...(replyTo === undefined ? {} : { replyTo }),
    ...(expireSeconds === undefined ? {} : { expireSeconds }),
  };
  const entry: HistoryEntry = {
    id,
    conversation: undefined,
    peer,
    from: own.account,
    device: own.device,
    own: true,
    kind: "text",
    text,
    sentAtMs,
    atMs: sentAtMs,
    ...more,
  };
  const message = draftMessage(CHAT_MESSAGES["chat.text"], { sentAtMs, ...more }, utf8(text));
  const sealed = await drafts.seal(id, message);
  await history.append([entry], () => {
    if (deliveryOf(messenger, id) !== undefined) return false;
    drafts.insert(peer, id, sealed);
    return true;
  });
  return id;
}

/** How far an own text has come. Undefined for an id of others. */
export function deliveryOf({ profile }: Messenger, id: string): DeliveryState | undefined {
  return profile.database.query(
    "SELECT state FROM delivery WHERE id = ?",
    // The table's CHECK allows no others.
    (row) => row.text("state") as DeliveryState,
  ).first(id);
}

/** The same of many, in one look; those of others are not in it. */
export function deliveriesOf(
  { profile }: Messenger,
  ids: readonly string[],
): ReadonlyMap<string, DeliveryState> {
  if (ids.length === 0) return new Map();
  return new Map(
    profile.database.query(
      "SELECT id, state FROM delivery WHERE id IN (SELECT value FROM json_each(?))",
      (row) => [row.text("id"), row.text("state") as DeliveryState] as const,
    ).all(JSON.stringify(ids)),
  );
}

/** Whom waiting texts are for. */
export interface Recipient {
  readonly peer: Peer;
  readonly name: string;
  /** Throws TrustError while nothing may leave for them. */
  requireOpen(): Promise<void>;
}

/** A contact as the recipient of texts. */
export function contactRecipient({ contacts }: Messenger, contact: Contact): Recipient {
  const { account, name } = contact;
  return {
    peer: account,
    name,
    requireOpen: async () => requireTrust(await contacts.find(account) ?? contact),
  };
}

/**
 * Seals every waiting text for a recipient into the conversation; returns false when it is closed, or a
 * removed device has just come in. Throws TrustError when
 * somebody's identity changed, or the conversation is out of step: the texts stay written down (SR-07, SR-25).
 */
export async function sealDrafts(
  messenger: Messenger,
  recipient: Recipient,
  conversation: ConversationId,
): Promise<boolean> {
  const { drafts, conversations } = messenger;
  const { peer, name } = recipient;
  // Also of what is sealed already and cannot leave.
  if (conversations.isIn(conversation, "out-of-step")) throw outOfStepError(peer, name);
  for (;;) {
    const waiting = await drafts.first(peer, SEALED_AT_ONCE);
    if (waiting.length === 0) return true;
    // Asked each time: a change may be announced while there is much to seal.
    await recipient.requireOpen();
    const sealings = waiting.filter((draft) => !dropMisplaced(messenger, draft, conversation))
      .map((draft) => sealingOf(messenger, { draft, conversation, peer }));
    if (sealings.length === 0) continue;
    const sealed = await seal(messenger, conversation, sealings);
    if (sealed === "held") return false;
    if (sealed === "closed") {
      if (conversations.isIn(conversation, "out-of-step")) throw outOfStepError(peer, name);
      return false;
    }
  }
}

function sealingOf(
  { drafts, profile }: Messenger,
  { draft, conversation, peer }: { draft: Draft; conversation: ConversationId; peer: Peer },
): Sealing {
  const { id } = draft;
  const isNumbered = draft.kind === "chat.text" && kindOf(peer).isNumbered;
  return {
    envelope: id,
    ...(isNumbered ? { counts: true } : {}),
    payload: (chain) => draft.payload(chain),
    isDue: () => drafts.has(id),
    commit: ({ epoch }) => {
      drafts.sealed(id, { conversation, epoch });
      if (isNumbered) knowText(profile.database, conversation, id);
    },
  };
}

/** What was said before the conversation began anew cannot be changed in the new one: nobody there would believe it (SR-37). */
function dropMisplaced(
  { history, drafts, onEvent }: Messenger,
  { id, target: about }: Draft,
  conversation: ConversationId,
): boolean {
  const target = about === undefined ? undefined : history.index.text(about);
  const isElsewhere = target?.conversation !== undefined && target.conversation !== conversation;
  const isDropped = isElsewhere && drafts.drop(id);
  if (isDropped) onEvent({ type: "delivery", id, state: "failed" });
  return isDropped;
}

/** Throws UsageError `text-too-long` or `text-empty`. */
export function requireSize(text: string): void {
  const size = utf8(text).length;
  if (size === 0) throw new UsageError("text-empty", "Cannot send: the text is empty");
  if (size <= MAX_TEXT_BYTES) return;
  const [has, limit] = [size, MAX_TEXT_BYTES].map((bytes) => bytes.toLocaleString("en"));
  throw new UsageError(
    "text-too-long",
    `The text is too long: ${has} bytes, limit is ${limit}. Send it as a file`,
  );
}

// Word about transfers, streams and direct connections: written down, sealed and sent like texts.

/**
 * Writes a control message down in one transaction with `also`. It goes out by the next `SyncEngine.send`. Returns its id;
 * undefined when `also` said no: then nothing was written.
 */
export async function enqueueControlMessage(
  { profile, drafts }: Messenger,
  peer: Peer,
  message: DraftMessage,
  also: () => boolean = () => true,
): Promise<EnvelopeId | undefined> {
  const { id, writeDown } = await drafts.prepare(peer, message);
  return profile.database.transaction(() => {
    if (!also()) return undefined;
    writeDown();
    return id;
  });
}

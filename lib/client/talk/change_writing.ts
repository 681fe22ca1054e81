/** Changes that this person makes, and how long what is said stays: judged by the rules by which others will, written down, and done here at once. */

import { Refusal, UsageError } from "../../base/errors.ts";
import {
  type ConversationId,
  type EnvelopeId,
  isRoom,
  newEnvelopeId,
  type Peer,
} from "../../base/ids.ts";
import { utf8 } from "../../base/bytes.ts";
import { mayRemove, type RoomRole } from "../../crypto/room/membership_log.ts";
import {
  CHAT_MESSAGES,
  isTimer,
  MAX_EDITS,
  MAX_REACTION_CHANGES,
  MAX_REACTIONS,
  parseEmoji,
} from "../../protocol/peer/chat.ts";
import { type DraftFields, type DraftMessage, draftMessage } from "../store/drafts.ts";
import type { PlacedEntry } from "../store/history.ts";
import { type Messenger, noticeEntry, record } from "../store/messenger.ts";
import { requireSize } from "../sending/sender.ts";
import type { ChangeKind } from "../store/change_store.ts";
import { settleChanges } from "./settling.ts";
import { openReaction } from "./facts.ts";
import { type RoomAdmins, roomAdminsOf } from "../store/epochs.ts";
import { timerWords } from "../store/timers.ts";
import { encodePacket } from "../../protocol/packet.ts";
import { seal } from "../sending/sealer.ts";

/** What to do to a text. */
export type NewChange =
  | { readonly kind: "edit"; readonly text: string }
  | { readonly kind: "delete" }
  /** All that this account says by emoji of it from now on. */
  | { readonly kind: "reaction"; readonly emojis: readonly string[] };

/** What came of it. `undefined`: the text had not left, and never will. */
export type WrittenChange = EnvelopeId | undefined;

/**
 * Writes a change down; it goes out as texts do. Throws Refusal `message-deleted`, `not-in-conversation`, `not-permitted`,
 * UsageError `text-empty`, `text-too-long`, `too-many-changes`, `too-many-reactions`.
 */
export async function writeChange(
  messenger: Messenger,
  target: PlacedEntry,
  change: NewChange,
  { id = newEnvelopeId(messenger.profile.random) }: { readonly id?: EnvelopeId | undefined } = {},
): Promise<WrittenChange> {
  await requirePermission(messenger, target, change.kind);
  if (change.kind === "edit") requireSize(change.text);
  if (change.kind === "delete" && await withdraw(messenger, target)) return undefined;
  const { profile, drafts, history: { changes } } = messenger;
  const { own: { account }, vault, database } = profile;
  const atMs = profile.clock.nowMs();
  const revision = nextRevision(messenger, target, change);
  const message = messageOf(change, { sentAtMs: atMs, target: target.id, revision });
  const sealed = await drafts.seal(id, message);
  const content = await vault.seal("change", id, contentOf(change));
  database.transaction(() => {
    drafts.insert(target.peer, id, sealed);
    changes.put({
      conversation: messenger.history.index.text(target.id)?.conversation,
      target: target.id,
      kind: change.kind,
      account,
      revision,
      id,
      epoch: undefined,
      atMs,
      sealed: content,
    });
  });
  await settleChanges(messenger);
  return id;
}

/** The rules of docs/decisions/0023-changes-and-expiry.md, as everybody will judge. */
async function requirePermission(
  messenger: Messenger,
  { id, peer, own, from, deletedBy }: PlacedEntry,
  kind: ChangeKind,
): Promise<void> {
  if (deletedBy !== undefined) throw new Refusal("message-deleted", "This message was deleted");
  const said = messenger.history.index.text(id)?.conversation;
  const open = messenger.conversations.openWith(peer)?.conversation;
  // One that waits to be sent has none yet.
  if (said !== open && !(own && said === undefined)) {
    throw new Refusal(
      "not-in-conversation",
      "This message is from before the conversation restarted, or before you left: it cannot change",
    );
  }
  if (own || kind === "reaction") return;
  if (kind === "edit") throw new Refusal("not-permitted", "Only its author can edit a message");
  const { role, roomAdmins } = await ownRoomAdmins(messenger, peer);
  if (isRoom(peer) && mayRemove(role, roomAdmins.get(from) ?? "member")) return;
  throw new Refusal(
    "not-permitted",
    isRoom(peer)
      ? "Only its author, an owner, or for a member's message a moderator can delete a message here"
      : "Only its author can delete a message",
  );
}

/** A text that has not left is never sent, nor what was done to it. */
async function withdraw(messenger: Messenger, target: PlacedEntry): Promise<boolean> {
  const { profile, drafts, history, history: { changes } } = messenger;
  if (!drafts.has(target.id)) return false;
  const { account } = profile.own;
  const isWithdrawn = profile.database.transaction(() => {
    if (!drafts.drop(target.id)) return false;
    for (const kind of ["edit", "reaction"] as const) {
      const change = changes.last(target.id, kind, account);
      if (change !== undefined) drafts.drop(change.id);
    }
    changes.forget(target.id);
    return true;
  });
  if (isWithdrawn) messenger.onEvent({ type: "delivery", id: target.id, state: "failed" });
  // After a crash in between it shows as one that was not sent, and can be deleted again.
  if (isWithdrawn) await history.rewrite([target.place], () => undefined);
  return isWithdrawn;
}

function nextRevision(
  { profile, history: { changes } }: Messenger,
  { id }: PlacedEntry,
  { kind, ...change }: NewChange,
): number {
  if ("emojis" in change && change.emojis.length > MAX_REACTIONS) {
    throw new UsageError(
      "too-many-reactions",
      `At most ${MAX_REACTIONS} emojis per message`,
    );
  }
  const limit = { edit: MAX_EDITS, delete: Infinity, reaction: MAX_REACTION_CHANGES }[kind];
  const revision = (changes.last(id, kind, profile.own.account)?.revision ?? 0) + 1;
  if (revision <= limit) return revision;
  throw new UsageError("too-many-changes", `This was changed ${limit} times: that is the limit`);
}

type Head = DraftFields<(typeof CHAT_MESSAGES)["chat.edit"]>;

function messageOf(change: NewChange, { revision, ...head }: Head): DraftMessage {
  switch (change.kind) {
    case "edit":
      return draftMessage(CHAT_MESSAGES["chat.edit"], { ...head, revision }, utf8(change.text));
    case "delete":
      return draftMessage(CHAT_MESSAGES["chat.delete"], head);
    case "reaction": {
      const emojis = [...change.emojis];
      return draftMessage(CHAT_MESSAGES["chat.reaction"], { ...head, revision, emojis });
    }
  }
}

function contentOf(change: NewChange) {
  return utf8(
    change.kind === "edit"
      ? change.text
      : JSON.stringify(change.kind === "reaction" ? change.emojis : []),
  );
}

/** Adds an emoji to what this account says of a text, or takes it out. Throws as `Talk.react`. */
export async function writeReaction(
  messenger: Messenger,
  target: PlacedEntry,
  { typed, on, id }: {
    readonly typed: string;
    readonly on: boolean;
    readonly id?: EnvelopeId | undefined;
  },
): Promise<WrittenChange> {
  const emoji = parseEmoji(typed);
  if (emoji === undefined) {
    throw new UsageError("no-emoji", `This is not one emoji: ${typed}. Example: 👍 or :+1:`);
  }
  const { account } = messenger.profile.own;
  const last = messenger.history.changes.last(target.id, "reaction", account);
  const emojis = last === undefined ? [] : (await openReaction(messenger, last)).emojis;
  if (emojis.includes(emoji) === on) {
    const text = on
      ? `You already reacted with ${emoji} to this message`
      : `You did not react with ${emoji} to it`;
    throw new UsageError("same-reaction", text);
  }
  const next = on ? [...emojis, emoji] : emojis.filter((one) => one !== emoji);
  return await writeChange(messenger, target, { kind: "reaction", emojis: next }, { id });
}

// Who is in charge of a room now, and whether this person is.

/** A room's room admins, and this account among them. */
export interface OwnRoomAdmins {
  readonly roomAdmins: RoomAdmins;
  readonly role: RoomRole | undefined;
  readonly isRoomAdmin: boolean;
}

/** Nobody, in a conversation with somebody, and in a room that one is not in. */
async function ownRoomAdmins(
  { profile, conversations, groups }: Messenger,
  peer: Peer,
): Promise<OwnRoomAdmins> {
  const conversation = conversations.openWith(peer)?.conversation;
  const membershipLog = conversation && await groups.membershipLogOf(conversation);
  const roomAdmins: RoomAdmins = membershipLog === undefined
    ? new Map()
    : roomAdminsOf(membershipLog);
  const role = roomAdmins.get(profile.own.account);
  return { role, roomAdmins, isRoomAdmin: role !== undefined };
}

// How long messages stay, as this person sets it: judged by the rules by which others will, and said again in rooms.

/** What is said from now on stays so many seconds, 0 for good. Throws UsageError `bad-timer`, Refusal `not-permitted`. */
export async function writeTimer(
  messenger: Messenger,
  peer: Peer,
  seconds: number,
  { id = newEnvelopeId(messenger.profile.random) }: { readonly id?: EnvelopeId | undefined } = {},
): Promise<EnvelopeId> {
  const { profile, drafts, conversations } = messenger;
  const { timers } = conversations;
  if (!isTimer(seconds)) {
    throw new UsageError("bad-timer", "Messages disappear after 5 seconds to a year, or off");
  }
  const conversation = conversations.openWith(peer)?.conversation;
  if (isRoom(peer) && !(await ownRoomAdmins(messenger, peer)).isRoomAdmin) {
    throw new Refusal(
      "not-permitted",
      "Only owners and moderators can set when messages disappear here",
    );
  }
  const before = timers.find(peer);
  const revision = before?.conversation === conversation ? (before?.revision ?? 0) + 1 : 1;
  const fields = { sentAtMs: profile.clock.nowMs(), revision, seconds };
  const sealed = await drafts.seal(id, draftMessage(CHAT_MESSAGES["chat.timer"], fields));
  const text = timerWords("You", seconds);
  const line = {
    ...noticeEntry(messenger, { conversation, peer, code: "timer", text }),
    own: true,
  };
  await record(messenger, [line], () => {
    drafts.insert(peer, id, sealed);
    timers.put({ peer, conversation, seconds, revision, id });
    return true;
  });
  return id;
}

/** By those whose word counts, if there is anything to say. */
export async function tellTimer(messenger: Messenger, conversation: ConversationId): Promise<void> {
  const { profile, groups, conversations } = messenger;
  const peer = conversations.find(conversation)?.peer;
  const timer = peer && conversations.timers.find(peer);
  const membershipLog = await groups.membershipLogOf(conversation);
  const isRoomAdmin = membershipLog !== undefined &&
    roomAdminsOf(membershipLog).has(profile.own.account);
  if (timer === undefined || timer.seconds === 0 || !isRoomAdmin) return;
  const { seconds, revision } = timer;
  const sentAtMs = profile.clock.nowMs();
  await seal(messenger, conversation, [{
    envelope: newEnvelopeId(profile.random),
    // The same revision: who knows it learns nothing new.
    payload: (chain) => encodePacket({ kind: "chat.timer", ...chain, sentAtMs, revision, seconds }),
    isDue: () => true,
    commit: () => {},
  }]);
}

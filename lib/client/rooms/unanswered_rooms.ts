/**
 * Rooms that the server was asked to make and has not answered about. Their keys are gone with who asked, and the person was told
 * that they are not there: those that are, are closed.
 */

import type { Bytes } from "../../base/bytes.ts";
import type { AccountId, ConversationId } from "../../base/ids.ts";
import { describeError, Refusal } from "../../base/errors.ts";
import { logger } from "../../base/log.ts";
import { isClearNo, isPassingFailure } from "../../protocol/failure.ts";
import { joinSections } from "../../protocol/sections.ts";
import type { Database } from "../../storage/database.ts";
import type { Link } from "../link/link.ts";
import { exclusively } from "../profile/lease.ts";
import type { Messenger } from "../store/messenger.ts";

const log = logger("client", "rooms");

/** A server that was held up may still make what it was asked for. */
const LATE_MS = 10 * 60_000;

/** Whom the room is for, and whether it may be another one of the same people. */
export interface AskedRoom {
  readonly members: AccountId[];
  readonly forceNew: boolean;
}

/** Its group and its first entry. */
interface NewGroup {
  readonly conversation: ConversationId;
  readonly groupInfo: Bytes;
  readonly entry: Bytes;
}

/** Asks for a room. Whoever has the answer calls `forgetAsked`; after a clear no that is done. Rejects as `Link.ask`. */
export async function askToCreate(
  { profile: { database, clock } }: Messenger,
  link: Link,
  { conversation, groupInfo, entry }: NewGroup,
  asked: AskedRoom,
): Promise<{ readonly room: number; readonly created: boolean }> {
  const { sizes, payload } = joinSections([groupInfo, entry]);
  database.command("INSERT INTO room_asked VALUES (?, ?)").run(conversation, clock.nowMs());
  try {
    const about = { conversation, ...asked, sizes };
    return (await link.ask("room.create", about, payload)).fields;
  } catch (error) {
    if (isClearNo(error)) forgetAsked(database, conversation);
    throw error;
  }
}

/** Inside a transaction or alone. */
export function forgetAsked(database: Database, conversation: ConversationId): void {
  database.command("DELETE FROM room_asked WHERE conversation = ?").run(conversation);
}

/** Closes them, unless the server cannot now. Rejects when the link ends. */
export async function closeUnansweredRooms(messenger: Messenger, link: Link): Promise<void> {
  const { profile } = messenger;
  if (listAsked(profile.database).length === 0) return;
  try {
    await exclusively(profile, "join", () => closeUnanswered(messenger, link));
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    log.warn("unanswered room not closed", { reason: describeError(error) });
  }
}

/** While no other process of the profile makes a room. Rejects as `Link.ask`. */
export async function closeUnanswered(
  { profile: { database, clock } }: Messenger,
  link: Link,
): Promise<void> {
  for (const { conversation, atMs } of listAsked(database)) {
    const isThere = await close(link, conversation);
    if (isThere || clock.nowMs() - atMs > LATE_MS) forgetAsked(database, conversation);
  }
}

/** False when there is none. An open one that others came into stays: this device comes in again. */
async function close(link: Link, conversation: ConversationId): Promise<boolean> {
  try {
    await link.ask("room.close", { conversation });
    return true;
  } catch (error) {
    if (!(error instanceof Refusal) || isPassingFailure(error.code)) throw error;
    return error.code !== "not-member";
  }
}

function listAsked(
  database: Database,
): readonly { readonly conversation: ConversationId; readonly atMs: number }[] {
  // Written by `askToCreate`.
  return database.query("SELECT conversation, at_ms FROM room_asked", (row) => ({
    conversation: row.text("conversation") as ConversationId,
    atMs: row.integer("at_ms"),
  })).all();
}

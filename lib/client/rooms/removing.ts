/** Who goes from a room: asked for by a signed order, carried out by the commit of whoever is there (SR-34). */

import type { Bytes } from "../../base/bytes.ts";
import { Refusal } from "../../base/errors.ts";
import {
  type AccountId,
  type ConversationId,
  type RoomHandle,
  roomNumber,
} from "../../base/ids.ts";
import { removeMembers, updateKeys } from "../../crypto/mls/commit.ts";
import { applyEntry, type MembershipLog } from "../../crypto/room/membership_log.ts";
import { ROOM_NONCE_BYTES } from "../../crypto/room/entry_layouts.ts";
import { splitSections } from "../../protocol/sections.ts";
import type { Link } from "../link/link.ts";
import { propose } from "../groups/committing.ts";
import type { Messenger } from "../store/messenger.ts";
import { readEntry } from "../groups/membership_logs.ts";
import { signEntry } from "./invitations.ts";

/** Asks for a removal, the own one too. From the answer on the account gets nothing more. Throws Refusal `not-allowed`. */
export async function askRemoval(
  { profile }: Messenger,
  link: Link,
  { membershipLog, account }: { membershipLog: MembershipLog; account: AccountId },
): Promise<void> {
  const order = await signEntry(profile, {
    type: "removal",
    groupId: membershipLog.groupId,
    account,
    id: profile.random.bytes(ROOM_NONCE_BYTES),
    version: membershipLog.version,
  });
  await link.ask("room.remove", { conversation: membershipLog.groupId }, order);
}

/** Puts the oldest removal that waits into the outbox; another follows when that one is settled. */
export async function commitWanted(
  messenger: Messenger,
  link: Link,
  conversation: ConversationId,
): Promise<void> {
  const { groups, profile } = messenger;
  const { fields, payload } = await link.ask("room.wanted", { conversation });
  for (const bytes of splitSections(payload, fields.sizes)) {
    const { facts, ...entry } = await readEntry(messenger, link, bytes.slice());
    const group = await groups.load(conversation);
    if (group?.membershipLog === undefined || facts.type !== "removal") continue;
    const step = await applyEntry(group.membershipLog, { facts, ...entry });
    // Nobody removes itself; and what the server keeps may be out of date.
    if (!step.ok || facts.account === profile.own.account) continue;
    await proposeRemoval(messenger, conversation, { entry: entry.bytes, account: facts.account });
    return;
  }
}

async function proposeRemoval(
  messenger: Messenger,
  conversation: ConversationId,
  { entry, account }: { entry: Bytes; account: AccountId },
): Promise<void> {
  await propose(messenger, conversation, {
    entry,
    make: (state, context) => {
      const leaves = state.members.filter((member) => member.accountId === account)
        .map(({ leafIndex }) => leafIndex);
      return leaves.length === 0
        ? updateKeys(state, context)
        : removeMembers(state, leaves, context);
    },
  });
}

/** What to throw about a room that is not there, by what the person called it. */
export function unknownRoom(name: string): Refusal {
  return new Refusal("unknown-room", `Room ${name} does not exist.`);
}

/** What to throw about a room that this profile is not in. */
export function notInRoom(room: RoomHandle): Refusal {
  return new Refusal("not-member", `You are not a member of room ${roomNumber(room)}.`);
}

/** Who owns a room and who keeps order in it: an entry that an owner signs and commits. */

import { Refusal } from "../../base/errors.ts";
import { type AccountId, idBytes } from "../../base/ids.ts";
import { updateKeys } from "../../crypto/mls/commit.ts";
import type { MembershipLog, RoomRole } from "../../crypto/room/membership_log.ts";
import { ROOM_NONCE_BYTES } from "../../crypto/room/entry_layouts.ts";
import { propose } from "../groups/committing.ts";
import type { Messenger } from "../store/messenger.ts";
import { signEntry } from "./invitations.ts";
import { type PlacedTask, removeRoomTask } from "./room_store.ts";

/** Puts a commit with the new roles into the outbox. Throws Refusal `not-allowed` when nobody would own the room. */
export async function proposeRoles(
  messenger: Messenger,
  membershipLog: MembershipLog,
  roles: ReadonlyMap<AccountId, RoomRole>,
): Promise<void> {
  const having = (wanted: RoomRole) =>
    [...roles].filter(([, role]) => role === wanted).map(([account]) => account);
  const owners = having("owner");
  if (owners.length === 0) {
    throw new Refusal("not-allowed", "A room needs an owner: name another one first");
  }
  const entry = await signEntry(messenger.profile, {
    type: "roles",
    nonce: idBytes(membershipLog.groupId).slice(0, ROOM_NONCE_BYTES),
    version: membershipLog.version + 1,
    head: membershipLog.head,
    owners,
    moderators: having("moderator"),
  });
  await propose(messenger, membershipLog.groupId, { entry, make: updateKeys });
}

/** After a repair: gives roles to those who have come in. What cannot be done now stays. */
export async function restoreRoles(
  messenger: Messenger,
  tasks: readonly PlacedTask[],
): Promise<void> {
  const due = tasks.filter(({ kind }) => kind === "owner" || kind === "moderator");
  for (const conversation of new Set(due.map((task) => task.conversation))) {
    const those = due.filter((task) => task.conversation === conversation);
    await restoreIn(messenger, await messenger.groups.membershipLogOf(conversation), those);
  }
}

async function restoreIn(
  messenger: Messenger,
  membershipLog: MembershipLog | undefined,
  tasks: readonly PlacedTask[],
): Promise<void> {
  const { database, own } = messenger.profile;
  const isOwner = membershipLog?.members.get(own.account)?.role === "owner";
  const roles = new Map(
    [...membershipLog?.members ?? []].map(([account, { role }]) => [account, role]),
  );
  let isNew = false;
  for (const task of tasks) {
    const { account, kind } = task;
    const role = roles.get(account);
    if (!isOwner || role === kind) removeRoomTask(database, task);
    if (role === undefined || kind !== "owner" && kind !== "moderator") continue;
    isNew ||= role !== kind;
    roles.set(account, kind);
  }
  if (membershipLog !== undefined && isOwner && isNew) {
    await proposeRoles(messenger, membershipLog, roles);
  }
}

/** Who owns a room and who keeps order in it: an entry that an owner signs and commits. */

import { Refusal } from "../../base/errors.ts";
import { type AccountId, idBytes } from "../../base/ids.ts";
import { updateKeys } from "../../crypto/mls/commit.ts";
import type { Charter, RoomRole } from "../../crypto/room/charter.ts";
import { ROOM_NONCE_BYTES } from "../../crypto/room/entry.ts";
import { propose } from "../messaging/committing.ts";
import type { Messenger } from "../messaging/messenger.ts";
import { signEntry } from "./invitations.ts";

/** Puts a commit with the new roles into the outbox. Throws Refusal `not-allowed` when nobody would own the room. */
export async function proposeRoles(
  messenger: Messenger,
  charter: Charter,
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
    nonce: idBytes(charter.groupId).slice(0, ROOM_NONCE_BYTES),
    version: charter.version + 1,
    head: charter.head,
    owners,
    moderators: having("moderator"),
  });
  await propose(messenger, charter.groupId, { entry, make: updateKeys });
}

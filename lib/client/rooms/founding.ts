/** How a room begins: with a group of this device and a first entry; everyone else is invited (rows S3.25 to S3.30). */

import { Refusal } from "../../base/errors.ts";
import { fingerprint, type RoomHandle, roomHandle } from "../../base/ids.ts";
import { createGroup } from "../../crypto/mls/create.ts";
import { describeGroup } from "../../crypto/mls/group_info.ts";
import { DEFAULT_SUITE, type SuiteName, SUITES } from "../../crypto/mls/suite.ts";
import { foundCharter, foundingRoles, roomGroupId } from "../../crypto/room/charter.ts";
import { ROOM_NONCE_BYTES } from "../../crypto/room/entry.ts";
import { foundingPolicy } from "../../crypto/room/room_policy.ts";
import { joinSections } from "../../protocol/sections.ts";
import type { Link } from "../link.ts";
import type { Contact } from "../messaging/contacts.ts";
import type { Messenger } from "../messaging/messenger.ts";
import { ownDevice } from "../profile/profile.ts";
import { readEntry } from "./charters.ts";
import { signEntry } from "./invitations.ts";
import { addRoomTask, prepareAbout, type RoomAbout } from "./room_store.ts";

/** Accounts above which a room gets the classical suite: with two devices each it passes 50. */
const MAX_HYBRID_ACCOUNTS = 25;

/** What a room is founded with. */
export interface NewRoom extends RoomAbout {
  /** Who is invited; the founder is in by itself. */
  readonly guests: readonly Contact[];
  /** Found another one even if exactly these accounts have a room. */
  readonly forceNew: boolean;
}

/** The new room, or the one that exactly these accounts have already (row S3.28). */
export type Founded =
  | { readonly result: "created"; readonly room: RoomHandle }
  | { readonly result: "same-members"; readonly room: RoomHandle };

/**
 * Founds a room and writes down whom to invite; `keepRooms` invites them. Needs a connection: the number is the server's.
 * Throws Refusal `unknown-account`.
 */
export async function foundRoom(
  messenger: Messenger,
  link: Link,
  { guests, forceNew, name, topic }: NewRoom,
): Promise<Founded> {
  const { profile, verifier, groups, conversations } = messenger;
  const { own, random, clock } = profile;
  const nonce = random.bytes(ROOM_NONCE_BYTES);
  const bytes = await signEntry(profile, foundingRoles(nonce, own.account));
  const conversation = roomGroupId(nonce, await fingerprint(bytes));
  const founded = await foundCharter(conversation, await readEntry(messenger, link, bytes));
  if (!founded.ok) throw new Refusal("not-allowed", "The own certificate founds no room");
  const { charter } = founded;
  const state = await createGroup({
    groupId: conversation,
    device: ownDevice(profile),
    verifier,
    policy: foundingPolicy(charter),
    nowMs: clock.nowMs(),
    suite: suiteFor(guests.length + 1),
  });
  const { sizes, payload } = joinSections([await describeGroup(state), bytes]);
  const members = guests.map(({ account }) => account);
  const { fields } = await link.ask(
    "room.create",
    { conversation, members, forceNew, sizes },
    payload,
  );
  const room = roomHandle(fields.room);
  if (!fields.created) return { result: "same-members", room };
  const prepared = await groups.prepare(state, {
    conversation,
    charter,
    pending: undefined,
    refreshedMs: clock.nowMs(),
    sentSince: 0,
  });
  const writeAbout = await prepareAbout(profile, conversation, { name, topic });
  profile.database.transaction(() => {
    conversations.add({ conversation, peer: room, state: "active", joinedLate: false });
    groups.put(prepared);
    writeAbout();
    for (const account of members) {
      addRoomTask(profile.database, {
        conversation,
        kind: "invite",
        account,
        sinceMs: 0,
        epoch: 0,
      });
    }
  });
  return { result: "created", room };
}

function suiteFor(accounts: number): SuiteName {
  return accounts <= MAX_HYBRID_ACCOUNTS ? DEFAULT_SUITE : SUITES[1];
}

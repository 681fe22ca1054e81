/** How a room begins: with a group of this device and a first entry; everyone else is invited (rows S3.25 to S3.30). */

import type { GroupState } from "../../crypto/mls/group_state.ts";
import type { Bytes } from "../../base/bytes.ts";
import {
  type AccountId,
  type ConversationId,
  fingerprint,
  type RoomHandle,
  roomHandle,
} from "../../base/ids.ts";
import type { Link } from "../link/link.ts";
import type { Contact } from "../store/contacts.ts";
import { exclusively } from "../profile/lease.ts";
import type { Messenger } from "../store/messenger.ts";
import { nameRules } from "./naming.ts";
import { addRoomTask, prepareAbout, type RoomAbout } from "./room_store.ts";
import { Refusal, UsageError } from "../../base/errors.ts";
import { isOpenName, MAX_OPEN_SIZE, type Opening } from "../../crypto/room/entry_layouts.ts";
import { createGroup, describeGroup } from "../../crypto/mls/create.ts";
import { DEFAULT_SUITE, type SuiteName, SUITES } from "../../crypto/mls/suite.ts";
import {
  createMembershipLog,
  foundingRoles,
  type MembershipLog,
  openingOf,
  roomGroupId,
} from "../../crypto/room/membership_log.ts";
import { foundingPolicy } from "../../crypto/room/room_policy.ts";
import { knownRemovals } from "../groups/agreed_removals.ts";
import { type AskedRoom, askToCreate, closeUnanswered, forgetAsked } from "./unanswered_rooms.ts";
import { ownDevice } from "../profile/profile.ts";
import { readEntry } from "../groups/membership_logs.ts";
import { newRoomNonce, signEntry } from "./invitations.ts";

/** What a room is founded with. */
export interface NewRoom extends RoomAbout {
  /** Who is invited; the founder is in by itself. */
  readonly guests: readonly Contact[];
  /** Found another one even if exactly these accounts have a room. */
  readonly forceNew: boolean;
  /** Every account on this server may come in, so many at once: name and topic are readable by the server, and stay. */
  readonly openTo?: number;
}

/** The new room, or the one that exactly these accounts have already (row S3.28). */
export type Founded =
  | { readonly result: "created"; readonly room: RoomHandle }
  | { readonly result: "same-members"; readonly room: RoomHandle };

/**
 * Founds a room and writes down whom to invite; `keepRooms` invites them. Needs a connection: the number is the server's.
 * Throws Refusal `unknown-account`, or `name-taken` for an open room, UsageError `room-name`.
 */
export async function foundRoom(
  messenger: Messenger,
  link: Link,
  { guests, forceNew, name, topic, openTo }: NewRoom,
): Promise<Founded> {
  nameRules({ name, topic });
  const open = openTo === undefined ? undefined : openRule({ name, topic, size: openTo });
  const { profile } = messenger;
  const members = guests.map(({ account }) => account);
  const made = await makeRoomGroup(messenger, link, { guests: members, open });
  // Nobody of this profile comes into it, or closes it, meanwhile.
  return await exclusively(profile, "join", async () => {
    await closeUnanswered(messenger, link);
    return await found(messenger, link, made, { members, forceNew, about: { name, topic } });
  });
}

async function found(
  messenger: Messenger,
  link: Link,
  made: RoomGroup,
  { about, ...asked }: AskedRoom & { readonly about: RoomAbout },
): Promise<Founded> {
  const { profile, groups, conversations } = messenger;
  const { conversation, membershipLog, state } = made;
  const { members } = asked;
  const answer = await askToCreate(messenger, link, made, asked);
  const room = roomHandle(answer.room);
  if (!answer.created) {
    forgetAsked(profile.database, conversation);
    return { result: "same-members", room };
  }
  const prepared = await groups.prepare(state, {
    conversation,
    membershipLog,
  });
  const writeAbout = await prepareAbout(profile, conversation, about);
  profile.database.transaction(() => {
    forgetAsked(profile.database, conversation);
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

// The group and the first entry of a new room, before the server knows of it.

/** Throws UsageError `room-name` or `room-size` for what no open room may have. */
function openRule(rule: Omit<NewOpening, "barred">): NewOpening {
  if (!isOpenName(rule.name)) {
    throw new UsageError(
      "room-name",
      "An open room's name has 1 to 32 of a-z, 0-9 and -, and starts with a letter",
    );
  }
  if (rule.size < 2 || rule.size > MAX_OPEN_SIZE) {
    throw new UsageError("room-size", `An open room has 2 to ${MAX_OPEN_SIZE} members`);
  }
  return { ...rule, barred: [] };
}

/** Accounts above which a room gets the classical suite: with two devices each it passes 50. */
const MAX_HYBRID_ACCOUNTS = 25;

/** A room of this device alone. */
export interface RoomGroup {
  readonly conversation: ConversationId;
  readonly membershipLog: MembershipLog;
  readonly state: GroupState;
  readonly groupInfo: Bytes;
  /** The first entry. */
  readonly entry: Bytes;
}

/** What an open room begins with. */
type NewOpening = Pick<Opening, "name" | "topic" | "size" | "barred">;

/** Makes a room into which these accounts are to come, or every account; `replaces` is the one that it repairs. */
export async function makeRoomGroup(
  messenger: Messenger,
  link: Link,
  { guests, replaces, open }: {
    guests: readonly AccountId[];
    replaces?: ConversationId;
    open?: NewOpening | undefined;
  },
): Promise<RoomGroup> {
  const { profile, directory: { verifier, revocations } } = messenger;
  const { own, clock } = profile;
  const nonce = newRoomNonce(profile);
  const first = open === undefined
    ? foundingRoles(nonce, own.account, replaces)
    : openingOf(nonce, open, replaces);
  const bytes = await signEntry(profile, first);
  const conversation = roomGroupId(nonce, await fingerprint(bytes));
  const founded = await createMembershipLog(conversation, await readEntry(messenger, link, bytes));
  if (!founded.ok) throw new Refusal("not-allowed", "Your certificate cannot create a room");
  const { membershipLog } = founded;
  // Who comes is not known by an identity yet: a list counts for that alone which signed it.
  const coming = guests.flatMap((accountId) =>
    revocations.identitiesOf(accountId).map((identity) => ({ accountId, identity }))
  );
  const state = await createGroup({
    groupId: conversation,
    device: ownDevice(profile),
    verifier,
    policy: foundingPolicy(membershipLog),
    nowMs: clock.nowMs(),
    suite: suiteFor(open?.size ?? guests.length + 1),
    removals: await knownRemovals(messenger, coming),
  });
  const groupInfo = await describeGroup(state);
  return { conversation, membershipLog, state, groupInfo, entry: bytes };
}

function suiteFor(accounts: number): SuiteName {
  return accounts <= MAX_HYBRID_ACCOUNTS ? DEFAULT_SUITE : SUITES[1];
}

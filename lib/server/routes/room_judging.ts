/** What is judged of a room before the store is asked, which looks whether it still holds, and what a removal ends. */

import type { Bytes } from "../../base/bytes.ts";
import type { AccountId, ConversationId } from "../../base/ids.ts";
import type { Bus } from "../bus/bus.ts";
import { type Counters, requireRate } from "../counters/counters.ts";
import type { EntryFacts } from "../../crypto/room/entry_layouts.ts";
import type { OpenRule } from "../../crypto/room/membership_log.ts";
import type { Rooms } from "../rooms/rooms.ts";
import type { Spool } from "../spool/spool.ts";
import type { DeviceStore } from "../store/device_store.ts";
import { refuse } from "../../protocol/failure.ts";
import { tell } from "../rooms/room_news.ts";
import type { RepairedRoom, RoomChange, RoomStore } from "../store/room_store.ts";
import type { StateOf } from "../sessions/session.ts";
import type { Member } from "../../relay/message_log.ts";

/**
 * The room that is to be repaired, at the version in which this account is an owner: the store looks whether it still is.
 * One that is closed, or that the account is not in, is at none: it may be that this repair was done, and asked for again.
 */
export async function findRepaired(
  services: { rooms: Rooms; store: RoomStore },
  { account }: StateOf<"ready">,
  conversation: ConversationId,
  open: OpenRule | undefined,
): Promise<RepairedRoom> {
  const room = await services.store.findRoom({ conversation, account });
  if (room?.standing !== "member") return { conversation, version: undefined };
  const { version } = room;
  const { members, open: before } = await services.rooms.membershipLog(conversation, version);
  if (members.get(account)?.role !== "owner") {
    throw refuse("not-allowed", "Only an owner can repair a room");
  }
  // Nobody opens a room to which its members were invited, nor closes one.
  if (before?.name !== open?.name) throw refuse("not-allowed", "A repair opens no room");
  return { conversation, version };
}

/** Of a version that the membership log has left: nobody judges it, and the store only tells whether it was committed before. */
export function passedChange(version: number, entry: Bytes): RoomChange {
  const given = entry.length === 0 ? undefined : entry;
  return { version, entry: given, admits: undefined, expels: undefined };
}

/** Leaves go by an order for their account, or are the committer's own, or devices that their account removed (SR-10). */
export async function requireRightDevices(
  { store }: { store: DeviceStore },
  removed: readonly Member[],
  { own, expelled }: { own: AccountId; expelled: AccountId | undefined },
): Promise<void> {
  for (const { account, device } of removed) {
    if (account === (expelled ?? own)) continue;
    const isGone = expelled === undefined &&
      await store.findRemovedDevice(account, device) !== undefined;
    if (!isGone) throw refuse("not-allowed", "The room's rules do not allow this");
  }
}

/** An account is not in a room any more: it watches, reads and sends nothing there from now on, and is told. */
export async function expel(
  services: { bus: Bus; spool: Spool },
  account: AccountId,
  { room, conversation }: { readonly room: number; readonly conversation: ConversationId },
): Promise<void> {
  services.bus.publish("account.expelled", { conversation, account });
  await services.spool.dropUnfinished(account, room);
  await tell(services, [account], { room, conversation, news: "removed" });
}

/** An entry, and the room that it is for as it stands. */
interface OwnEntry<Type extends EntryFacts["type"]> {
  readonly room: number;
  readonly conversation: ConversationId;
  readonly version: number;
  readonly facts: Extract<EntryFacts, { type: Type }>;
}

/**
 * What a member itself has signed about somebody of its room, an invitation or a removal, judged at the room's present version.
 * Refused with `not-member`, `rate-limited`, and `not-allowed`: what is not right, and in these words what is another's.
 */
export async function judgeOwn<Type extends "admission" | "removal">(
  { rooms, counters }: { rooms: Rooms; counters: Counters },
  { account }: StateOf<"ready">,
  { conversation, entry: bytes, type, otherwise }: {
    readonly conversation: ConversationId;
    readonly entry: Bytes;
    readonly type: Type;
    readonly otherwise: string;
  },
): Promise<OwnEntry<Type>> {
  const { room, version } = await rooms.standing(account, conversation, "member");
  await requireRate(counters, "roomOrders", { key: account });
  const { facts, signer } = (await rooms.judge(conversation, version, bytes)).entry;
  if (!isOf(facts, type) || signer.account !== account) throw refuse("not-allowed", otherwise);
  return { room, conversation, version, facts };
}

function isOf<Type extends EntryFacts["type"]>(
  facts: EntryFacts,
  type: Type,
): facts is Extract<EntryFacts, { type: Type }> {
  return facts.type === type;
}

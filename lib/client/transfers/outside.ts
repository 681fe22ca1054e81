/** Who is not in a room any more neither gets nor gives what was offered there: that ends it, on this side. */

import type { AccountId, RoomHandle, TransferId } from "../../base/ids.ts";
import type { TaskTools } from "./task_tools.ts";
import { type IncomingTransfer, placeOf, subjectOf, type Transfer } from "./transfer.ts";

/** How often to look whether one still is. */
const LOOK_MS = 3_000;

/** Ends a transfer of a room that this account is not in, and all others of its offer. False when it is in, or it is of none. */
export async function endOutside(
  tools: TaskTools,
  transfer: Transfer,
): Promise<boolean> {
  const { id, room, number, offer, direction } = transfer;
  const { messenger: { conversations }, store } = tools;
  if (room === undefined || conversations.openWith(room) !== undefined) return false;
  const event = { event: "cancel", by: "here", reason: "left" } as const;
  const isShared = direction === "out" && offer !== undefined;
  const ids = isShared ? (await store.ofOffer(offer)).map((one) => one.id) : [id];
  const end = (one: TransferId) =>
    (store.stepSender(one, event) ?? store.stepReceiver(one, event)) !== undefined;
  const text = `Transfer ${number} ends: you are no longer in room ${room}`;
  const told = { peer: room, code: "file-cancelled", text, transfer: subjectOf(transfer) };
  await tools.told(told, () => ids.filter(end).length > 0);
  return true;
}

/** Resolves when the transfer was ended so. Rejects with the signal's reason. */
export async function untilOutside(
  tools: TaskTools,
  transfer: Transfer,
  signal: AbortSignal,
): Promise<void> {
  while (!await endOutside(tools, transfer)) {
    await tools.messenger.profile.clock.sleep(LOOK_MS, { signal });
  }
}

/**
 * Ends one that comes in, whose upload the server does not have and whose sender can never send it: out of the room, or, if
 * `asks` says to ask the server for it, deleted. False when it may still come.
 */
export async function endWithoutSender(
  tools: TaskTools,
  transfer: IncomingTransfer,
  asks: boolean,
): Promise<boolean> {
  const { id, number, peer, room } = transfer;
  const isOut = room !== undefined && await isOutOf(tools, room, peer);
  if (!isOut && !(asks && await tools.isDeleted(peer))) return false;
  const event = { event: "cancel", by: "there", reason: isOut ? "left" : "gone" } as const;
  const why = isOut
    ? `${peer} is no longer in room ${room} and had not sent all of it`
    : `the account ${peer} was deleted before it had sent all of it`;
  const text = `Transfer ${number} ends: ${why}`;
  await tools.told(
    { peer: placeOf(transfer), code: "file-cancelled", text, transfer: id },
    () => tools.store.stepReceiver(id, event) !== undefined,
  );
  return true;
}

/** By what this device knows: the others may not have taken them out yet. */
async function isOutOf(
  { messenger: { conversations, groups } }: TaskTools,
  room: RoomHandle,
  account: AccountId,
): Promise<boolean> {
  const open = conversations.openWith(room);
  const membershipLog = open && await groups.membershipLogOf(open.conversation);
  return membershipLog !== undefined && !membershipLog.members.has(account);
}

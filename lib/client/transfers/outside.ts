/** Who is not in a room any more neither gets nor gives what was offered there: that ends it, on this side. */

import type { TaskTools } from "./task_tools.ts";
import type { Transfer } from "./transfer.ts";

/** How often to look whether one still is. */
const LOOK_MS = 3_000;

/** Ends a transfer of a room that this account is not in, and all others of its offer. False when it is in, or it is of none. */
export async function endOutside(
  tools: TaskTools,
  { id, room, number, offer, direction }: Transfer,
): Promise<boolean> {
  const { messenger: { conversations }, store } = tools;
  if (room === undefined || conversations.openWith(room) !== undefined) return false;
  const event = { event: "cancel", by: "here", reason: "left" } as const;
  const isShared = direction === "out" && offer !== undefined;
  const ids = isShared ? (await store.ofOffer(offer)).map((one) => one.id) : [id];
  const ended = ids.filter((one) =>
    (store.stepSender(one, event) ?? store.stepReceiver(one, event)) !== undefined
  );
  if (ended.length > 0) {
    const text = `Transfer ${number} ends: you are not in room ${room} any more`;
    await tools.told({ peer: room, code: "file-cancelled", text });
  }
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

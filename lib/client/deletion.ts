/** The end of an account, by its owner. */

import { Refusal } from "../base/errors.ts";
import type { Client } from "./client.ts";
import type { Greeted } from "./greeting.ts";
import type { RoomInfo } from "./rooms/room_info.ts";
import { signInByPassword } from "./sign_in.ts";

/**
 * Proves the password over `greeted`, leaves every room, so that the others see it and go on with new keys, and deletes the
 * account; its name is never given out again (SR-06). `force`: also when a room is left without an owner. The client is
 * connected. Throws Refusal `wrong-credentials`, and `last-owner` for rooms and for the server.
 */
export async function deleteAccount(
  client: Client,
  greeted: Greeted,
  { password, force }: { password: string; force: boolean },
): Promise<void> {
  const { own } = client.profile;
  const { name, opaqueKey } = own;
  const signedIn = await signInByPassword(greeted, { name, password, own, opaqueKey });
  if (!signedIn.linked) {
    throw new Refusal("device-removed", "This device was removed from your account");
  }
  const kept = await leaveRooms(client);
  if (kept.length > 0 && !force) {
    const rooms = kept.map(({ room }) => room).join(", ");
    throw new Refusal(
      "last-owner",
      `You are the only owner of ${rooms}: make somebody else owner by room grant, or say --force`,
    );
  }
  await greeted.link.ask("login.delete-account", {});
}

/** Returns the rooms that cannot be left: others are in them, and nobody else owns them. */
async function leaveRooms(client: Client): Promise<readonly RoomInfo[]> {
  const kept: RoomInfo[] = [];
  for (const room of await client.rooms.list()) {
    try {
      await client.rooms.leave(room);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      kept.push(room);
    }
  }
  return kept;
}

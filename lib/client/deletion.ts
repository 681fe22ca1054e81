/** The end of an account, by its owner. */

import { Refusal } from "../base/errors.ts";
import type { Client } from "./client.ts";
import type { HandshakeResult } from "./link/handshake.ts";
import { proveAgain } from "./account/sign_in.ts";

/**
 * Proves the password over `handshake`, leaves every room, so that the others see it and go on with new keys, and deletes the
 * account; its name is never given out again (SR-06). `force`: also when a room is left without an owner. The client is
 * connected. Throws Refusal `wrong-credentials`, and `last-owner` for rooms and for the server: then no room was left.
 */
export async function deleteAccount(
  client: Client,
  handshake: HandshakeResult,
  { password, force }: { password: string; force: boolean },
): Promise<void> {
  await proveAgain(handshake, client.profile.own, password);
  await handshake.link.ask("login.delete-account", { force, trial: true });
  await leaveRooms(client, force);
  await handshake.link.ask("login.delete-account", { force });
}

/** With `force` those that nobody else owns are left as they are. */
async function leaveRooms(client: Client, force: boolean): Promise<void> {
  for (const room of await client.rooms.list()) {
    try {
      await client.rooms.leave(room);
    } catch (error) {
      if (!(error instanceof Refusal) || !force) throw error;
    }
  }
}

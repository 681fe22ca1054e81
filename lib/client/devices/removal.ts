/** Removing one of one's own devices (SR-10). */

import { Refusal, TransportError, UsageError } from "../../base/errors.ts";
import type { DeviceId } from "../../base/ids.ts";
import { REVOKED_DEVICES_MAX } from "../../protocol/limits.ts";
import type { HandshakeResult } from "../link/handshake.ts";
import type { Messenger } from "../store/messenger.ts";
import { signInByPassword } from "../account/sign_in.ts";
import {
  fetchOwnRevocations,
  handIn,
  learnOwnRevocations,
  noMoreRemovals,
  ownList,
} from "./own_revocations.ts";

/** Two devices that remove at the same moment come one after the other. */
const MAX_TRIES = 5;

/**
 * Signs in by password over `handshake` and removes the device: the server drops its sessions, key packages and mailbox at
 * once. That its leaves go out of all groups is for the devices that are left (`sweeping.ts`). Throws Refusal, and
 * UsageError `this-device`.
 */
export async function removeDevice(
  messenger: Messenger,
  handshake: HandshakeResult,
  { device, password }: { device: DeviceId; password: string },
): Promise<void> {
  const { own } = messenger.profile;
  if (device === own.device) {
    throw new UsageError(
      "this-device",
      "This is the device that you are at: logout --wipe ends it",
    );
  }
  const { name, opaqueKey } = own;
  const signedIn = await signInByPassword(handshake, { name, password, own, opaqueKey });
  if (!signedIn.linked) {
    throw new Refusal("device-removed", "This device was removed from your account");
  }
  const { link, incarnation } = handshake;
  await learnOwnRevocations(messenger, link, { ...signedIn, incarnation });
  for (let attempt = 1; attempt <= MAX_TRIES; attempt++) {
    if (await tryRemove(messenger, link, device)) return;
  }
  throw new TransportError("timeout", "Other devices remove devices all the time: try again");
}

async function tryRemove(
  messenger: Messenger,
  link: HandshakeResult["link"],
  device: DeviceId,
): Promise<boolean> {
  const { devices } = ownList(messenger);
  // Known here, but does the server have it?
  if (devices.includes(device)) return await fetchOwnRevocations(messenger, link);
  if (devices.length >= REVOKED_DEVICES_MAX) throw noMoreRemovals();
  if (await handIn(messenger, link, [...devices, device])) return true;
  await fetchOwnRevocations(messenger, link);
  return false;
}

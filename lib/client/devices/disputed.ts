/**
 * Devices of one's own that groups' lists name and the server's does not. A stolen phone signs such lists as well: the owner
 * is told once of each (SR-10, docs/removed-devices.md).
 */

import { describeError, Refusal, TrustError } from "../../base/errors.ts";
import type { DeviceId } from "../../base/ids.ts";
import { logger } from "../../base/log.ts";
import { listsIn } from "../../crypto/mls/group_removals.ts";
import { names } from "../../crypto/mls/removed_devices.ts";
import type { Link } from "../link/link.ts";
import { type Messenger, noticeEntry, record } from "../store/messenger.ts";
import { ownAccount } from "../groups/agreed_removals.ts";
import { fetchOwnRevocations } from "./own_revocations.ts";

const log = logger("client", "devices");

/** Digits of a device's id, as the list of devices shows them. */
const SHOWN_DIGITS = 8;

/** Tells of them in a conversation that says so. The server is asked before: mostly it knows. Rejects as `Link.ask`. */
export async function tellDisputed(messenger: Messenger, link: Link): Promise<void> {
  const { revocations } = messenger.directory;
  const self = ownAccount(messenger);
  const [first] = messenger.conversations.list();
  if (first === undefined || revocations.disputedOf(self).length === 0) return;
  try {
    await fetchOwnRevocations(messenger, link);
  } catch (error) {
    if (!(error instanceof Refusal || error instanceof TrustError)) throw error;
    log.warn("cannot compare removed devices", { reason: describeError(error) });
  }
  for (const device of revocations.disputedOf(self)) {
    const { conversation, peer } = await findSaying(messenger, device) ?? first;
    const text = disputedText(device, device === messenger.profile.own.device);
    const notice = { conversation, peer, code: "device-disputed", text, device };
    await record(
      messenger,
      [noticeEntry(messenger, notice)],
      () => revocations.setTold({ ...self, deviceId: device }),
    );
  }
}

async function findSaying(messenger: Messenger, device: DeviceId) {
  const { conversations, groups, verifier } = messenger;
  const self = ownAccount(messenger);
  for (const known of conversations.list()) {
    const group = await groups.load(known.conversation);
    if (group === undefined) continue;
    if (names(await listsIn(group.state, verifier), self, device)) return known;
  }
  return undefined;
}

function disputedText(device: DeviceId, isThis: boolean): string {
  const shown = isThis ? "this one" : device.slice(0, SHOWN_DIGITS);
  return `A device of yours says that ${shown} was removed. If that was not you, remove that device (heliograph device list) and link ${shown} again`;
}

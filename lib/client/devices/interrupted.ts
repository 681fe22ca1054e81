/** What a new device had still to do when it was interrupted after the server had taken it. */

import type { Messenger } from "../store/messenger.ts";
import { isUnconfirmed } from "../profile/account_secrets.ts";
import { settleDevice } from "../recovery/recovery.ts";
import { takeKeptPeople } from "./known_people.ts";

/** After a sign-in by this device, which shows that the server has it. Mostly there is nothing to do. */
export async function settleNewDevice(messenger: Messenger): Promise<void> {
  const { profile } = messenger;
  if (isUnconfirmed(profile.database)) settleDevice(profile);
  await takeKeptPeople(messenger);
}

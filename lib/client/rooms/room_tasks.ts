/**
 * What a device does in its rooms when it can: invites whom it was told to, tells newcomers what they missed, and gives those
 * who were in charge before a repair their roles again.
 */

import { describeError, Refusal, TrustError } from "../../base/errors.ts";
import { logger } from "../../base/log.ts";
import type { Link } from "../link/link.ts";
import { requireTrust } from "../store/contacts.ts";
import { meet } from "../contacts/contact_check.ts";
import { type Messenger, note } from "../store/messenger.ts";
import { invitationFor, signEntry } from "./invitations.ts";
import { restoreRoles } from "./roles.ts";
import { tellAbout } from "./naming.ts";
import { tellNewcomer } from "./retelling.ts";
import { awaitGuest } from "./room_guests.ts";
import { addRoomTask, listRoomTasks, type PlacedTask, removeRoomTask } from "./room_store.ts";

const log = logger("client", "rooms");

/** Does what is to be done. What cannot be done now stays. Rejects as `Link.ask` does when the link ends. */
export async function runRoomTasks(
  messenger: Messenger,
  link: Link,
  { flush, isCaughtUp }: { flush: () => Promise<void>; isCaughtUp: boolean },
): Promise<void> {
  const tasks = listRoomTasks(messenger.profile.database);
  for (const task of tasks.filter(({ kind }) => kind === "invite")) {
    await invite(messenger, link, task);
  }
  await restoreRoles(messenger, tasks);
  // Who came in may have been put out again, in what was not read yet.
  if (!isCaughtUp) return;
  const welcomes = tasks.filter(({ kind }) => kind === "welcome");
  for (const conversation of new Set(welcomes.map((task) => task.conversation))) {
    await tellAbout(messenger, conversation);
  }
  const controlMessages = listRoomTasks(messenger.profile.database)
    .filter(({ kind }) => kind === "about" || kind === "welcome");
  for (const task of controlMessages) await tellNewcomer(messenger, link, { task, flush });
}

async function invite(messenger: Messenger, link: Link, task: PlacedTask): Promise<void> {
  const { profile, groups, conversations } = messenger;
  const { conversation, account } = task;
  const group = await groups.load(conversation);
  const membershipLog = group?.membershipLog;
  const peer = conversations.find(conversation)?.peer;
  if (group === undefined || membershipLog === undefined || membershipLog.members.has(account)) {
    return void removeRoomTask(profile.database, task);
  }
  try {
    const contact = await meet(messenger, link, account);
    requireTrust(contact);
    const at = { membershipLog, epoch: group.state.epoch };
    const entry = invitationFor(profile, at, { account, identity: contact.pinned });
    await link.ask("room.invite", { conversation }, await signEntry(profile, entry));
    profile.database.transaction(() => {
      removeRoomTask(profile.database, task);
      addRoomTask(profile.database, { ...task, kind: "about" });
      awaitGuest(profile.database, conversation, entry);
    });
  } catch (error) {
    if (!(error instanceof Refusal || error instanceof TrustError)) throw error;
    log.info("cannot invite", { reason: describeError(error) });
    // The room moved on meanwhile, or the person must accept an identity first: later.
    if (error.code === "stale-epoch" || error instanceof TrustError) return;
    removeRoomTask(profile.database, task);
    if (peer === undefined) return;
    const text = `${account} could not be invited: ${error.message}`;
    await note(messenger, { conversation, peer, code: "not-invited", text });
  }
}

/** This account's own list of removed devices, as this device comes to know it and hands it in (SR-10). */

import type { Bytes } from "../../base/bytes.ts";
import { describeError, Refusal, TrustError } from "../../base/errors.ts";
import { logger } from "../../base/log.ts";
import {
  makeRevocationList,
  type RevocationList,
  verifyRevocationList,
} from "../../crypto/statements/revocation.ts";
import { REVOKED_DEVICES_MAX } from "../../protocol/limits.ts";
import { joinSections } from "../../protocol/sections.ts";
import type { Link } from "../link/link.ts";
import { type Messenger, noticeEntry, record } from "../store/messenger.ts";
import { ownAccount } from "../groups/agreed_removals.ts";
import { knownLife } from "../recovery/restored_server.ts";
import type { DeviceId } from "../../base/ids.ts";
import { listsIn } from "../../crypto/mls/group_removals.ts";
import { names } from "../../crypto/mls/removed_devices.ts";

const log = logger("client", "devices");

const NOTHING = new Uint8Array(0);

/** A list that the server took, and its receipt. */
interface TakenList {
  readonly list: Bytes;
  readonly receipt: Bytes;
}

/**
 * After a sign-in. A server that was restored from a backup is told again of what was removed since (SR-58). Throws Refusal
 * `device-removed` when this device is on a list that the server handed out, now or before. That a group carries one says only
 * that some device of the account signed it.
 */
export async function learnOwnRevocations(
  messenger: Messenger,
  link: Link,
  server: { revocations: number; incarnation: string },
): Promise<void> {
  await takeTaken(messenger);
  const { revocations } = messenger.directory;
  const { sequence } = ownList(messenger);
  // A program from before groups carried lists kept the devices on it, and not the list itself.
  const isKept = sequence === 0 || revocations.hasHandedOut(ownAccount(messenger));
  const isSame = server.revocations === sequence &&
    server.incarnation === knownLife(messenger);
  if (!(isSame && isKept) && !await fetchOwnRevocations(messenger, link)) {
    log.warn("the server does not take the removed devices again: remove one by password");
  }
  if (isRemovedHere(messenger)) {
    throw new Refusal("device-removed", "This device was removed from your account");
  }
}

/**
 * Learns the server's list, and hands in what it lacks. Returns whether the server has all that is known here. Throws
 * TrustError `bad-directory` when the list is not by this account's identity.
 */
export async function fetchOwnRevocations(messenger: Messenger, link: Link): Promise<boolean> {
  const { profile: { own }, directory } = messenger;
  const found = await directory.lookUp(link, own.account);
  const { account, identity: { key } } = own;
  const { revocations: list, receipt } = found;
  const { isBehind } = await directory.revocations.take({ account, identity: key, bytes: list });
  await keepTaken(messenger, { list, receipt });
  // A device that was removed itself has no say.
  return !isBehind || isRemovedHere(messenger) || await bringBack(messenger, link);
}

/**
 * The list of this account, as far as the server handed it out or took it here. For these somebody gave the password; what
 * groups carry any linked device signs, a stolen one too, and it decides nothing about the next list.
 */
export function ownList(messenger: Messenger): Pick<RevocationList, "sequence" | "devices"> {
  return messenger.directory.revocations.listOf(ownAccount(messenger));
}

function isRemovedHere(messenger: Messenger): boolean {
  return ownList(messenger).devices.includes(messenger.profile.own.device);
}

/** Signs the list that follows, with `devices` on it, and hands it in. Throws Refusal, `too-many` too. */
export async function handIn(
  messenger: Messenger,
  link: Link,
  devices: RevocationList["devices"],
): Promise<boolean> {
  const { directory, profile: { own: { account, identity, serverId } } } = messenger;
  const sequence = ownList(messenger).sequence + 1;
  if (!Number.isSafeInteger(sequence)) throw noMoreRemovals();
  const list = await makeRevocationList(identity, serverId, {
    accountId: account,
    sequence,
    devices,
  });
  const { list: earlier, receipt } = findTaken(messenger) ?? { list: NOTHING, receipt: NOTHING };
  const { sizes, payload } = joinSections([list, earlier, receipt]);
  const answer = await link.ask("device.remove", { sizes }, payload);
  if (!answer.fields.done) return false;
  await directory.revocations.take({ account, identity: identity.key, bytes: list });
  await keepTaken(messenger, { list, receipt: answer.payload.slice() });
  return true;
}

/** This identity has no list left to sign. */
export function noMoreRemovals(): Refusal {
  return new Refusal(
    "too-many",
    `An identity can remove at most ${REVOKED_DEVICES_MAX} devices: give the account a new one with login --reset-identity`,
  );
}

/** A device without a receipt cannot: the server asks for the password then. */
async function bringBack(messenger: Messenger, link: Link): Promise<boolean> {
  try {
    return await handIn(messenger, link, ownList(messenger).devices);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    log.warn("cannot hand in the removed devices", { reason: describeError(error) });
    return false;
  }
}

/** A profile from before this was told apart has the list that the server took, and its receipt. */
async function takeTaken(messenger: Messenger): Promise<void> {
  const { profile: { own: { account, identity: { key } } }, directory } = messenger;
  const taken = findTaken(messenger);
  if (taken === undefined || directory.revocations.hasHandedOut(ownAccount(messenger))) return;
  await directory.revocations.take({ account, identity: key, bytes: taken.list });
}

/** Only one that has all that is known: it is what a restored server has to be shown. */
async function keepTaken(messenger: Messenger, { list, receipt }: TakenList): Promise<void> {
  if (list.length === 0 || receipt.length === 0) return;
  const { database, own: { serverId, identity } } = messenger.profile;
  const verified = await verifyRevocationList(list.slice(), serverId, identity.key);
  if (!verified.ok) return;
  const { devices } = verified.list;
  if (!ownList(messenger).devices.every((device) => devices.includes(device))) return;
  database.command("INSERT OR REPLACE INTO taken_revocation VALUES (1, ?, ?)").run(list, receipt);
}

function findTaken({ profile: { database } }: Messenger): TakenList | undefined {
  return database.query(
    "SELECT list, receipt FROM taken_revocation",
    (row): TakenList => ({ list: row.bytes("list"), receipt: row.bytes("receipt") }),
  ).first();
}

// Devices of one's own that groups' lists name and the server's does not. A stolen phone signs such lists as well: the owner
// is told once of each (SR-10, docs/removed-devices.md).

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
  const { conversations, groups, directory: { verifier } } = messenger;
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
  return `A device of yours removed ${shown}. If that was not you, remove the device that did it (heliograph device list) and link ${shown} again`;
}

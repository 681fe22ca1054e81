/** Lists of removed devices, as the server checks them before it keeps them (SR-10). Clients check them again. */

import type { Bytes } from "../../base/bytes.ts";
import type { AccountId, DeviceId, Fingerprint } from "../../base/ids.ts";
import { REVOCATION_JUMP_MAX } from "../../protocol/limits.ts";
import {
  type RevocationList,
  type RevocationReceipts,
  verifyRevocationList,
} from "../../crypto/statements/revocation.ts";
import { verifyRosterEntry } from "../../crypto/statements/roster_entry.ts";
import { refuse } from "../../protocol/failure.ts";
import type { Account } from "../store/account_store.ts";

/** A list that may follow the one that the server has. */
export interface NextList {
  readonly list: RevocationList;
  /** The sequence of the present one. */
  readonly present: number;
}

/** What `device.remove` carries. */
export interface HandedIn {
  readonly list: Bytes;
  /** A list that the server took before it was restored, and its receipt for it; both empty for none. */
  readonly earlier: Bytes;
  readonly receipt: Bytes;
}

/**
 * Whether all that the list removes was removed by a list that this server has taken already: then nobody decides anything
 * new, and it needs no password. One that adds nothing is not needed: it would only take the number from the next removal.
 * Throws Refusal `bad-message`.
 */
export async function isKnownRemoval(
  account: Account,
  { list, earlier, receipt }: HandedIn,
  { serverId, receipts }: { serverId: Fingerprint; receipts: RevocationReceipts },
): Promise<boolean> {
  if (earlier.length === 0 || !await receipts.isOf(account.account, earlier, receipt)) return false;
  const present = await presentDevices(account, serverId);
  const known = new Set([...present, ...(await readList(account, earlier, serverId)).devices]);
  const { devices } = await readList(account, list, serverId);
  return devices.every((device) => known.has(device)) &&
    devices.some((device) => !present.includes(device));
}

/**
 * The next list: by the account's identity, with all that were on the one before, and not far ahead of it. Undefined when another one came first.
 * `asking`: the device that hands it in, which must not be on it. Throws Refusal `bad-message`.
 */
export async function readNextList(
  account: Account,
  bytes: Bytes,
  { serverId, asking }: { serverId: Fingerprint; asking: DeviceId },
): Promise<NextList | undefined> {
  const list = await readList(account, bytes, serverId);
  if (list.devices.includes(asking)) {
    throw refuse("bad-message", "Only another device of the account can remove a device");
  }
  const { revocationSequence: present } = account;
  if (list.sequence <= present) return undefined;
  if (list.sequence - present > REVOCATION_JUMP_MAX) {
    throw refuse(
      "bad-message",
      `A list of removed devices may be ahead by ${REVOCATION_JUMP_MAX} at most`,
    );
  }
  const before = await presentDevices(account, serverId);
  if (!before.every((gone) => list.devices.includes(gone))) {
    throw refuse("bad-message", "A removed device cannot come off the list again");
  }
  return { list, present };
}

async function presentDevices(
  account: Account,
  serverId: Fingerprint,
): Promise<readonly DeviceId[]> {
  const { revocation } = account;
  return revocation === undefined ? [] : (await readList(account, revocation, serverId)).devices;
}

async function readList(
  { account, rosterEntry }: { account: AccountId; rosterEntry: Bytes },
  bytes: Bytes,
  serverId: Fingerprint,
): Promise<RevocationList> {
  const roster = await verifyRosterEntry(rosterEntry, serverId);
  const verified = roster.ok
    ? await verifyRevocationList(bytes, serverId, roster.entry.identity)
    : roster;
  if (!verified.ok || verified.list.accountId !== account) {
    throw refuse("bad-message", "The list of removed devices is not valid");
  }
  return verified.list;
}

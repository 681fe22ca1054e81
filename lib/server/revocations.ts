/** Lists of removed devices, as the server checks them before it keeps them (SR-10). Clients check them again. */

import type { Bytes } from "../base/bytes.ts";
import type { AccountId, DeviceId, Fingerprint } from "../base/ids.ts";
import { type RevocationList, verifyRevocationList } from "../crypto/revocation.ts";
import { verifyRosterEntry } from "../crypto/roster_entry.ts";
import { refuse } from "./refusal.ts";
import type { Account } from "./store.ts";

/** A list that may follow the one that the server has. */
export interface NextList {
  readonly list: RevocationList;
  /** The sequence of the present one. */
  readonly present: number;
}

/**
 * The next list: by the account's identity, and with all that were on the one before. Undefined when another one came first.
 * `asking`: the device that hands it in, which must not be on it. Throws Refusal `bad-message`.
 */
export async function readNextList(
  account: Account,
  bytes: Bytes,
  { serverId, asking }: { serverId: Fingerprint; asking: DeviceId },
): Promise<NextList | undefined> {
  const list = await readList(account, bytes, serverId);
  if (list.devices.includes(asking)) {
    throw refuse("bad-message", "A device is removed by another one of the account");
  }
  const { revocation, revocationSequence: present } = account;
  if (list.sequence <= present) return undefined;
  const before = revocation === undefined
    ? []
    : (await readList(account, revocation, serverId)).devices;
  if (!before.every((gone) => list.devices.includes(gone))) {
    throw refuse("bad-message", "A removed device cannot come off the list again");
  }
  return { list, present };
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

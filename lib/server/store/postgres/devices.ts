/** Devices of accounts, their certificates, and the tokens of those that are bots. */

import { Refusal } from "../../../base/errors.ts";
import type { DeviceId } from "../../../base/ids.ts";
import { DEVICES_MAX } from "../../../protocol/limits.ts";
import type { BotToken } from "../account_store.ts";
import { rowNumber } from "../columns.ts";
import type { DeviceStore, NewDevice } from "../device_store.ts";
import { accountNumber } from "./account_lookup.ts";
import { query, type Transaction } from "./database.ts";
import { leaveEverywhere } from "./envelope_log.ts";
import { lockAccounts, lockConversationsOf } from "./locks.ts";
import { lookUp } from "./lookups.ts";

type Arguments<Name extends keyof DeviceStore> = Parameters<DeviceStore[Name]>[0];

/**
 * Rejects with Refusal when the device id or the certificate was ever used, or the account has too many devices. The caller
 * has locked the account.
 */
export async function insertDevice(
  transaction: Transaction,
  { owner, device, nowMs }: { owner: number; device: NewDevice; nowMs: number },
): Promise<void> {
  const { device: id, certificateHash, certificate } = device;
  if ((await transaction.all(LIST_NUMBERS, owner)).length >= DEVICES_MAX) {
    throw new Refusal(
      "too-many",
      `An account has ${DEVICES_MAX} devices at most: remove one first`,
    );
  }
  if (await transaction.has(FIND_TAKEN, id, certificateHash)) {
    throw new Refusal("device-refused", "This device id or certificate was used before");
  }
  await transaction.run(INSERT, id, owner, nowMs, certificateHash, certificate);
}

/** See `DeviceStore.addDevice`. */
export async function addDevice(
  transaction: Transaction,
  { account, device, nowMs, identity }: Arguments<"addDevice">,
): Promise<"added" | "known"> {
  await lockAccounts(transaction, { changed: [account] });
  const owner = await accountNumber(transaction, account);
  if (
    identity !== undefined &&
    (await lookUp(transaction, "findAccount", account))?.identity !== identity
  ) {
    throw new Refusal("device-refused", "The account now has another identity");
  }
  // A resend: same account, same certificate, not removed.
  if (await transaction.has(FIND_SAME, device.device, owner, device.certificateHash)) {
    return "known";
  }
  await insertDevice(transaction, { owner, device, nowMs });
  return "added";
}

/** See `DeviceStore.removeDevices`. */
export async function removeDevices(
  transaction: Transaction,
  { account, devices, revocation, present, sequence }: Arguments<"removeDevices">,
): Promise<"removed" | "stale"> {
  await lockAccounts(transaction, { changed: [account] });
  await lockConversationsOf(transaction, account);
  const owner = await accountNumber(transaction, account);
  const isNext = await transaction.run(SET_REVOCATION, revocation, sequence, owner, present) > 0;
  if (!isNext) return "stale";
  for (const device of devices) {
    const id = await transaction.first(FIND_OWNED, device, owner);
    if (id !== undefined) await removeDevice(transaction, id);
  }
  return "removed";
}

/** All devices of an account. The caller has locked it and its conversations. */
export async function removeAllDevices(transaction: Transaction, owner: number): Promise<void> {
  for (const device of await transaction.all(LIST_NUMBERS, owner)) {
    await removeDevice(transaction, device);
  }
}

/** With its key packages, places in conversations and mailbox. */
async function removeDevice(transaction: Transaction, device: number): Promise<void> {
  // First: whoever adds key packages has locked the row, and those are seen after the wait.
  await transaction.run(MARK_REMOVED, device);
  await transaction.run("DELETE FROM key_package WHERE device = $1", device);
  await leaveEverywhere(transaction, device);
}

/** See `DeviceStore.nameDevice`. */
export async function nameDevice(
  transaction: Transaction,
  { device, name }: Arguments<"nameDevice">,
): Promise<void> {
  const named = await transaction.run(SET_NAME, name, device);
  if (named === 0) throw deviceRemoved();
}

/** When something is to be done for a device that is not there any more. */
export function deviceRemoved(): Refusal {
  return new Refusal("device-refused", "This device was removed");
}

/** See `DeviceStore.setSignedIn`. */
export async function setSignedIn(
  transaction: Transaction,
  { account, device, signedIn }: Arguments<"setSignedIn">,
): Promise<void> {
  await lockAccounts(transaction, { changed: [account] });
  await signIn(transaction, { account, device, signedIn });
}

/** The same where the account is locked. */
export async function signIn(
  transaction: Transaction,
  { account, device, signedIn }: Arguments<"setSignedIn">,
): Promise<void> {
  await transaction.run(SET_SIGNED_IN, signedIn ? 1 : 0, device, account);
}

// Tokens of bots: one at most for each device, known by their hash alone (SR-47, SR-48).

/** See `BotTokenStore.setBotToken`. */
export async function setBotToken(transaction: Transaction, token: BotToken): Promise<void> {
  const { account, device, hash, scopes, createdMs, expiresMs } = token;
  await lockAccounts(transaction, { judged: [account] });
  const found = await lookUp(transaction, "findDevice", account, device);
  if (found === undefined) throw new Refusal("device-refused", "The account has no such device");
  await transaction.run(SET_BOT_TOKEN, device, hash, scopes.join(","), createdMs, expiresMs);
}

/** See `BotTokenStore.removeBotToken`. */
export async function removeBotToken(transaction: Transaction, device: DeviceId): Promise<boolean> {
  return await transaction.run(REMOVE_BOT_TOKEN, device) > 0;
}

const OF_ACCOUNT = "owner = (SELECT id FROM account WHERE account = $3)";
const FIND_TAKEN = "SELECT 1 FROM device WHERE device = $1 OR certificate_hash = $2";
const FIND_SAME =
  "SELECT 1 FROM device WHERE device = $1 AND owner = $2 AND certificate_hash = $3 AND removed = 0";
const INSERT =
  `INSERT INTO device (device, owner, signed_in, created_ms, last_seen_ms, certificate_hash,
    certificate) VALUES ($1, $2, 1, $3, $3, $4, $5)`;
const FIND_OWNED = query(
  "SELECT id FROM device WHERE device = $1 AND owner = $2 AND removed = 0",
  rowNumber,
);
const LIST_NUMBERS = query(
  "SELECT id FROM device WHERE owner = $1 AND removed = 0 ORDER BY id",
  rowNumber,
);
const SET_REVOCATION = `UPDATE account SET revocation = $1, revocation_sequence = $2
  WHERE id = $3 AND revocation_sequence = $4`;
const SET_NAME = "UPDATE device SET name = $1 WHERE device = $2 AND removed = 0";
const SET_SIGNED_IN =
  `UPDATE device SET signed_in = $1 WHERE device = $2 AND ${OF_ACCOUNT} AND removed = 0`;
const MARK_REMOVED = "UPDATE device SET removed = 1, signed_in = 0, name = NULL WHERE id = $1";

const SET_BOT_TOKEN = `INSERT INTO bot_token (device, hash, scopes, created_ms, expires_ms)
  SELECT id, $2::bytea, $3::text, $4::bigint, $5::bigint FROM device WHERE device = $1
  ON CONFLICT (device) DO UPDATE SET hash = excluded.hash, scopes = excluded.scopes,
    created_ms = excluded.created_ms, expires_ms = excluded.expires_ms`;
const REMOVE_BOT_TOKEN =
  "DELETE FROM bot_token WHERE device = (SELECT id FROM device WHERE device = $1)";

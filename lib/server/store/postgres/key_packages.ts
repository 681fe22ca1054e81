/** MLS key packages of devices, handed out one by one (RFC 9420 §10, SR-30). */

import type { Bytes } from "../../../base/bytes.ts";
import type { AccountId, DeviceId } from "../../../base/ids.ts";
import { ONE_TIME_KEY_PACKAGES_MAX } from "../../../protocol/limits.ts";
import { deviceId, rowNumber } from "../columns.ts";
import type { DeviceStore } from "../device_store.ts";
import { textArray } from "./arrays.ts";
import { query, type Transaction } from "./database.ts";
import { deviceRemoved } from "./devices.ts";
import { lookUp } from "./lookups.ts";

type Publication = Parameters<DeviceStore["publishKeyPackages"]>[0];
type Taken = Awaited<ReturnType<DeviceStore["takeKeyPackage"]>>;

/**
 * With `lastResort` the last package is that, and those before it are one-time ones. Beyond the limit the oldest go: their
 * lifetime ends first.
 */
export async function publishKeyPackages(
  transaction: Transaction,
  { device, packages, lastResort, nowMs }: Publication,
): Promise<number> {
  const id = await transaction.first(LOCK_DEVICE, device);
  if (id === undefined) throw deviceRemoved();
  const insert = (keyPackage: Bytes, isLast: 0 | 1) =>
    transaction.run(INSERT, id, isLast, nowMs, keyPackage);
  const [last] = lastResort ? packages.slice(-1) : [];
  if (last !== undefined) {
    await transaction.run("DELETE FROM key_package WHERE device = $1 AND last_resort = 1", id);
    await insert(last, 1);
  }
  const oneTime = lastResort ? packages.slice(0, -1) : packages;
  await Promise.all(oneTime.map((keyPackage) => insert(keyPackage, 0)));
  await transaction.run(DELETE_SURPLUS, id, ONE_TIME_KEY_PACKAGES_MAX);
  return (await lookUp(transaction, "countKeyPackages", device)).oneTime;
}

/** Of several that take one at the same moment each gets another one. */
export async function takeKeyPackage(
  transaction: Transaction,
  account: AccountId,
  except: readonly DeviceId[] = [],
): Promise<Taken> {
  const supplied = await transaction.first(FIND_SUPPLIED, account, textArray(except));
  if (supplied === undefined) return undefined;
  const { id, device, certificate } = supplied;
  const oneTime = await transaction.first(TAKE_ONE_TIME, id);
  const keyPackage = oneTime ?? await transaction.first(FIND_LAST_RESORT, id);
  if (keyPackage === undefined) return undefined;
  return { device, certificate, keyPackage, lastResort: oneTime === undefined };
}

const packageOf = (row: { bytes(column: string): Bytes }): Bytes => row.bytes("package");

// Whoever removes the device waits, and then finds what was added.
const LOCK_DEVICE = query(
  "SELECT id FROM device WHERE device = $1 AND removed = 0 FOR NO KEY UPDATE",
  rowNumber,
);
const INSERT =
  "INSERT INTO key_package (device, last_resort, published_ms, package) VALUES ($1, $2, $3, $4)";
const DELETE_SURPLUS = `DELETE FROM key_package WHERE id IN (
  SELECT id FROM key_package WHERE device = $1 AND last_resort = 0 ORDER BY id DESC OFFSET $2)`;
const FIND_SUPPLIED = query(
  `SELECT d.id, d.device, d.certificate FROM device d JOIN account a ON a.id = d.owner
    WHERE a.account = $1 AND d.removed = 0 AND d.device <> ALL ($2::text[])
      AND EXISTS (SELECT 1 FROM key_package k WHERE k.device = d.id)
    ORDER BY d.last_seen_ms DESC, d.id DESC LIMIT 1`,
  (row) => ({
    id: row.integer("id"),
    device: deviceId(row),
    certificate: row.bytes("certificate"),
  }),
);
// `=` and not `IN`: the row that is locked is the one that is deleted.
const TAKE_ONE_TIME = query(
  `DELETE FROM key_package WHERE id = (SELECT id FROM key_package
      WHERE device = $1 AND last_resort = 0 ORDER BY id FOR UPDATE SKIP LOCKED LIMIT 1)
    RETURNING package`,
  packageOf,
);
const FIND_LAST_RESORT = query(
  "SELECT package FROM key_package WHERE device = $1 AND last_resort = 1",
  packageOf,
);

/** MLS key packages of devices, handed out one by one (RFC 9420 §10, SR-30). */

import type { Bytes } from "../../../base/bytes.ts";
import type { AccountId, DeviceId } from "../../../base/ids.ts";
import { ONE_TIME_KEY_PACKAGES_MAX } from "../../../protocol/limits.ts";
import type { Database } from "../../../storage/database.ts";
import { deviceId } from "../columns.ts";
import type { DeviceTable } from "./devices.ts";
import type { LookUp } from "./lookups.ts";

/** The packages that are left of each device. */
export class KeyPackageTable {
  readonly #devices: DeviceTable;
  readonly #lookUp: LookUp;
  readonly #statements;

  constructor(
    database: Database,
    { devices, lookUp }: { devices: DeviceTable; lookUp: LookUp },
  ) {
    this.#devices = devices;
    this.#lookUp = lookUp;
    this.#statements = prepare(database);
  }

  /**
   * With `lastResort` the last package is that, and those before it are one-time ones. Beyond the limit the oldest go: their
   * lifetime ends first.
   */
  publish(
    { device, packages, lastResort, nowMs }: {
      device: DeviceId;
      packages: readonly Bytes[];
      lastResort: boolean;
      nowMs: number;
    },
  ): number {
    const id = this.#devices.number(device);
    const [last] = lastResort ? packages.slice(-1) : [];
    if (last !== undefined) {
      this.#statements.deleteLastResort.run(id);
      this.#statements.insert.run(id, 1, nowMs, last);
    }
    for (const keyPackage of lastResort ? packages.slice(0, -1) : packages) {
      this.#statements.insert.run(id, 0, nowMs, keyPackage);
    }
    this.#statements.deleteSurplus.run(id, ONE_TIME_KEY_PACKAGES_MAX);
    return this.#lookUp("countKeyPackages", device).oneTime;
  }

  take(account: AccountId, except: readonly DeviceId[] = []): {
    device: DeviceId;
    certificate: Bytes;
    keyPackage: Bytes;
    lastResort: boolean;
  } | undefined {
    const owner = this.#statements.findSupplied.first(account, JSON.stringify(except));
    if (owner === undefined) return undefined;
    const { id, device, certificate } = owner;
    const found = this.#statements.findPackage.first(id);
    if (found === undefined) return undefined;
    if (!found.lastResort) this.#statements.deletePackage.run(found.id);
    return { device, certificate, keyPackage: found.keyPackage, lastResort: found.lastResort };
  }
}

function prepare(database: Database) {
  return {
    insert: database.command(
      "INSERT INTO key_package (device, last_resort, published_ms, package) VALUES (?, ?, ?, ?)",
    ),
    deleteLastResort: database.command(
      "DELETE FROM key_package WHERE device = ? AND last_resort = 1",
    ),
    deleteSurplus: database.command(
      `DELETE FROM key_package WHERE id IN
        (SELECT id FROM key_package WHERE device = ? AND last_resort = 0 ORDER BY id DESC LIMIT -1 OFFSET ?)`,
    ),
    findSupplied: database.query(
      `SELECT d.id, d.device, d.certificate FROM device d JOIN account a ON a.id = d.owner
        WHERE a.account = ? AND d.removed = 0 AND d.device NOT IN (SELECT given.value FROM json_each(?) AS given)
        AND EXISTS (SELECT 1 FROM key_package k WHERE k.device = d.id)
        ORDER BY d.last_seen_ms DESC, d.id DESC LIMIT 1`,
      (row) => ({
        id: row.integer("id"),
        device: deviceId(row),
        certificate: row.bytes("certificate"),
      }),
    ),
    findPackage: database.query(
      "SELECT id, last_resort, package FROM key_package WHERE device = ? ORDER BY last_resort, id LIMIT 1",
      (row) => ({
        id: row.integer("id"),
        lastResort: row.boolean("last_resort"),
        keyPackage: row.bytes("package"),
      }),
    ),
    deletePackage: database.command("DELETE FROM key_package WHERE id = ?"),
  };
}

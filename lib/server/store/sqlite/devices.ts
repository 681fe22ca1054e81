/** Devices of accounts and their certificates. */

import type { Bytes } from "../../../base/bytes.ts";
import { Refusal } from "../../../base/errors.ts";
import type { AccountId, DeviceId } from "../../../base/ids.ts";
import { DEVICES_MAX } from "../../../protocol/limits.ts";
import type { Database } from "../../../storage/database.ts";
import type { NewDevice } from "../device_store.ts";
import { rowNumber } from "../columns.ts";
import type { EnvelopeLog } from "./envelope_log.ts";

/** The devices that there are and were. */
export class DeviceTable {
  readonly #log: EnvelopeLog;
  readonly #statements;

  constructor(database: Database, log: EnvelopeLog) {
    this.#log = log;
    this.#statements = prepare(database);
  }

  /** Throws Refusal when the device id or the certificate was ever used, or the account has too many devices. */
  insert(owner: number, device: NewDevice, nowMs: number): void {
    if (this.#statements.listNumbers.all(owner).length >= DEVICES_MAX) {
      throw new Refusal(
        "too-many",
        `An account has ${DEVICES_MAX} devices at most: remove one first`,
      );
    }
    const taken = this.#statements.findTaken.first(device.device, device.certificateHash);
    if (taken !== undefined) {
      throw new Refusal("device-refused", "This device id or certificate was used before");
    }
    this.#statements.insert.run(
      device.device,
      owner,
      nowMs,
      nowMs,
      device.certificateHash,
      device.certificate,
    );
  }

  /** `known` is for a resend: same account, same certificate, not removed. */
  add(owner: number, device: NewDevice, nowMs: number): "added" | "known" {
    const known = this.#statements.findSame.first(device.device, owner, device.certificateHash);
    if (known !== undefined) return "known";
    this.insert(owner, device, nowMs);
    return "added";
  }

  setName(device: DeviceId, name: Bytes): void {
    this.#statements.setName.run(name, this.number(device));
  }

  /** The row of a device that is not removed. Throws Refusal when there is none. */
  number(device: DeviceId): number {
    const id = this.#statements.number.first(device);
    if (id === undefined) throw new Refusal("device-refused", "This device was removed");
    return id;
  }

  setSignedIn(
    { account, device, signedIn }: { account: AccountId; device: DeviceId; signedIn: boolean },
  ): void {
    this.#statements.setSignedIn.run(signedIn ? 1 : 0, device, account);
  }

  signOutOthers(owner: number, keep: DeviceId | undefined): void {
    // No device id is empty.
    this.#statements.signOutOthers.run(owner, keep ?? "");
  }

  setLastSeen(account: AccountId, device: DeviceId, nowMs: number): void {
    this.#statements.setLastSeen.run(nowMs, device, account);
  }

  /** One of an account, with its key packages, places in conversations and mailbox. Twice is fine. */
  remove(owner: number, device: DeviceId): void {
    const id = this.#statements.findOwned.first(device, owner);
    if (id !== undefined) this.#remove(id);
  }

  /** All devices of an account. */
  removeAll(owner: number): void {
    for (const device of this.#statements.listNumbers.all(owner)) this.#remove(device);
  }

  /** Of an account that is deleted: what its owner called its devices. */
  forgetNames(owner: number): void {
    this.#statements.forgetNames.run(owner);
  }

  #remove(device: number): void {
    this.#statements.deleteKeyPackages.run(device);
    this.#log.leaveAll(device);
    this.#statements.markRemoved.run(device);
  }
}

function prepare(database: Database) {
  const ofAccount = "owner = (SELECT id FROM account WHERE account = ?)";
  return {
    findTaken: database.query(
      "SELECT id FROM device WHERE device = ? OR certificate_hash = ? LIMIT 1",
      rowNumber,
    ),
    findSame: database.query(
      "SELECT id FROM device WHERE device = ? AND owner = ? AND certificate_hash = ? AND removed = 0",
      rowNumber,
    ),
    insert: database.command(
      `INSERT INTO device (device, owner, signed_in, created_ms, last_seen_ms, certificate_hash, certificate)
        VALUES (?, ?, 1, ?, ?, ?, ?)`,
    ),
    findOwned: database.query(
      "SELECT id FROM device WHERE device = ? AND owner = ? AND removed = 0",
      rowNumber,
    ),
    forgetNames: database.command("UPDATE device SET name = NULL WHERE owner = ?"),
    setName: database.command("UPDATE device SET name = ? WHERE id = ?"),
    number: database.query("SELECT id FROM device WHERE device = ? AND removed = 0", rowNumber),
    listNumbers: database.query(
      "SELECT id FROM device WHERE owner = ? AND removed = 0",
      rowNumber,
    ),
    setSignedIn: database.command(
      `UPDATE device SET signed_in = ? WHERE device = ? AND ${ofAccount} AND removed = 0`,
    ),
    signOutOthers: database.command(
      "UPDATE device SET signed_in = 0 WHERE owner = ? AND device <> ?",
    ),
    setLastSeen: database.command(
      `UPDATE device SET last_seen_ms = max(last_seen_ms, ?) WHERE device = ? AND ${ofAccount}`,
    ),
    deleteKeyPackages: database.command("DELETE FROM key_package WHERE device = ?"),
    markRemoved: database.command(
      "UPDATE device SET removed = 1, signed_in = 0, name = NULL WHERE id = ?",
    ),
  };
}

/**
 * The account of a profile as it stands in the database: its facts, its identity key, its device's keys, all sealed. While a
 * new device is not confirmed by the server, the one before stays beside it, so that a no destroys nothing.
 */

import { type Bytes, decodeUtf8, utf8 } from "../../base/bytes.ts";
import { StorageError } from "../../base/errors.ts";
import { decodeDeviceKeys, encodeDeviceKeys } from "../../crypto/statements/device_keys.ts";
import { importIdentity } from "../../crypto/keys/identity.ts";
import type { Database } from "../../storage/database.ts";
import type { OwnAccount, Profile } from "./profile.ts";
import type { Vault } from "./vault.ts";

/** The account as it is stored: public facts in JSON, the private keys apart. */
type StoredFacts = Omit<OwnAccount, "identity" | "deviceKeys" | "certificate">;

/** What registration or a first sign-in stores. */
export interface NewAccountSecrets {
  readonly facts: StoredFacts;
  readonly identityPkcs8: Bytes;
  readonly deviceKeys: OwnAccount["deviceKeys"];
  readonly certificate: Bytes;
  /** Whom the device that linked this one knows, as it packed them: taken up once the server has confirmed this one. */
  readonly people?: Bytes;
}

/** Whether an account was ever written to this profile. Needs no key. */
export function hasAccount(database: Database): boolean {
  return findSealed(database, "account") !== undefined;
}

/** Stores an account; one that was there is kept as the one before. */
export async function writeAccount(
  database: Database,
  vault: Vault,
  secrets: NewAccountSecrets,
): Promise<void> {
  const records: [string, Bytes][] = [
    ["account", utf8(JSON.stringify(secrets.facts))],
    ["identity", secrets.identityPkcs8],
    ["device", encodeDeviceKeys(secrets.deviceKeys)],
    ["certificate", secrets.certificate],
    ...(secrets.people === undefined ? [] : [["people", secrets.people] as [string, Bytes]]),
  ];
  const sealed = await Promise.all(
    records.map(async ([name, bytes]) => [name, await vault.seal("secret", name, bytes)] as const),
  );
  database.transaction(() => {
    // One that was never confirmed does not take the place of one that was.
    database.command(
      "INSERT OR IGNORE INTO secret SELECT 'previous.' || name, sealed FROM secret WHERE name NOT LIKE 'previous.%'",
    ).run();
    const write = database.command("INSERT OR REPLACE INTO secret VALUES (?, ?)");
    for (const [name, bytes] of sealed) write.run(name, bytes);
  });
}

/** The private key of the account's identity, PKCS #8: what seals names of devices, and what a linked device is given. */
export function readIdentityKey(database: Database, vault: Vault): Promise<Bytes> {
  return openSecret(database, vault, "identity");
}

async function openSecret(database: Database, vault: Vault, name: string): Promise<Bytes> {
  const sealed = findSealed(database, name);
  if (sealed === undefined) throw damagedProfile();
  return await vault.open("secret", name, sealed);
}

/** What `people` of `writeAccount` was, until `forgetPeople`. */
export async function readPeople(
  { database, vault }: Pick<Profile, "database" | "vault">,
): Promise<Bytes | undefined> {
  const sealed = findSealed(database, "people");
  return sealed && await vault.open("secret", "people", sealed);
}

/** They were taken up. */
export function forgetPeople(database: Database): void {
  database.command("DELETE FROM secret WHERE name = 'people'").run();
}

/** Throws StorageError `damaged`. */
export async function readAccount(database: Database, vault: Vault): Promise<OwnAccount> {
  const open = (name: string) => openSecret(database, vault, name);
  // Written by `writeAccount` and authenticated by the vault.
  const facts = JSON.parse(decodeUtf8(await open("account")) ?? "{}") as StoredFacts;
  const identity = await importIdentity(await open("identity"));
  const device = await decodeDeviceKeys(await open("device"));
  if (identity === undefined || !device.ok) throw damagedProfile();
  const certificate = await open("certificate");
  return { ...facts, identity, deviceKeys: device.keys, certificate };
}

/** The account's server is found at `address` from now on, as `HOST:PORT`. */
export async function writeServerAddress(
  { database, vault }: Pick<Profile, "database" | "vault">,
  address: string,
): Promise<void> {
  const sealed = findSealed(database, "account");
  if (sealed === undefined) throw damagedProfile();
  const facts = await vault.openValue<StoredFacts>("secret", "account", sealed);
  const moved = await vault.sealValue("secret", "account", { ...facts, serverAddress: address });
  // Another process may have stored another account meanwhile: that one knows its server.
  database.command("UPDATE secret SET sealed = ? WHERE name = 'account' AND sealed = ?")
    .run(moved, sealed);
}

/** Whether a device was stored in place of another one, and the server has not confirmed it yet. */
export function isUnconfirmed(database: Database): boolean {
  return findSealed(database, "previous.account") !== undefined;
}

/** Inside a transaction or alone: the server has confirmed the present device. */
export function confirmAccount(database: Database): void {
  database.command("DELETE FROM secret WHERE name LIKE 'previous.%'").run();
}

/** The server refused the present device: the one before is the account again. Open the profile anew afterwards. */
export function restoreAccount(database: Database): void {
  database.transaction(() => {
    database.command("DELETE FROM secret WHERE name NOT LIKE 'previous.%'").run();
    database.command("UPDATE secret SET name = substr(name, length('previous.') + 1)").run();
  });
}

/** What to throw when a part of the profile cannot be read. */
export function damagedProfile(): StorageError {
  return new StorageError("damaged", "Cannot read profile: a part of it is missing or damaged");
}

function findSealed(database: Database, name: string): Bytes | undefined {
  return database.bytes("SELECT sealed FROM secret WHERE name = ?", name);
}

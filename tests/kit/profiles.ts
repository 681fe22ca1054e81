/** Profiles of accounts that were made without a password: their session opens them, and no RSA key is made. */

import { join } from "node:path";
import { type Bytes, decodeBase64, encodeBase64 } from "../../lib/base/bytes.ts";
import { parseAccountName, skeleton } from "../../lib/base/account_name.ts";
import {
  type AccountId,
  type AccountName,
  newDeviceId,
  parseDeviceId,
  parseFingerprint,
} from "../../lib/base/ids.ts";
import { systemRandom } from "../../lib/base/random.ts";
import { writeAccount } from "../../lib/client/profile/account_secrets.ts";
import { ContactStatuses } from "../../lib/client/store/contact_status.ts";
import { ProfileKeeper } from "../../lib/client/profile/keeper.ts";
import { Vault } from "../../lib/client/profile/vault.ts";
import { createKeyStore } from "../../lib/crypto/keys/key_store.ts";
import { makeDeviceCertificate } from "../../lib/crypto/statements/device_certificate.ts";
import { generateDeviceKeys } from "../../lib/crypto/statements/device_keys.ts";
import { type Identity, importIdentity } from "../../lib/crypto/keys/identity.ts";
import { makeRosterEntry } from "../../lib/crypto/statements/roster_entry.ts";
import type { ServerServices } from "../../lib/server/serving/server_services.ts";
import type { NewDevice } from "../../lib/server/store/device_store.ts";
import { NO_PASSWORD } from "./raw_account.ts";

/** A profile on disk, of an account or device that the server does not know yet. */
export interface MadeProfile {
  readonly folder: string;
  readonly account: AccountId;
  readonly name: AccountName;
  readonly identity: Identity;
  readonly device: NewDevice;
}

const identities: { pkcs8: string }[] = JSON.parse(
  await Deno.readTextFile(new URL("../fixtures/identities.json", import.meta.url)),
);

/** A ready identity of the fixtures, 0 to 3, in the form in which `generateIdentity` gives a new one. */
export async function readyIdentity(which: number) {
  const pkcs8 = decodeBase64(identities[which].pkcs8);
  const identity = pkcs8 && await importIdentity(pkcs8);
  if (pkcs8 === undefined || identity === undefined) throw new Error("the fixture has four");
  return { identity, pkcs8 };
}

/** Makes a profile in an empty folder, for a device of the identity `which`. */
export async function makeProfile(
  { clock, identity: { serverId } }: ServerServices,
  { folder, name, which, opaqueKey = "" }: {
    folder: string;
    name: string;
    which: number;
    /** The server's, for who will sign in by password. */
    opaqueKey?: string;
  },
): Promise<MadeProfile> {
  const { identity, pkcs8 } = await readyIdentity(which);
  const parsed = parseAccountName(name);
  if (!parsed.ok) throw new Error(parsed.message);
  const deviceKeys = await generateDeviceKeys(systemRandom);
  const device = newDeviceId(systemRandom);
  const { hash: certificateHash, bytes: certificate } = await makeDeviceCertificate(identity, {
    serverId,
    accountId: parsed.id,
    deviceId: device,
    mlsKey: deviceKeys.mls.publicKey,
    statementKey: deviceKeys.statement.publicKey,
    nowMs: clock.nowMs(),
  });
  const key = systemRandom.bytes(32);
  using keeper = await ProfileKeeper.open(folder, { clock, random: systemRandom });
  const { file, root } = await createKeyStore({ kind: "session", key }, { random: systemRandom });
  await Deno.writeFile(join(folder, "key_store"), file, { mode: 0o600 });
  await Deno.writeFile(join(folder, "session.key"), key, { mode: 0o600 });
  const { id: account } = parsed;
  // Most tests are not about strangers.
  new ContactStatuses({ database: keeper.database, clock }).policy = "all";
  await writeAccount(keeper.database, await Vault.open(root, systemRandom), {
    facts: {
      account,
      name: parsed.name,
      device,
      certificateHash,
      serverId,
      serverAddress: "server.test:9797",
      opaqueKey,
    },
    identityPkcs8: pkcs8,
    deviceKeys,
    certificate,
  });
  return {
    folder,
    account,
    name: parsed.name,
    identity,
    device: { device, certificate, certificateHash },
  };
}

/** What `makeProfile` returned, as text: `readMade` reads it. The identity is one of the fixtures. */
export function writeMade({ name, device }: MadeProfile): string {
  const { device: id, certificate, certificateHash } = device;
  return JSON.stringify({ name, id, certificate: encodeBase64(certificate), certificateHash });
}

/** What `writeMade` wrote, of a profile that lies in `folder` now. */
export async function readMade(text: string, folder: string, which: number): Promise<MadeProfile> {
  const written = JSON.parse(text);
  const parsed = parseAccountName(written.name);
  const device = parseDeviceId(written.id);
  const certificate = decodeBase64(written.certificate);
  const certificateHash = parseFingerprint(written.certificateHash);
  if (!parsed.ok || !device || !certificate || !certificateHash) throw new Error(text);
  const { identity } = await readyIdentity(which);
  return {
    folder,
    account: parsed.id,
    name: parsed.name,
    identity,
    device: { device, certificate, certificateHash },
  };
}

/** Makes the account of a profile known to the server. */
export async function addAccount(parts: ServerServices, made: MadeProfile): Promise<void> {
  await parts.store.createAccount({
    account: made.account,
    name: made.name,
    skeleton: skeleton(made.name),
    identity: made.identity.key.fingerprint,
    rosterEntry: await rosterEntryOf(parts, made),
    recoveryCopy: new Uint8Array(1),
    passwordRecord: NO_PASSWORD,
    firstDevice: made.device,
    nowMs: parts.clock.nowMs(),
  });
}

export async function rosterEntryOf(
  { identity: { serverId } }: ServerServices,
  { identity, account, name }: MadeProfile,
): Promise<Bytes> {
  const facts = { serverId, accountId: account, accountName: name, sequence: 1 };
  return await makeRosterEntry(identity, facts);
}

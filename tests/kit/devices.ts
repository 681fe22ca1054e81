/** People with ready identities and devices, for tests of everything that is sealed or signed. */

import { parseAccountName } from "../../lib/base/account_name.ts";
import { type Bytes, decodeBase64 } from "../../lib/base/bytes.ts";
import {
  type AccountId,
  type AccountName,
  type Fingerprint,
  newDeviceId,
  parseFingerprint,
} from "../../lib/base/ids.ts";
import { systemRandom } from "../../lib/base/random.ts";
import {
  type DeviceCertificate,
  makeDeviceCertificate,
} from "../../lib/crypto/statements/device_certificate.ts";
import { type DeviceKeys, generateDeviceKeys } from "../../lib/crypto/statements/device_keys.ts";
import { type Identity, importIdentity } from "../../lib/crypto/keys/identity.ts";
import { makeRevocationList } from "../../lib/crypto/statements/revocation.ts";
import { CertificateVerifier } from "../../lib/crypto/mls/certificates.ts";
import type { OwnDevice } from "../../lib/crypto/mls/key_package.ts";
import { packRemovals, readRemovals } from "../../lib/crypto/mls/removed_devices.ts";

/** An account with its identity. */
export interface Person {
  readonly accountId: AccountId;
  readonly accountName: AccountName;
  readonly identity: Identity;
}

/** One device of a person, certified. */
export interface Device {
  readonly person: Person;
  readonly keys: DeviceKeys;
  readonly certificate: DeviceCertificate;
  readonly own: OwnDevice;
}

export const SERVER_ID = fingerprintOf("11");
export const OTHER_SERVER_ID = fingerprintOf("22");

export function fingerprintOf(byte: string): Fingerprint {
  const parsed = parseFingerprint(byte.repeat(32));
  if (parsed === undefined) throw new Error("the constant is 32 bytes of hex");
  return parsed;
}

const identities: { pkcs8: string }[] = JSON.parse(
  await Deno.readTextFile(new URL("../fixtures/identities.json", import.meta.url)),
);

/** `which`: 0 to 3, the place in tests/fixtures/identities.json. Two people may share one only on purpose. */
export async function person(name: string, which: number): Promise<Person> {
  const pkcs8 = decodeBase64(identities[which].pkcs8);
  const identity = pkcs8 && await importIdentity(pkcs8);
  const parsed = parseAccountName(name);
  if (identity === undefined || !parsed.ok) throw new Error("the fixture holds four identities");
  return { accountId: parsed.id, accountName: parsed.name, identity };
}

/** Certificates that tests made, as a device's cache has them after fetching. */
export class Directory {
  readonly certificates = new Map<Fingerprint, Bytes>();
  readonly verifier = new CertificateVerifier(SERVER_ID, this);
  /** How often each certificate was asked for. */
  lookups = 0;

  find(hash: Fingerprint): Bytes | undefined {
    this.lookups++;
    return this.certificates.get(hash);
  }

  /** Makes and certifies a new device and puts its certificate here. */
  async device(owner: Person, nowMs: number): Promise<Device> {
    const keys = await generateDeviceKeys(systemRandom);
    const certificate = await makeDeviceCertificate(owner.identity, {
      serverId: SERVER_ID,
      accountId: owner.accountId,
      deviceId: newDeviceId(systemRandom),
      mlsKey: keys.mls.publicKey,
      statementKey: keys.statement.publicKey,
      nowMs,
    });
    this.certificates.set(certificate.hash, certificate.bytes);
    const { accountId } = owner;
    const own = { accountId, certificateHash: certificate.hash, mlsKeys: keys.mls };
    return { person: owner, keys, certificate, own };
  }
}

/** The list by which a person removes devices. */
export async function removalsBy(
  { accountId, identity }: Person,
  devices: readonly Device[],
  sequence = 1,
) {
  const list = await makeRevocationList(identity, SERVER_ID, {
    accountId,
    sequence,
    devices: devices.map(({ certificate }) => certificate.deviceId),
  });
  const read = await readRemovals(packRemovals(identity.key, list), SERVER_ID);
  if (read === undefined) throw new Error("it was signed just now");
  return read;
}

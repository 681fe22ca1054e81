/**
 * Removed devices (SR-10). An account's identity signs one list of all devices that it ever removed. Each list takes the
 * place of the one before and has a higher sequence, so that a server can hold the newest one back, but never take a device
 * off the list again for somebody who has seen it there.
 */

import { asBytes, type Bytes, ByteWriter, concatBytes, encodeHex, utf8 } from "../../base/bytes.ts";
import {
  type AccountId,
  type DeviceId,
  type Fingerprint,
  idBytes,
  parseDeviceId,
} from "../../base/ids.ts";
import { REVOKED_DEVICES_MAX } from "../../protocol/limits.ts";
import type { Identity, IdentityKey } from "../keys/identity.ts";
import { signStatement, type StatementRefusal } from "./statement.ts";
import {
  ACCOUNT,
  type FactsOf,
  type Field,
  numberFrom,
  openFacts,
  writeFields,
} from "./statement_fields.ts";
import { deriveMacKey, importRootKey, type RootKey } from "../keys/kdf.ts";

const DEVICE_ID_BYTES = 16;

const DEVICES: Field<readonly DeviceId[]> = {
  write: (devices) => concatBytes(...devices.map(idBytes)),
  read(field) {
    const count = field.length / DEVICE_ID_BYTES;
    if (!Number.isInteger(count) || count < 1 || count > REVOKED_DEVICES_MAX) return undefined;
    const devices = new Set<DeviceId>();
    for (let at = 0; at < field.length; at += DEVICE_ID_BYTES) {
      const device = parseDeviceId(encodeHex(field.subarray(at, at + DEVICE_ID_BYTES)));
      if (device !== undefined) devices.add(device);
    }
    return devices.size === count ? [...devices] : undefined;
  },
};

/** The devices that an identity gave up. */
const FIELDS = {
  accountId: ACCOUNT,
  /** Counts the lists of this identity. */
  sequence: numberFrom(1),
  /** Without repetitions. */
  devices: DEVICES,
} as const;

/** See `FIELDS`. */
export type RevocationList = FactsOf<typeof FIELDS>;

/** A list, or why it is none. */
export type VerifiedRevocationList =
  | { readonly ok: true; readonly list: RevocationList }
  | { readonly ok: false; readonly code: StatementRefusal };

/** The signed list, for the server to hand out. */
export function makeRevocationList(
  identity: Identity,
  serverId: Fingerprint,
  list: RevocationList,
): Promise<Bytes> {
  return signStatement("revocation", serverId, writeFields(FIELDS, list), identity.sign);
}

/** `key`: the identity that is pinned for the account, whose word alone counts. */
export async function verifyRevocationList(
  bytes: Bytes,
  serverId: Fingerprint,
  key: IdentityKey,
): Promise<VerifiedRevocationList> {
  const opened = openFacts("revocation", serverId, bytes, FIELDS);
  if (!opened.ok) return opened;
  if (!await opened.isSignedBy(key.verify)) return { ok: false, code: "bad-signature" };
  return { ok: true, list: opened.facts };
}

// What a server gives for a list of removed devices that it took: by it the same server, once it was restored from an older
// backup, knows that it had taken the list before (SR-10, SR-58). Whoever has the account's identity can sign a new list; a
// receipt has only who showed the password at the time.

const PURPOSE = "Heliograph v1 revocation receipt\0";

/** Makes and knows the receipts of one server. They say nothing that the list does not, and need no secrecy. */
export class RevocationReceipts {
  readonly #root: Promise<RootKey>;

  /** `secret`: of full strength, in every backup, never changed. */
  constructor(secret: Bytes) {
    this.#root = importRootKey(secret);
  }

  /** 32 bytes. */
  async make(account: AccountId, list: Bytes): Promise<Bytes> {
    return asBytes(
      new Uint8Array(await crypto.subtle.sign("HMAC", await this.#key(), facts(account, list))),
    );
  }

  /** Whether this server took the list. WebCrypto compares in constant time. */
  async isOf(account: AccountId, list: Bytes, receipt: Bytes): Promise<boolean> {
    return await crypto.subtle.verify("HMAC", await this.#key(), receipt, facts(account, list));
  }

  async #key(): Promise<CryptoKey> {
    return deriveMacKey(await this.#root, { purpose: PURPOSE });
  }
}

function facts(account: AccountId, list: Bytes): Bytes {
  return new ByteWriter().raw(utf8(PURPOSE)).text(account).blob(list).finish();
}

/** The removed devices that this profile knows of: what is on a list of an account's identity stays on it (SR-10). */

import type { Bytes } from "../../base/bytes.ts";
import { TrustError } from "../../base/errors.ts";
import type { AccountId, DeviceId, Fingerprint } from "../../base/ids.ts";
import type { IdentityKey } from "../../crypto/identity.ts";
import { type RevocationList, verifyRevocationList } from "../../crypto/revocation.ts";
import type { Profile } from "../profile/profile.ts";

/** A device as groups, certificates and lists name it. */
export interface KnownDevice {
  readonly accountId: AccountId;
  readonly deviceId: DeviceId;
}

/** A list as the server hands it out; empty for none. */
export interface OfferedList {
  readonly account: AccountId;
  /** The pinned one. */
  readonly identity: IdentityKey;
  readonly bytes: Bytes;
}

type Stored = Pick<RevocationList, "sequence" | "devices"> & { readonly identity: Fingerprint };

/** The lists of a profile. But for `take` all methods are synchronous: they may be used in the middle of a transaction. */
export class Revocations {
  readonly #profile: Pick<Profile, "database" | "own">;

  constructor(profile: Pick<Profile, "database" | "own">) {
    this.#profile = profile;
  }

  /** Counts the lists that came: what was looked through at this revision need not be looked through again. */
  get revision(): number {
    return this.#profile.database.query(
      "SELECT max(revision) AS newest FROM revocation",
      (row) => row.optionalInteger("newest"),
    ).first() ?? 0;
  }

  isRevoked({ accountId, deviceId }: KnownDevice): boolean {
    return this.#find(accountId)?.devices.includes(deviceId) === true;
  }

  /** The newest list of an identity; the empty one, with sequence 0, when there is none. */
  listOf(account: AccountId, identity: Fingerprint): Pick<RevocationList, "sequence" | "devices"> {
    const stored = this.#find(account);
    return stored?.identity === identity ? stored : { sequence: 0, devices: [] };
  }

  /**
   * Takes what the server hands out. Throws TrustError `bad-directory` when the account's identity did not sign it, or when
   * it is older than the one that is known. Returns whether it is news.
   */
  async take({ account, identity, bytes }: OfferedList): Promise<boolean> {
    const { own: { serverId } } = this.#profile;
    const known = this.listOf(account, identity.fingerprint);
    if (bytes.length === 0 && known.sequence === 0) return false;
    const verified = await verifyRevocationList(bytes.slice(), serverId, identity);
    const isIts = verified.ok && verified.list.accountId === account;
    if (!isIts || verified.list.sequence < known.sequence) {
      throw new TrustError(
        "bad-directory",
        "The server's list of removed devices is not valid, or older than the one before",
        { details: { account } },
      );
    }
    if (verified.list.sequence === known.sequence) return false;
    this.#write(identity.fingerprint, verified.list);
    return true;
  }

  #write(identity: Fingerprint, { accountId, sequence, devices }: RevocationList): void {
    const { database } = this.#profile;
    database.transaction(() => {
      const known = this.#find(accountId);
      // Another process may have taken a newer one.
      if (known?.identity === identity && known.sequence >= sequence) return;
      database.command("INSERT OR REPLACE INTO revocation VALUES (?, ?, ?, ?, ?)").run(
        accountId,
        identity,
        sequence,
        JSON.stringify(devices),
        this.revision + 1,
      );
    });
  }

  #find(account: AccountId): Stored | undefined {
    return this.#profile.database.query(
      "SELECT identity, sequence, devices FROM revocation WHERE account = ?",
      (row): Stored => ({
        // Written by `#write` from a list that was verified.
        identity: row.text("identity") as Fingerprint,
        sequence: row.integer("sequence"),
        devices: JSON.parse(row.text("devices")) as readonly DeviceId[],
      }),
    ).first(account);
  }
}

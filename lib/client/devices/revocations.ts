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

/** What an offered list was, beside what is known here. */
export interface Compared {
  readonly isNews: boolean;
  /** It lacks devices that are known to be removed: the server was restored from a backup, or holds lists back. */
  readonly isBehind: boolean;
}

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

  /** The devices that an account gave up, as far as they are known. */
  removedOf(account: AccountId): readonly DeviceId[] {
    return this.#find(account)?.devices ?? [];
  }

  /** All that an identity has removed, and its highest sequence; the empty list, with sequence 0, when there is none. */
  listOf(account: AccountId, identity: Fingerprint): Pick<RevocationList, "sequence" | "devices"> {
    const stored = this.#find(account);
    return stored?.identity === identity ? stored : { sequence: 0, devices: [] };
  }

  /**
   * Takes what the server hands out. No device comes off by it: a list that is older, or missing, adds what it has and takes
   * nothing away, since an honest server is behind, too, when it was restored from a backup (SR-58). Throws TrustError
   * `bad-directory` when the account's identity did not sign it.
   */
  async take({ account, identity, bytes }: OfferedList): Promise<Compared> {
    const { own: { serverId } } = this.#profile;
    if (bytes.length === 0) {
      const { sequence } = this.listOf(account, identity.fingerprint);
      return { isNews: false, isBehind: sequence > 0 };
    }
    const verified = await verifyRevocationList(bytes.slice(), serverId, identity);
    if (!verified.ok || verified.list.accountId !== account) {
      throw new TrustError(
        "bad-directory",
        "The server's list of removed devices is not valid",
        { details: { account } },
      );
    }
    return this.#add(identity.fingerprint, verified.list);
  }

  #add(identity: Fingerprint, { accountId, sequence, devices }: RevocationList): Compared {
    const { database } = this.#profile;
    return database.transaction(() => {
      // Read here: another process may have taken a newer one.
      const known = this.listOf(accountId, identity);
      const all = [...new Set([...known.devices, ...devices])];
      const isNews = all.length > known.devices.length;
      if (isNews || sequence > known.sequence) {
        database.command("INSERT OR REPLACE INTO revocation VALUES (?, ?, ?, ?, ?)").run(
          accountId,
          identity,
          Math.max(sequence, known.sequence),
          JSON.stringify(all),
          isNews ? this.revision + 1 : this.#revisionOf(accountId),
        );
      }
      return { isNews, isBehind: all.length > devices.length };
    });
  }

  #revisionOf(account: AccountId): number {
    return this.#profile.database.query(
      "SELECT revision FROM revocation WHERE account = ?",
      (row) => row.integer("revision"),
    ).first(account) ?? 0;
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

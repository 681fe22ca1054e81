/**
 * The removed devices that this profile knows of: what is on a list of an account's identity stays on it (SR-10). What the
 * server handed out is kept apart from what groups carry: for the former a password was asked, for the latter the identity
 * key is enough, which each linked device has.
 */

import { type Bytes, equalBytes } from "../../base/bytes.ts";
import { TrustError } from "../../base/errors.ts";
import type { AccountId, DeviceId, Fingerprint } from "../../base/ids.ts";
import type { IdentityKey } from "../../crypto/keys/identity.ts";
import {
  isOf,
  MAX_LISTS_OF_ONE,
  packRemovals,
  type RemovedDevice,
  type SignedRemovals,
} from "../../crypto/mls/removed_devices.ts";
import { type RevocationList, verifyRevocationList } from "../../crypto/statements/revocation.ts";
import { REVOKED_DEVICES_MAX } from "../../protocol/limits.ts";
import type { Profile } from "../profile/profile.ts";

/** An account by the identity that its devices have somewhere: another identity's word says nothing about these. */
export type KnownAccount = Pick<RemovedDevice, "accountId" | "identity">;

/** A list as the server hands it out; empty for none. */
export interface OfferedList {
  readonly account: AccountId;
  /** The pinned one. */
  readonly identity: IdentityKey;
  readonly bytes: Bytes;
}

/** What an offered list was, beside what is known here. */
export interface Compared {
  /** It lacks devices that a server's list had: the server was restored from a backup, or holds lists back. */
  readonly isBehind: boolean;
}

type RemovalProfile = Pick<Profile, "database"> & {
  readonly own: Pick<Profile["own"], "serverId">;
};

type Signed = Pick<SignedRemovals, "accountId" | "identity" | "sequence" | "devices" | "bytes">;

/** As `removal_list` has it. */
interface KeptList {
  readonly sequence: number;
  readonly handedOut: boolean;
  readonly devices: readonly DeviceId[];
  readonly bytes: Bytes;
}

/** As `removed_device` has it. */
interface KnownRemoval {
  readonly device: DeviceId;
  readonly handedOut: boolean;
  readonly isMet: boolean;
}

/** The lists of a profile. But for `take` all methods are synchronous: they may be used in the middle of a transaction. */
export class Revocations {
  readonly #profile: RemovalProfile;
  /** Read in full by this process: the verifier gives one object for the same bytes. */
  readonly #learned = new WeakSet<Signed>();

  constructor(profile: RemovalProfile) {
    this.#profile = profile;
  }

  /** Counts what became known: what was looked through at this revision need not be looked through again. */
  get revision(): number {
    return this.#profile.database.integer("SELECT value FROM mark WHERE name = 'removals'") ?? 0;
  }

  /** Whether the identity of the device removed it, by the server's word or by that of a group. */
  isRevoked({ accountId, identity, deviceId }: RemovedDevice): boolean {
    return this.#profile.database.query(
      "SELECT 1 AS found FROM removed_device WHERE account = ? AND identity = ? AND device = ?",
      (row) => row.boolean("found"),
    ).first(accountId, identity, deviceId) === true;
  }

  /** The devices that an account gave up, as far as they are known. */
  removedOf(account: KnownAccount): readonly DeviceId[] {
    return this.#rows(account).map(({ device }) => device);
  }

  /**
   * All that an identity has removed by lists that the server handed out or took, and the highest sequence of these; the empty
   * list, with sequence 0, when there is none. What groups carry has no part in it: a stolen phone makes such lists.
   */
  listOf({ accountId, identity }: KnownAccount): Pick<RevocationList, "sequence" | "devices"> {
    const sequence = this.#profile.database.query(
      `SELECT max(sequence) AS newest FROM removed_device
        WHERE account = ? AND identity = ? AND handed_out = 1`,
      (row) => row.optionalInteger("newest"),
    ).first(accountId, identity) ?? 0;
    const rows = this.#rows({ accountId, identity }).filter(({ handedOut }) => handedOut);
    return { sequence, devices: rows.map(({ device }) => device) };
  }

  /**
   * Takes what the server hands out. No device comes off by it: a list that is older, or missing, adds what it has and takes
   * nothing away, since an honest server is behind, too, when it was restored from a backup (SR-58). Throws TrustError
   * `bad-directory` when the account's identity did not sign it.
   */
  async take({ account, identity, bytes }: OfferedList): Promise<Compared> {
    const { own: { serverId } } = this.#profile;
    const about = { accountId: account, identity: identity.fingerprint };
    if (bytes.length === 0) return { isBehind: this.listOf(about).devices.length > 0 };
    const verified = await verifyRevocationList(bytes.slice(), serverId, identity);
    if (!verified.ok || verified.list.accountId !== account) {
      throw new TrustError(
        "bad-directory",
        "The server's list of removed devices is not valid",
        { details: { account } },
      );
    }
    const { list } = verified;
    const packed = packRemovals(identity, bytes);
    // It comes with each look at the account.
    const isTaken = this.#lists(about).some(({ handedOut, bytes }) =>
      handedOut && equalBytes(bytes, packed)
    );
    if (!isTaken) this.#add({ ...list, ...about, bytes: packed }, { handedOut: true, met: [] });
    return { isBehind: this.listOf(about).devices.some((gone) => !list.devices.includes(gone)) };
  }

  /** Takes lists of a group, whose signatures hold. `devices`: those that are in it, or were till now. */
  learn(lists: readonly SignedRemovals[], devices: readonly RemovedDevice[]): void {
    for (const list of lists) {
      const met = devices.filter((one) => isOf(list, one) && list.devices.includes(one.deviceId))
        .map(({ deviceId }) => deviceId);
      const isSeen = this.#learned.has(list) ||
        this.#lists(list).some(({ bytes }) => equalBytes(bytes, list.bytes));
      if (isSeen && met.every((deviceId) => this.#isMet({ ...list, deviceId }))) continue;
      this.#add(list, { handedOut: false, met });
      this.#learned.add(list);
    }
  }

  /** The lists of an account as they were signed, for groups to carry: those that the server handed out come first. */
  signedOf(account: KnownAccount): readonly Bytes[] {
    return this.#lists(account).map(({ bytes }) => bytes);
  }

  /** The identities of an account by which lists are kept. */
  identitiesOf(account: AccountId): readonly Fingerprint[] {
    return this.#profile.database.query(
      "SELECT DISTINCT identity FROM removal_list WHERE account = ?",
      // As above.
      (row) => row.text("identity") as Fingerprint,
    ).all(account);
  }

  /** Whether a list of the server is kept as it was signed. */
  hasHandedOut(account: KnownAccount): boolean {
    return this.#lists(account).some(({ handedOut }) => handedOut);
  }

  /** The account's devices that groups' lists name and the server's do not, of which nobody was told yet. */
  disputedOf({ accountId, identity }: KnownAccount): readonly DeviceId[] {
    return this.#profile.database.query(
      `SELECT device FROM removed_device
        WHERE account = ? AND identity = ? AND handed_out = 0 AND met = 1 AND told = 0`,
      (row) => row.text("device") as DeviceId,
    ).all(accountId, identity);
  }

  /** False when another process has told of it meanwhile. */
  setTold({ accountId, identity, deviceId }: RemovedDevice): boolean {
    return this.#profile.database.command(
      `UPDATE removed_device SET told = 1
        WHERE account = ? AND identity = ? AND device = ? AND told = 0`,
    ).run(accountId, identity, deviceId) > 0;
  }

  #isMet({ accountId, identity, deviceId }: RemovedDevice): boolean {
    return this.#profile.database.query(
      "SELECT met FROM removed_device WHERE account = ? AND identity = ? AND device = ?",
      (row) => row.boolean("met"),
    ).first(accountId, identity, deviceId) === true;
  }

  #add(list: Signed, { handedOut, met }: { handedOut: boolean; met: readonly DeviceId[] }): void {
    const { database } = this.#profile;
    database.transaction(() => {
      // Read here: another process may have taken a newer one.
      const before = new Map(this.#rows(list).map((row) => [row.device, row.handedOut]));
      this.#addRows(list, { handedOut, met });
      const after = this.#rows(list);
      if (after.some((row) => row.handedOut !== before.get(row.device))) this.#countNews();
      const lists = this.#lists(list);
      const same = lists.find(({ bytes }) => equalBytes(bytes, list.bytes));
      const added = { ...list, handedOut: handedOut || same?.handedOut === true };
      this.#keep(list, needed([added, ...lists.filter((one) => one !== same)], after));
    });
  }

  #addRows(
    { accountId, identity, sequence, devices }: Signed,
    { handedOut, met }: { handedOut: boolean; met: readonly DeviceId[] },
  ): void {
    const { database } = this.#profile;
    const place = [accountId, identity] as const;
    // The sequence of a group's list says nothing of one that the server handed out.
    const add = database.command(`
      INSERT INTO removed_device VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0)
      ON CONFLICT DO UPDATE SET
        sequence = CASE
          WHEN excluded.handed_out = handed_out THEN max(sequence, excluded.sequence)
          WHEN excluded.handed_out > handed_out THEN excluded.sequence
          ELSE sequence END,
        handed_out = max(handed_out, excluded.handed_out),
        met = max(met, excluded.met)
    `);
    for (const device of devices) {
      add.run(...place, device, sequence, handedOut ? 1 : 0, met.includes(device) ? 1 : 0);
    }
    // Who has the key makes up lists without end. What the server's newest names stays, and of groups' what was seen there.
    const trim = database.command(`
      DELETE FROM removed_device WHERE account = ?1 AND identity = ?2 AND handed_out = ?3
        AND device NOT IN (
          SELECT device FROM removed_device WHERE account = ?1 AND identity = ?2 AND handed_out = ?3
          ORDER BY met * (1 - handed_out) DESC, sequence DESC, device LIMIT ?4)
    `);
    for (const source of [0, 1]) trim.run(...place, source, REVOKED_DEVICES_MAX);
  }

  #countNews(): void {
    this.#profile.database.command(`
      INSERT INTO mark VALUES ('removals', 1) ON CONFLICT DO UPDATE SET value = value + 1
    `).run();
  }

  #keep({ accountId, identity }: KnownAccount, lists: readonly KeptList[]): void {
    const { database } = this.#profile;
    database.command("DELETE FROM removal_list WHERE account = ? AND identity = ?")
      .run(accountId, identity);
    const add = database.command(`
      INSERT INTO removal_list (account, identity, sequence, handed_out, devices, signed)
        VALUES (?, ?, ?, ?, ?, ?)
    `);
    for (const { sequence, handedOut, devices, bytes } of lists) {
      add.run(accountId, identity, sequence, handedOut ? 1 : 0, JSON.stringify(devices), bytes);
    }
  }

  #lists({ accountId, identity }: KnownAccount): readonly KeptList[] {
    return this.#profile.database.query(
      `SELECT sequence, handed_out, devices, signed FROM removal_list
        WHERE account = ? AND identity = ? ORDER BY place`,
      (row): KeptList => ({
        sequence: row.integer("sequence"),
        handedOut: row.boolean("handed_out"),
        // Written by `#keep` from a list that was verified.
        devices: JSON.parse(row.text("devices")) as readonly DeviceId[],
        bytes: row.bytes("signed"),
      }),
    ).all(accountId, identity);
  }

  #rows({ accountId, identity }: KnownAccount): readonly KnownRemoval[] {
    return this.#profile.database.query(
      `SELECT device, handed_out, met FROM removed_device
        WHERE account = ? AND identity = ? ORDER BY device`,
      (row): KnownRemoval => ({
        // Written by `#addRows` from a list that was verified.
        device: row.text("device") as DeviceId,
        handedOut: row.boolean("handed_out"),
        isMet: row.boolean("met"),
      }),
    ).all(accountId, identity);
  }
}

/** The lists that together name what is known: the server's first, then those about devices that were seen, then the newest. */
function needed(
  lists: readonly KeptList[],
  rows: readonly KnownRemoval[],
): readonly KeptList[] {
  const unnamed = new Set(rows.map(({ device }) => device));
  const met = new Set(rows.filter(({ isMet }) => isMet).map(({ device }) => device));
  const rank = ({ handedOut, devices }: KeptList) =>
    handedOut ? 2 : devices.some((device) => met.has(device)) ? 1 : 0;
  const kept: KeptList[] = [];
  for (
    const list of lists.toSorted((left, right) =>
      rank(right) - rank(left) || right.sequence - left.sequence
    )
  ) {
    if (kept.length >= MAX_LISTS_OF_ONE) break;
    // One that was not read yet may name what no other one does.
    const isNeeded = list.devices.length === 0
      ? unnamed.size > 0
      : list.devices.filter((device) => unnamed.delete(device)).length > 0;
    if (isNeeded) kept.push(list);
  }
  return kept;
}

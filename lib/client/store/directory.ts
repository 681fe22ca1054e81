/**
 * The server's key directory as a client uses it: nothing in it is believed before it is checked, and what is checked is
 * kept. Finding the certificate behind a hash can only fail, never lie (SR-12).
 */

import type { Bytes } from "../../base/bytes.ts";
import { TrustError } from "../../base/errors.ts";
import { type AccountId, type Fingerprint, fingerprint, parseFingerprint } from "../../base/ids.ts";
import { parseAccountName } from "../../base/account_name.ts";
import { type RosterEntry, verifyRosterEntry } from "../../crypto/statements/roster_entry.ts";
import { splitSections } from "../../protocol/sections.ts";
import { type KnownAccount, Revocations } from "./revocations.ts";
import { CertificateVerifier } from "../../crypto/mls/certificates.ts";
import type { Link } from "../link/link.ts";
import type { Profile } from "../profile/profile.ts";

/** Certificates asked for in one request. */
const MAX_HASHES = 64;

/**
 * A verified roster entry, and what is said to be the statement of the identity before, and the account's list of removed
 * devices, and the server's receipt for that list; nobody has checked these yet.
 */
export interface FoundAccount {
  /** When it was asked for, as a number: what was asked later is the newer word, whichever answer is read first. */
  readonly asked: number;
  readonly entry: RosterEntry;
  readonly rotation: Bytes;
  readonly revocations: Bytes;
  readonly receipt: Bytes;
}

/** Asks the directory, checks what it says, and remembers it. */
export class Directory {
  readonly #profile: Profile;
  /** Which devices accounts have removed. */
  readonly revocations: Revocations;
  /** Reads the certificates that are kept here. */
  readonly verifier: CertificateVerifier;
  #asked = 0;
  /** The last question about each account whose answer was taken. */
  readonly #taken = new Map<AccountId, number>();

  constructor(profile: Profile) {
    this.#profile = profile;
    this.revocations = new Revocations(profile);
    this.verifier = new CertificateVerifier(profile.own.serverId, this);
  }

  /** A certificate of the local cache: what `CertificateVerifier` asks. */
  find(hash: Fingerprint): Bytes | undefined {
    return this.#profile.database.bytes("SELECT body FROM certificate WHERE hash = ?", hash);
  }

  /** Keeps a certificate that came from somewhere; its hash is its name. */
  async keep(certificate: Bytes): Promise<Fingerprint> {
    const hash = await fingerprint(certificate);
    this.#profile.database.command("INSERT OR IGNORE INTO certificate VALUES (?, ?)")
      .run(hash, certificate);
    return hash;
  }

  /** Fetches certificates. Returns whether all of them came with the right hash. */
  async fetch(link: Link, hashes: readonly Fingerprint[]): Promise<boolean> {
    const wanted = hashes.filter((hash) => this.find(hash) === undefined).slice(0, MAX_HASHES);
    if (wanted.length === 0) return true;
    const { fields, payload } = await link.ask("keys.certificates", { hashes: [...wanted] });
    const certificates = splitSections(payload, fields.sizes, wanted.length);
    const hashesFound = await Promise.all(certificates.map(fingerprint));
    const isRight = wanted.map((hash, i) => hashesFound[i] === hash);
    // Nothing that was not asked for: the cache is not the server's to fill.
    for (const [i, certificate] of certificates.entries()) {
      if (isRight[i]) await this.keep(certificate);
    }
    return isRight.every(Boolean);
  }

  /**
   * Looks an account up by name. Throws Refusal `unknown-account`, and TrustError `bad-directory` when the server's answer
   * does not prove itself or is about somebody else.
   */
  async lookUp(link: Link, name: string): Promise<FoundAccount> {
    const asked = ++this.#asked;
    const { fields, payload } = await link.ask("keys.account", { account: name });
    const [entryBytes, rotation, revocations, receipt] = splitSections(payload, fields.sizes, 4);
    const verified = await verifyRosterEntry(entryBytes, this.#profile.own.serverId);
    const parsed = parseAccountName(name);
    if (
      !verified.ok || !parsed.ok || verified.entry.accountId !== parsed.id ||
      verified.entry.accountId !== fields.account ||
      verified.entry.identity.fingerprint !== parseFingerprint(fields.identity)
    ) {
      throw new TrustError("bad-directory", "The server's directory entry is not valid");
    }
    return { asked, entry: verified.entry, rotation, revocations, receipt };
  }

  /** Whether the answer to a later question about the same account was taken already: then this one is outdated (SR-07). */
  isOutdated({ asked, entry }: FoundAccount): boolean {
    return asked < (this.#taken.get(entry.accountId) ?? 0);
  }

  /** An answer counts from now on. */
  take({ asked, entry }: FoundAccount): void {
    this.#taken.set(entry.accountId, asked);
  }

  /**
   * A key package for one device of an account, and its certificate kept. A server that was restored from a backup may not
   * know yet that a device is removed: then it is asked for another one's.
   */
  async takeKeyPackage(link: Link, about: KnownAccount): Promise<Bytes> {
    const { accountId: account } = about;
    let { fields, payload } = await link.ask("keys.fetch", { account });
    const removed = this.revocations.removedOf(about);
    if (removed.some((device) => device === fields.device)) {
      ({ fields, payload } = await link.ask("keys.fetch", { account, except: [...removed] }));
    }
    const [keyPackage, certificate] = splitSections(payload, fields.sizes, 2);
    await this.keep(certificate);
    return keyPackage;
  }
}

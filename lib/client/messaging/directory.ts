/**
 * The server's key directory as a client uses it: nothing in it is believed before it is checked, and what is checked is
 * kept. Finding the certificate behind a hash can only fail, never lie (SR-12).
 */

import { ByteReader, type Bytes, ByteWriter } from "../../base/bytes.ts";
import { TrustError } from "../../base/errors.ts";
import { type AccountId, type Fingerprint, fingerprint, parseFingerprint } from "../../base/ids.ts";
import { importIdentityKey } from "../../crypto/identity.ts";
import { type RosterEntry, verifyRosterEntry } from "../../crypto/roster_entry.ts";
import { verifyRotation } from "../../crypto/rotation.ts";
import { splitSections } from "../../protocol/sections.ts";
import type { Link } from "../link.ts";
import type { Profile } from "../profile/profile.ts";
import type { Contact, Contacts, Meeting } from "./contacts.ts";

/** Certificates asked for in one request. */
const MAX_HASHES = 64;

export class Directory {
  readonly #profile: Profile;
  readonly #contacts: Contacts;

  constructor(profile: Profile, contacts: Contacts) {
    this.#profile = profile;
    this.#contacts = contacts;
  }

  /** A certificate of the local cache: what `CertificateVerifier` asks. */
  find(hash: Fingerprint): Bytes | undefined {
    return this.#profile.database.query(
      "SELECT body FROM certificate WHERE hash = ?",
      (row) => row.bytes("body"),
    ).first(hash);
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
    const kept = await Promise.all(
      certificates.map((certificate) => certificate.length === 0 ? "" : this.keep(certificate)),
    );
    return wanted.every((hash, i) => kept[i] === hash);
  }

  /**
   * Looks an account up by name and compares it with the pin (SR-06). Throws Refusal `unknown-account`, and TrustError
   * `bad-directory` when the server's answer does not prove itself.
   */
  async meet(link: Link, name: string): Promise<{ contact: Contact; meeting: Meeting }> {
    const { fields, payload } = await link.ask("keys.account", { account: name });
    const [entryBytes, rotation] = splitSections(payload, fields.sizes, 2);
    const verified = await verifyRosterEntry(entryBytes, this.#profile.own.serverId);
    const announced = parseFingerprint(fields.identity);
    if (
      !verified.ok || verified.entry.accountId !== fields.account ||
      verified.entry.identity.fingerprint !== announced
    ) {
      throw new TrustError("bad-directory", "The server's directory entry is not valid");
    }
    const { entry } = verified;
    const known = await this.#contacts.find(entry.accountId);
    const rotated = known !== undefined && rotation.length > 0 &&
      await this.#isRotation(rotation, { from: known.pinned, entry });
    const meeting = await this.#contacts.meet(entry, rotated);
    const contact = await this.#contacts.find(entry.accountId);
    if (contact === undefined) {
      throw new TrustError("bad-directory", "The contact was removed meanwhile");
    }
    return { contact, meeting };
  }

  /** A key package for one device of an account, and its certificate kept. */
  async takeKeyPackage(link: Link, account: AccountId): Promise<Bytes> {
    const { fields, payload } = await link.ask("keys.fetch", { account });
    const [keyPackage, certificate] = splitSections(payload, fields.sizes, 2);
    await this.keep(certificate);
    return keyPackage;
  }

  /** Whether the pinned identity itself signed the one of `entry`. */
  async #isRotation(
    rotation: Bytes,
    facts: { from: Fingerprint; entry: RosterEntry },
  ): Promise<boolean> {
    const parts = splitRotation(rotation);
    if (parts === undefined) return false;
    const old = await importIdentityKey(parts.algorithm, parts.spki);
    if (old === undefined || old.fingerprint !== facts.from) return false;
    const verified = await verifyRotation(parts.statement, this.#profile.own.serverId, old);
    return verified.ok && verified.rotation.accountId === facts.entry.accountId &&
      verified.rotation.to.fingerprint === facts.entry.identity.fingerprint;
  }
}

/** The old key and its statement: who pinned the old identity has only its fingerprint. */
export function joinRotation(algorithm: number, spki: Bytes, statement: Bytes): Bytes {
  return new ByteWriter().u16(algorithm).field(spki).field(statement).finish();
}

function splitRotation(
  bytes: Bytes,
): { algorithm: number; spki: Bytes; statement: Bytes } | undefined {
  const reader = new ByteReader(bytes);
  const parts = { algorithm: reader.u16(), spki: reader.field(), statement: reader.field() };
  return reader.done ? parts : undefined;
}

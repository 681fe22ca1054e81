/** The servers that a profile has pinned, by the address they were reached at. */

import type { Bytes } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import { type Fingerprint, parseFingerprint } from "../../base/ids.ts";
import type { ServerCertificate } from "../../crypto/certificates/server_certificate.ts";
import type { Succession } from "../../crypto/certificates/server_succession.ts";
import { formatHostPort, type HostPort, parseHostPort } from "../../net/addresses/address.ts";
import type { Database } from "../../storage/database.ts";

/** What is kept of a server. */
export interface ServerPin {
  /** Of its CA, in DER. */
  readonly certificate: Bytes;
  /** Undefined in a pin of old: then it is the CA's `keyFingerprint`. */
  readonly serverId: Fingerprint | undefined;
}

/** The pins of a profile. */
export class KnownServers {
  readonly #database: Database;
  readonly #clock: Clock;

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  find(address: HostPort): ServerPin | undefined {
    return this.#database.query(
      "SELECT certificate, coalesce(server_id, '') AS server_id FROM known_server WHERE address = ?",
      (row): ServerPin => ({
        certificate: row.bytes("certificate"),
        serverId: parseFingerprint(row.text("server_id")),
      }),
    ).first(formatHostPort(address));
  }

  /** Whether a server with this CA is pinned, at whatever address. */
  hasCertificate(certificate: ServerCertificate): boolean {
    return this.#database.has(
      "SELECT address FROM known_server WHERE certificate = ?",
      certificate.der,
    );
  }

  /** Where the servers are, the one pinned last first. */
  get addresses(): readonly HostPort[] {
    return this.#database.query(
      "SELECT address FROM known_server ORDER BY rowid DESC",
      (row) => parseHostPort(row.text("address")),
    ).all().filter((address) => address !== undefined);
  }

  /** Keeps the first one. */
  pin(address: HostPort, { present, serverId }: Succession): void {
    this.#database.command("INSERT OR IGNORE INTO known_server VALUES (?, ?, ?, ?)")
      .run(formatHostPort(address), present.der, this.#clock.nowMs(), serverId);
  }

  /** Puts the CA in use in the place of `before`, unless another process of the profile did so already (SR-50). */
  replace(address: HostPort, before: ServerCertificate, { present, serverId }: Succession): void {
    this.#database.command(
      "UPDATE known_server SET certificate = ?, server_id = ? WHERE address = ? AND certificate = ?",
    ).run(present.der, serverId, formatHostPort(address), before.der);
  }

  /** Identity pins of people stay (SR-50). */
  forget(address: HostPort): void {
    this.#database.command("DELETE FROM known_server WHERE address = ?")
      .run(formatHostPort(address));
  }
}

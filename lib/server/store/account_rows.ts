/** Accounts, devices and their tokens as rows: the same columns on every database. */

import { parseScopes } from "../../protocol/permissions.ts";
import type { Row } from "../../storage/row.ts";
import type { Account, BotToken } from "./account_store.ts";
import { accountId, accountName, deviceId, fingerprint } from "./columns.ts";
import type { Device } from "./device_store.ts";

/** Of table `account`. */
export const ACCOUNT_COLUMNS =
  "account, name, identity, roster_entry, rotation, password_record, imported, created_ms, last_seen_ms, revocation, revocation_sequence, generation";

/** A row of `ACCOUNT_COLUMNS`. */
export const readAccount = (row: Row): Account => ({
  account: accountId(row),
  name: accountName(row),
  identity: fingerprint(row, "identity"),
  rosterEntry: row.bytes("roster_entry"),
  rotation: row.optionalBytes("rotation"),
  passwordRecord: row.text("password_record"),
  isImported: row.boolean("imported"),
  revocation: row.optionalBytes("revocation"),
  revocationSequence: row.integer("revocation_sequence"),
  generation: row.integer("generation"),
  createdMs: row.integer("created_ms"),
  lastSeenMs: row.integer("last_seen_ms"),
});

/** With where they come from: `d`, and `a` for its account. */
export const DEVICE_COLUMNS = `a.account, d.device, d.certificate, d.certificate_hash, d.signed_in,
    d.created_ms, d.last_seen_ms, d.name FROM device d JOIN account a ON a.id = d.owner`;

/** A row of `DEVICE_COLUMNS`. */
export const readDevice = (row: Row): Device => ({
  account: accountId(row),
  device: deviceId(row),
  certificate: row.bytes("certificate"),
  certificateHash: fingerprint(row, "certificate_hash"),
  sealedName: row.optionalBytes("name"),
  signedIn: row.boolean("signed_in"),
  createdMs: row.integer("created_ms"),
  lastSeenMs: row.integer("last_seen_ms"),
});

/** `t` is table `bot_token`, `d` its device, `a` the account. */
export const BOT_TOKEN_COLUMNS =
  "a.account, d.device, t.hash, t.scopes, t.created_ms, t.expires_ms";

/** A row of `BOT_TOKEN_COLUMNS`. */
export const readBotToken = (row: Row): BotToken => ({
  account: accountId(row),
  device: deviceId(row),
  hash: row.bytes("hash"),
  // A word that this version does not know gives nothing.
  scopes: parseScopes(row.text("scopes")) ?? ["receive"],
  createdMs: row.integer("created_ms"),
  expiresMs: row.integer("expires_ms"),
});

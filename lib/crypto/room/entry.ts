/**
 * Entries of a room's membership log: signed statements about who is in the room and who may say so (SR-32, SR-33). An entry is
 * carried in the authenticated data of a commit, where everybody reads it before the commit is processed. What it does is
 * in `membershipLog`; here it is made, read, and its signature checked. See docs/decisions/0020-rooms.md.
 *
 * On the wire: `u8 type ‖ statement`.
 */

import { parseAccountId } from "../../base/account_name.ts";
import {
  ByteReader,
  type Bytes,
  ByteWriter,
  decodeUtf8,
  encodeHex,
  utf8,
} from "../../base/bytes.ts";
import {
  type AccountId,
  type ConversationId,
  type DeviceId,
  type Fingerprint,
  fingerprint,
  idBytes,
  parseConversationId,
  parseFingerprint,
} from "../../base/ids.ts";
import { signEd25519, verifyEd25519 } from "../ed25519.ts";
import type { CertificateVerifier } from "../mls/certificates.ts";
import { type Failure, refused } from "../mls/messages.ts";
import {
  numberField,
  openStatement,
  readNumberField,
  signStatement,
  type StatementKind,
} from "../statement.ts";

/** Random bytes of a room's id, and of the ids of invitations and removals. */
export const ROOM_NONCE_BYTES = 16;
/** Owners and moderators together: their names must fit into one statement of 64 KiB. */
export const MAX_ROOM_ADMINS = 100;
/** Accounts in an open room: each join goes to every member (docs/decisions/0098-open-rooms.md). */
export const MAX_OPEN_SIZE = 1_000;
/** UTF-16 units of an open room's topic: what a list of rooms takes. */
const MAX_OPEN_TOPIC_UNITS = 500;
/** The names that an opening keeps out, as they are written: they must fit into one statement. */
const MAX_BARRED_BYTES = 32 * 1024;

/** Who signed an entry: an account by one of its devices. */
export interface EntrySigner {
  readonly account: AccountId;
  readonly identity: Fingerprint;
  readonly device: DeviceId;
}

/** Who owns a room and who keeps order in it from this version on. The first of a room founds it. */
export interface Roles {
  readonly type: "roles";
  /** The first half of the room's group id. */
  readonly nonce: Bytes;
  readonly version: number;
  /** The head that it follows; for the first the group id of the room that it repairs, or 32 zero bytes. */
  readonly head: Fingerprint;
  readonly owners: readonly AccountId[];
  readonly moderators: readonly AccountId[];
}

/** An account may come in. */
export interface Admission {
  readonly type: "admission";
  readonly groupId: ConversationId;
  readonly account: AccountId;
  readonly identity: Fingerprint;
  /** 16 random bytes. */
  readonly id: Bytes;
  /** The group's epoch when it was signed: a joiner takes no GroupInfo before it (SR-36). */
  readonly epoch: number;
  /** The membership log's version when it was signed: a later removal makes it void. */
  readonly version: number;
  readonly expiresMs: number;
}

/** An account must go, or wants to. */
export interface Removal {
  readonly type: "removal";
  readonly groupId: ConversationId;
  readonly account: AccountId;
  /** 16 random bytes. */
  readonly id: Bytes;
  /** The membership log's version when it was signed: of no use against an account that came in later. */
  readonly version: number;
}

/** The first entry of an open room: every account may come in by a `Join` of its own (docs/decisions/0098-open-rooms.md). */
export interface Opening {
  readonly type: "opening";
  /** The first half of the room's group id. */
  readonly nonce: Bytes;
  /** As in the first `Roles`: the group id of the room that it repairs, or 32 zero bytes. */
  readonly head: Fingerprint;
  /** Whatever `isOpenName` allows: readable by the server. */
  readonly name: string;
  readonly topic: string;
  /** Accounts that may be in it at once. */
  readonly size: number;
  /** Accounts that stay out: those that the repaired room kept out. */
  readonly barred: readonly AccountId[];
}

/** An account comes into an open room by itself. */
export interface Join {
  readonly type: "join";
  readonly groupId: ConversationId;
  readonly account: AccountId;
  readonly identity: Fingerprint;
  /** 16 random bytes. */
  readonly id: Bytes;
  /** The membership log's version when it was signed. */
  readonly version: number;
}

/** What an entry says. */
export type EntryFacts = Roles | Admission | Removal | Opening | Join;

/** As many of these accounts, from the first, as an opening has room for. */
export function fittingBarred(accounts: readonly AccountId[]): readonly AccountId[] {
  let sizeBytes = writeAccounts([]).length;
  const past = accounts.findIndex((account) =>
    (sizeBytes += new ByteWriter().text(account).finish().length) > MAX_BARRED_BYTES
  );
  return past === -1 ? accounts : accounts.slice(0, past);
}

/** Whether an open room may have this name: one that can be typed, and not be imitated by letters that look alike. */
export function isOpenName(name: string): boolean {
  return /^[a-z][a-z0-9-]{0,31}$/.test(name);
}

/** An entry whose signature holds. What it may do is for the membership log to say. */
export interface VerifiedEntry {
  readonly facts: EntryFacts;
  readonly signer: EntrySigner;
  readonly bytes: Bytes;
  /** SHA-256 of `bytes`. */
  readonly hash: Fingerprint;
}

/** With what this device signs. */
export interface EntryKeys {
  readonly serverId: Fingerprint;
  readonly account: AccountId;
  readonly certificateHash: Fingerprint;
  /** Its statement key, never its MLS key. */
  readonly statementPrivateKey: Bytes;
}

interface Layout<Facts extends EntryFacts> {
  /** The byte on the wire. */
  readonly code: number;
  readonly kind: StatementKind;
  /** Fields of the facts, before those of the signer. */
  readonly fieldCount: number;
  write(facts: Facts): readonly Bytes[];
  read(fields: readonly Bytes[]): Facts | undefined;
}

const ROLES: Layout<Roles> = {
  code: 1,
  kind: "room-policy",
  fieldCount: 5,
  write: ({ nonce, version, head, owners, moderators }) => [
    nonce,
    numberField(version),
    idBytes(head),
    writeAccounts(owners),
    writeAccounts(moderators),
  ],
  read([nonce, versionField, headField, ownersField, moderatorsField]) {
    const version = readNumberField(versionField);
    const head = parseFingerprint(encodeHex(headField));
    const owners = readAccounts(ownersField);
    const moderators = readAccounts(moderatorsField);
    if (nonce.length !== ROOM_NONCE_BYTES || version === undefined || head === undefined) {
      return undefined;
    }
    if (owners === undefined || moderators === undefined) return undefined;
    return { type: "roles", nonce, version, head, owners, moderators };
  },
};

const ADMISSION: Layout<Admission> = {
  code: 2,
  kind: "invitation",
  fieldCount: 7,
  write: ({ groupId, account, identity, id, epoch, version, expiresMs }) => [
    idBytes(groupId),
    utf8(account),
    idBytes(identity),
    id,
    numberField(epoch),
    numberField(version),
    numberField(expiresMs),
  ],
  read([groupField, accountField, identityField, id, epochField, versionField, expiryField]) {
    const place = readPlace({ groupField, accountField, id, versionField });
    const identity = parseFingerprint(encodeHex(identityField));
    const epoch = readNumberField(epochField);
    const expiresMs = readNumberField(expiryField);
    if (place === undefined || identity === undefined) return undefined;
    if (epoch === undefined || expiresMs === undefined) return undefined;
    return { type: "admission", ...place, identity, epoch, expiresMs };
  },
};

const REMOVAL: Layout<Removal> = {
  code: 3,
  kind: "room-removal",
  fieldCount: 4,
  write: ({ groupId, account, id, version }) => [
    idBytes(groupId),
    utf8(account),
    id,
    numberField(version),
  ],
  read([groupField, accountField, id, versionField]) {
    const place = readPlace({ groupField, accountField, id, versionField });
    return place && { type: "removal", ...place };
  },
};

const OPENING: Layout<Opening> = {
  code: 4,
  kind: "room-opening",
  fieldCount: 6,
  write: ({ nonce, head, name, topic, size, barred }) => [
    nonce,
    idBytes(head),
    utf8(name),
    utf8(topic),
    numberField(size),
    writeAccounts(barred),
  ],
  read([nonce, headField, nameField, topicField, sizeField, barredField]) {
    const head = parseFingerprint(encodeHex(headField));
    const name = decodeUtf8(nameField);
    const topic = decodeUtf8(topicField);
    const size = readNumberField(sizeField);
    const barred = barredField.length > MAX_BARRED_BYTES
      ? undefined
      : readAccounts(barredField, MAX_BARRED_BYTES);
    if (nonce.length !== ROOM_NONCE_BYTES || head === undefined) return undefined;
    if (name === undefined || !isOpenName(name)) return undefined;
    if (topic === undefined || topic.length > MAX_OPEN_TOPIC_UNITS) return undefined;
    if (size === undefined || size < 2 || size > MAX_OPEN_SIZE) return undefined;
    return barred && { type: "opening", nonce, head, name, topic, size, barred };
  },
};

const JOIN: Layout<Join> = {
  code: 5,
  kind: "room-join",
  fieldCount: 5,
  write: ({ groupId, account, identity, id, version }) => [
    idBytes(groupId),
    utf8(account),
    idBytes(identity),
    id,
    numberField(version),
  ],
  read([groupField, accountField, identityField, id, versionField]) {
    const place = readPlace({ groupField, accountField, id, versionField });
    const identity = parseFingerprint(encodeHex(identityField));
    if (place === undefined || identity === undefined) return undefined;
    return { type: "join", ...place, identity };
  },
};

/** Signs an entry. */
export async function makeEntry(facts: EntryFacts, keys: EntryKeys): Promise<Bytes> {
  const { code, kind, fields } = layoutOf(facts);
  const signer = [utf8(keys.account), idBytes(keys.certificateHash)];
  const statement = await signStatement(
    kind,
    keys.serverId,
    [...fields, ...signer],
    (message) => signEd25519(keys.statementPrivateKey, message),
  );
  return new ByteWriter().u8(code).raw(statement).finish();
}

/** Reads an entry and checks its signature; fails with the certificate that is to be fetched first. */
export async function verifyEntry(
  bytes: Bytes,
  verifier: CertificateVerifier,
): Promise<{ readonly kind: "verified"; readonly entry: VerifiedEntry } | Failure> {
  const code = new ByteReader(bytes).u8();
  const layout = [ROLES, ADMISSION, REMOVAL, OPENING, JOIN].find((it) => it.code === code);
  if (layout === undefined) return refused("malformed");
  const { kind, fieldCount } = layout;
  const opened = openStatement(kind, verifier.serverId, bytes.slice(1), fieldCount + 2);
  if (!opened.ok) return refused("malformed");
  const facts = layout.read(opened.fields.slice(0, fieldCount));
  const account = parseAccountId(decodeUtf8(opened.fields[fieldCount]) ?? "");
  const certificateHash = parseFingerprint(encodeHex(opened.fields[fieldCount + 1]));
  if (facts === undefined || account === undefined || certificateHash === undefined) {
    return refused("malformed");
  }
  const certificate = await verifier.find(certificateHash);
  if (certificate === undefined) {
    return { kind: "missing-certificates", hashes: [certificateHash] };
  }
  if (certificate === "refused" || certificate.accountId !== account) {
    return refused("bad-credential");
  }
  const { statementKey, identity: { fingerprint: identity }, deviceId: device } = certificate;
  const isSigned = await opened.isSignedBy((message, signature) =>
    verifyEd25519(statementKey, message, signature)
  );
  if (!isSigned) return refused("bad-credential");
  const signer = { account, identity, device };
  const entry = { facts, signer, bytes: bytes.slice(), hash: await fingerprint(bytes) };
  return { kind: "verified", entry };
}

function layoutOf(facts: EntryFacts) {
  switch (facts.type) {
    case "roles":
      return { ...ROLES, fields: ROLES.write(facts) };
    case "admission":
      return { ...ADMISSION, fields: ADMISSION.write(facts) };
    case "removal":
      return { ...REMOVAL, fields: REMOVAL.write(facts) };
    case "opening":
      return { ...OPENING, fields: OPENING.write(facts) };
    case "join":
      return { ...JOIN, fields: JOIN.write(facts) };
  }
}

function readPlace(
  { groupField, accountField, id, versionField }: Readonly<Record<string, Bytes>>,
) {
  const groupId = parseConversationId(encodeHex(groupField));
  const account = parseAccountId(decodeUtf8(accountField) ?? "");
  const version = readNumberField(versionField);
  if (groupId === undefined || account === undefined || version === undefined) return undefined;
  return id.length === ROOM_NONCE_BYTES ? { groupId, account, id, version } : undefined;
}

function writeAccounts(accounts: readonly AccountId[]): Bytes {
  const writer = new ByteWriter().u16(accounts.length);
  for (const account of accounts) writer.text(account);
  return writer.finish();
}

/** Undefined for more than there may be, for what is no account, and for one that is named twice. */
function readAccounts(field: Bytes, most = MAX_ROOM_ADMINS): readonly AccountId[] | undefined {
  const reader = new ByteReader(field);
  const count = reader.u16();
  // Before anything is made of that length.
  if (count > most || count > field.length) return undefined;
  const accounts = Array.from({ length: count }, () => parseAccountId(reader.text()))
    .filter((account) => account !== undefined);
  const isWhole = reader.done && new Set(accounts).size === count;
  return isWhole ? accounts : undefined;
}

/**
 * The MLS groups of a profile on disk. Every step is a conditional write: the group is read, a new state is made from it,
 * and it is stored only if nobody stored another one meanwhile (SR-20, SR-22). Nothing is kept in memory between steps.
 */

import type { Bytes } from "../../base/bytes.ts";
import { StorageError } from "../../base/errors.ts";
import {
  type AccountId,
  type ConversationId,
  type EnvelopeId,
  type Fingerprint,
  parseEnvelopeId,
} from "../../base/ids.ts";
import { directPolicy, type GroupPolicy } from "../../crypto/mls/group_policy.ts";
import { encodeGroupState, type GroupState } from "../../crypto/mls/group_state.ts";
import { decodeGroupState } from "../../crypto/mls/group_store.ts";
import type { Charter } from "../../crypto/room/charter.ts";
import { decodeCharter, encodeCharter } from "../../crypto/room/charter_bytes.ts";
import type { Profile } from "../profile/profile.ts";
import { Epochs } from "./epochs.ts";
import { sealOfficers } from "./officers.ts";

/** A commit of our own that waits for the server's yes (SR-21). */
export interface PendingChange {
  readonly envelope: EnvelopeId;
  readonly next: GroupState;
  /** A room's charter after it. */
  readonly charter: Charter | undefined;
}

/** A group as it was read, with the version that a write must still find. */
export interface StoredGroup {
  readonly conversation: ConversationId;
  readonly version: number;
  readonly state: GroupState;
  /** Of a room. */
  readonly charter: Charter | undefined;
  readonly pending: PendingChange | undefined;
  readonly refreshedMs: number;
  readonly sentSince: number;
}

/** A new state, sealed and ready to be written in a transaction. */
export interface PreparedGroup {
  readonly conversation: ConversationId;
  readonly epoch: number;
  readonly transcript: Bytes;
  readonly sealed: Bytes;
  readonly charter: Bytes | undefined;
  readonly officers: Bytes | undefined;
  readonly pending:
    | {
      readonly envelope: EnvelopeId;
      readonly sealed: Bytes;
      readonly charter: Bytes | undefined;
    }
    | undefined;
  readonly refreshedMs: number;
  readonly sentSince: number;
}

/** When a group's keys are to be renewed or erased (SR-29). */
export interface GroupAge {
  readonly version: number;
  readonly refreshedMs: number;
  readonly sentSince: number;
  readonly erasedBelow: number;
  readonly hasPending: boolean;
}

/** The rule of a direct group: its two accounts with the identities that it began with (SR-17). */
export function policyOf(state: GroupState): GroupPolicy {
  return directPolicy(
    new Map<AccountId, Fingerprint>(
      state.members.map(({ accountId, identity }) => [accountId, identity]),
    ),
  );
}

/** What the vault seals charters for. */
type CharterPurpose = "mls_group.charter" | "mls_group.pending_charter";

/** The groups of a profile, read and written by version. */
export class Groups {
  /** The epochs that this device was in. */
  readonly epochs: Epochs;
  readonly #profile: Profile;

  constructor(profile: Profile) {
    this.#profile = profile;
    this.epochs = new Epochs(profile);
  }

  /** Throws StorageError `newer-format` when a newer version of the program wrote it (SR-31). */
  async load(conversation: ConversationId): Promise<StoredGroup | undefined> {
    const { database, vault } = this.#profile;
    const row = database.query("SELECT * FROM mls_group WHERE conversation = ?", (row) => ({
      version: row.integer("version"),
      sealed: row.bytes("sealed"),
      envelope: row.optionalText("pending_envelope"),
      pending: row.optionalBytes("pending_sealed"),
      charter: row.optionalBytes("charter"),
      pendingCharter: row.optionalBytes("pending_charter"),
      refreshedMs: row.integer("refreshed_ms"),
      sentSince: row.integer("sent_since"),
    })).first(conversation);
    if (row === undefined) return undefined;
    const { version, refreshedMs, sentSince } = row;
    const envelope = row.envelope === undefined ? undefined : parseEnvelopeId(row.envelope);
    const pending = envelope === undefined || row.pending === undefined ? undefined : {
      envelope,
      next: decode(await vault.open("mls_group.pending", conversation, row.pending)),
      charter: await this.#openCharter(
        "mls_group.pending_charter",
        conversation,
        row.pendingCharter,
      ),
    };
    const state = decode(await vault.open("mls_group", conversation, row.sealed));
    const charter = await this.#openCharter("mls_group.charter", conversation, row.charter);
    return { conversation, version, state, charter, pending, refreshedMs, sentSince };
  }

  /** A room's charter, without its keys. */
  async charterOf(conversation: ConversationId): Promise<Charter | undefined> {
    const sealed = this.#profile.database.query(
      "SELECT charter FROM mls_group WHERE conversation = ?",
      (row) => row.optionalBytes("charter"),
    ).first(conversation);
    return await this.#openCharter("mls_group.charter", conversation, sealed);
  }

  /** Seals a state for writing. `pending` is the commit that waits, if any. */
  async prepare(
    state: GroupState,
    facts: {
      conversation: ConversationId;
      /** A room's, as it is at this state. */
      charter: Charter | undefined;
      pending: PendingChange | undefined;
      refreshedMs: number;
      sentSince: number;
    },
  ): Promise<PreparedGroup> {
    const { vault } = this.#profile;
    const { conversation, charter, pending, refreshedMs, sentSince } = facts;
    return {
      conversation,
      epoch: state.epoch,
      transcript: state.transcriptHash,
      sealed: await vault.seal("mls_group", conversation, encodeGroupState(state)),
      charter: await this.#sealCharter("mls_group.charter", conversation, charter),
      officers: charter && await sealOfficers(this.#profile, charter, state.epoch),
      pending: pending && {
        envelope: pending.envelope,
        sealed: await vault.seal(
          "mls_group.pending",
          conversation,
          encodeGroupState(pending.next),
        ),
        charter: await this.#sealCharter(
          "mls_group.pending_charter",
          conversation,
          pending.charter,
        ),
      },
      refreshedMs,
      sentSince,
    };
  }

  async #sealCharter(
    purpose: CharterPurpose,
    conversation: ConversationId,
    charter: Charter | undefined,
  ): Promise<Bytes | undefined> {
    if (charter === undefined) return undefined;
    return await this.#profile.vault.seal(purpose, conversation, encodeCharter(charter));
  }

  async #openCharter(
    purpose: CharterPurpose,
    conversation: ConversationId,
    sealed: Bytes | undefined,
  ): Promise<Charter | undefined> {
    if (sealed === undefined) return undefined;
    const decoded = decodeCharter(await this.#profile.vault.open(purpose, conversation, sealed));
    if (decoded.ok) return decoded.charter;
    throw unreadable(decoded.code);
  }

  /** Without opening anything. */
  ageOf(conversation: ConversationId): GroupAge | undefined {
    return this.#profile.database.query(
      `SELECT version, refreshed_ms, sent_since, erased_below, pending_envelope IS NOT NULL AS has_pending
        FROM mls_group WHERE conversation = ?`,
      (row) => ({
        version: row.integer("version"),
        refreshedMs: row.integer("refreshed_ms"),
        sentSince: row.integer("sent_since"),
        erasedBelow: row.integer("erased_below"),
        hasPending: row.boolean("has_pending"),
      }),
    ).first(conversation);
  }

  epochOf(conversation: ConversationId): number | undefined {
    return this.#profile.database.query(
      "SELECT epoch FROM mls_group WHERE conversation = ?",
      (row) => row.integer("epoch"),
    ).first(conversation);
  }

  /**
   * Inside a transaction: writes a group in which this device has just arrived, in place of any that it had. Its version is
   * a new one: a step from the state before must not be written over this one.
   */
  put(group: PreparedGroup): void {
    const { database } = this.#profile;
    const version = (this.ageOf(group.conversation)?.version ?? 0) + 1;
    database.command("DELETE FROM mls_group WHERE conversation = ?").run(group.conversation);
    database.command(`
      INSERT INTO mls_group
        (conversation, version, epoch, sealed, charter, pending_envelope, pending_sealed, pending_charter,
          refreshed_ms, sent_since)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    `).run(group.conversation, version, ...columns(group));
    this.epochs.remember(group);
  }

  /** Inside a transaction: writes the next state, unless another one was written since `version`. */
  replace(group: PreparedGroup, version: number): boolean {
    const written = this.#profile.database.command(`
      UPDATE mls_group SET version = version + 1,
        epoch = ?, sealed = ?, charter = ?, pending_envelope = ?, pending_sealed = ?, pending_charter = ?,
        refreshed_ms = ?, sent_since = ?
      WHERE conversation = ? AND version = ?
    `).run(...columns(group), group.conversation, version) > 0;
    if (written) this.epochs.remember(group);
    return written;
  }

  /** Inside a transaction: forgets the keys of a conversation; its row stays (SR-18). */
  remove(conversation: ConversationId): void {
    this.#profile.database.command("DELETE FROM mls_group WHERE conversation = ?")
      .run(conversation);
    this.epochs.forget(conversation);
  }

  /** Inside a transaction, with the state from which they are erased. */
  setErasedBelow(conversation: ConversationId, epoch: number): void {
    this.#profile.database.command("UPDATE mls_group SET erased_below = ? WHERE conversation = ?")
      .run(epoch, conversation);
  }

  /** Messages of the present epoch in a row that could not be opened (SR-25). */
  unreadableIn(conversation: ConversationId): number {
    return this.#profile.database.query(
      "SELECT unreadable FROM mls_group WHERE conversation = ?",
      (row) => row.integer("unreadable"),
    ).first(conversation) ?? 0;
  }

  /** Inside a transaction. */
  setUnreadable(conversation: ConversationId, count: number): void {
    this.#profile.database.command("UPDATE mls_group SET unreadable = ? WHERE conversation = ?")
      .run(count, conversation);
  }
}

function columns(group: PreparedGroup) {
  return [
    group.epoch,
    group.sealed,
    group.charter ?? null,
    group.pending?.envelope ?? null,
    group.pending?.sealed ?? null,
    group.pending?.charter ?? null,
    group.refreshedMs,
    group.sentSince,
  ] as const;
}

function decode(bytes: Bytes): GroupState {
  const decoded = decodeGroupState(bytes);
  if (decoded.ok) return decoded.state;
  throw unreadable(decoded.code);
}

function unreadable(code: "newer-format" | "malformed"): StorageError {
  return new StorageError(
    code === "newer-format" ? "newer-format" : "damaged",
    code === "newer-format"
      ? "Cannot read conversation: a newer version of the program has written it"
      : "Cannot read conversation: its stored state is damaged",
  );
}

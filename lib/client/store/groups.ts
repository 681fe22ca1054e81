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
import {
  decodeGroupState,
  encodeGroupState,
  type GroupState,
} from "../../crypto/mls/group_state.ts";
import type { MembershipLog } from "../../crypto/room/membership_log.ts";
import {
  decodeMembershipLog,
  encodeMembershipLog,
} from "../../crypto/room/stored_membership_log.ts";
import type { Profile } from "../profile/profile.ts";
import { Epochs, sealRoomAdmins } from "./epochs.ts";
import { ForwardBudget } from "./forward_budget.ts";

/** A commit of our own that waits for the server's yes (SR-21). */
export interface PendingChange {
  readonly envelope: EnvelopeId;
  readonly next: GroupState;
  /** A room's membership log after it. */
  readonly membershipLog: MembershipLog | undefined;
}

/** A group as it was read, with the version that a write must still find. */
export interface StoredGroup {
  readonly conversation: ConversationId;
  readonly version: number;
  readonly state: GroupState;
  /** Of a room. */
  readonly membershipLog: MembershipLog | undefined;
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
  readonly membershipLog: Bytes | undefined;
  readonly roomAdmins: Bytes | undefined;
  readonly pending:
    | {
      readonly envelope: EnvelopeId;
      readonly sealed: Bytes;
      readonly membershipLog: Bytes | undefined;
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

/** What the vault seals membership logs for. */
type MembershipLogPurpose = "mls_group.charter" | "mls_group.pending_charter";

/** The groups of a profile, read and written by version. */
export class Groups {
  readonly #profile: Profile;
  /** The epochs that this device was in. */
  readonly epochs: Epochs;
  /** What messages of others may cost. */
  readonly forward: ForwardBudget;

  constructor(profile: Profile) {
    this.#profile = profile;
    this.epochs = new Epochs(profile);
    this.forward = new ForwardBudget(profile.clock);
  }

  /** Throws StorageError `newer-format` when a newer version of the program wrote it (SR-31). */
  async load(conversation: ConversationId): Promise<StoredGroup | undefined> {
    const { database, vault } = this.#profile;
    const row = database.query("SELECT * FROM mls_group WHERE conversation = ?", (row) => ({
      version: row.integer("version"),
      sealed: row.bytes("sealed"),
      envelope: row.optionalText("pending_envelope"),
      pending: row.optionalBytes("pending_sealed"),
      membershipLog: row.optionalBytes("charter"),
      pendingMembershipLog: row.optionalBytes("pending_charter"),
      refreshedMs: row.integer("refreshed_ms"),
      sentSince: row.integer("sent_since"),
    })).first(conversation);
    if (row === undefined) return undefined;
    const { version, refreshedMs, sentSince } = row;
    const envelope = row.envelope === undefined ? undefined : parseEnvelopeId(row.envelope);
    const pending = envelope === undefined || row.pending === undefined ? undefined : {
      envelope,
      next: decode(await vault.open("mls_group.pending", conversation, row.pending)),
      membershipLog: await this.#openMembershipLog(
        "mls_group.pending_charter",
        conversation,
        row.pendingMembershipLog,
      ),
    };
    const state = decode(await vault.open("mls_group", conversation, row.sealed));
    const membershipLog = await this.#openMembershipLog(
      "mls_group.charter",
      conversation,
      row.membershipLog,
    );
    return { conversation, version, state, membershipLog, pending, refreshedMs, sentSince };
  }

  /** A room's membership log, without its keys. */
  async membershipLogOf(conversation: ConversationId): Promise<MembershipLog | undefined> {
    const sealed = this.#profile.database.query(
      "SELECT charter FROM mls_group WHERE conversation = ?",
      (row) => row.optionalBytes("charter"),
    ).first(conversation);
    return await this.#openMembershipLog("mls_group.charter", conversation, sealed);
  }

  /** Seals a state for writing. `pending` is the commit that waits, if any. */
  async prepare(
    state: GroupState,
    facts: {
      conversation: ConversationId;
      /** A room's, as it is at this state. */
      membershipLog: MembershipLog | undefined;
      pending?: PendingChange | undefined;
      /** Now, where it is new. */
      refreshedMs?: number;
      sentSince?: number;
    },
  ): Promise<PreparedGroup> {
    const { vault, clock } = this.#profile;
    const { conversation, membershipLog, pending } = facts;
    const { refreshedMs = clock.nowMs(), sentSince = 0 } = facts;
    return {
      conversation,
      epoch: state.epoch,
      transcript: state.transcriptHash,
      sealed: await vault.seal("mls_group", conversation, encodeGroupState(state)),
      membershipLog: await this.#sealMembershipLog(
        "mls_group.charter",
        conversation,
        membershipLog,
      ),
      roomAdmins: membershipLog && await sealRoomAdmins(this.#profile, membershipLog, state.epoch),
      pending: pending && {
        envelope: pending.envelope,
        sealed: await vault.seal(
          "mls_group.pending",
          conversation,
          encodeGroupState(pending.next),
        ),
        membershipLog: await this.#sealMembershipLog(
          "mls_group.pending_charter",
          conversation,
          pending.membershipLog,
        ),
      },
      refreshedMs,
      sentSince,
    };
  }

  async #sealMembershipLog(
    purpose: MembershipLogPurpose,
    conversation: ConversationId,
    membershipLog: MembershipLog | undefined,
  ): Promise<Bytes | undefined> {
    if (membershipLog === undefined) return undefined;
    return await this.#profile.vault.seal(
      purpose,
      conversation,
      encodeMembershipLog(membershipLog),
    );
  }

  async #openMembershipLog(
    purpose: MembershipLogPurpose,
    conversation: ConversationId,
    sealed: Bytes | undefined,
  ): Promise<MembershipLog | undefined> {
    if (sealed === undefined) return undefined;
    const decoded = decodeMembershipLog(
      await this.#profile.vault.open(purpose, conversation, sealed),
    );
    if (decoded.ok) return decoded.membershipLog;
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
    return this.#profile.database.integer(
      "SELECT epoch FROM mls_group WHERE conversation = ?",
      conversation,
    );
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
}

function columns(group: PreparedGroup) {
  return [
    group.epoch,
    group.sealed,
    group.membershipLog ?? null,
    group.pending?.envelope ?? null,
    group.pending?.sealed ?? null,
    group.pending?.membershipLog ?? null,
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
      ? "Cannot read conversation: a newer version of the program wrote it"
      : "Cannot read conversation: its stored state is damaged",
  );
}

/**
 * The membership logs of rooms as the server knows them: worked out of the stored entries by the very code that the members use, so
 * that what is not allowed is refused before anybody sees it. The store is the judge of what is present; this only keeps
 * what was worked out (docs/decisions/0020-rooms.md).
 */

import type { Bytes } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import type { AccountId, ConversationId, DeviceId, Fingerprint } from "../../base/ids.ts";
import { CertificateVerifier } from "../../crypto/mls/certificates.ts";
import {
  applyEntry,
  createMembershipLog,
  type MembershipLog,
  ownersOf,
  replacedBy,
} from "../../crypto/room/membership_log.ts";
import { type VerifiedEntry, verifyEntry } from "../../crypto/room/entry.ts";
import type { RoomChange, RoomMembership, RoomStanding, RoomStore } from "../store/room_store.ts";
import { refuse } from "../../protocol/failure.ts";
import type { DeviceStore } from "../store/device_store.ts";

/** Rooms whose membership logs are kept in memory; others are worked out again, about 0.2 ms for each entry. */
const KEPT_MEMBERSHIP_LOGS = 1_000;
/** Of one account, looked at when it is deleted; whoever is in more says that they may be without an owner. */
const MAX_ROOMS = 10_000;
/** Entries read at once. */
const PAGE = 256;
/** Signers whose certificates are kept in memory. */
const KEPT_CERTIFICATES = 10_000;

/** Who asks, by the session's word. */
export interface Asking {
  readonly account: AccountId;
  readonly device: DeviceId;
}

/** A room at a version of its membership log. */
export interface RoomAt {
  readonly conversation: ConversationId;
  readonly version: number;
}

/** A judged entry: what it says, and the membership log before and after. */
export interface Judged {
  readonly before: MembershipLog;
  readonly after: MembershipLog;
  readonly entry: VerifiedEntry;
}

/** Judges entries of rooms. Refusals are `not-allowed` and `unknown-room`. */
export class Rooms {
  readonly #store: DeviceStore & RoomStore;
  readonly #clock: Clock;
  readonly #certificates = new Map<Fingerprint, Bytes>();
  readonly #verifier: CertificateVerifier;
  readonly #membershipLogs = new Map<ConversationId, MembershipLog>();

  constructor(
    store: DeviceStore & RoomStore,
    { clock, serverId }: { clock: Clock; serverId: Fingerprint },
  ) {
    this.#store = store;
    this.#clock = clock;
    this.#verifier = new CertificateVerifier(serverId, {
      find: (hash) => this.#certificates.get(hash),
    });
  }

  /**
   * The room, for an account that is in it, or at least invited when `needs` does not say more, and for every account if it
   * is open. Refused with `not-member` otherwise: a stranger learns nothing of it.
   */
  async standing(
    account: AccountId,
    conversation: ConversationId,
    needs?: RoomMembership,
  ): Promise<{
    readonly room: number;
    readonly version: number;
    readonly standing: RoomStanding;
  }> {
    const room = await this.#store.findRoom({ conversation, account });
    if (room === undefined || needs !== undefined && room.standing !== needs) {
      throw refuse("not-member", "You are not a member of this room");
    }
    return room;
  }

  /** The same for reading entries: also of a room that one of the account's took the place of (SR-35). */
  async readable(
    account: AccountId,
    conversation: ConversationId,
  ): Promise<{ readonly version: number }> {
    return await this.#store.findReplacedRoom({ conversation, account }) ??
      await this.standing(account, conversation);
  }

  /** The rooms that an account is in, as they are now, and the numbers of those with others in them that it alone owns. */
  async heldBy(account: AccountId): Promise<
    { readonly rooms: readonly RoomAt[]; readonly alone: readonly number[] }
  > {
    const rooms: RoomAt[] = [];
    const alone: number[] = [];
    for (const { conversation } of await this.#store.listRoomsOf({ account, limit: MAX_ROOMS })) {
      const found = await this.#store.findRoom({ conversation, account });
      // It is to go from there anyway.
      if (found?.standing !== "member") continue;
      const { room, version } = found;
      const membershipLog = await this.membershipLog(conversation, version);
      const [owner, ...others] = ownersOf(membershipLog);
      rooms.push({ conversation, version });
      if (owner === account && others.length === 0 && membershipLog.members.size > 1) {
        alone.push(room);
      }
    }
    return { rooms, alone };
  }

  /** Checks the first entry of a room that `asking` founds, in place of `replaces` if it says so. */
  async found(
    conversation: ConversationId,
    { entry: bytes, replaces, asking }: {
      entry: Bytes;
      replaces: ConversationId | undefined;
      asking: Asking;
    },
  ): Promise<MembershipLog> {
    const entry = await this.#verify(bytes);
    const step = await createMembershipLog(conversation, entry);
    if (!step.ok || !isBy(entry, asking) || replacedBy(entry) !== replaces) {
      throw refuse("not-allowed", "Cannot create a room from this entry");
    }
    this.#keep(step.membershipLog);
    return step.membershipLog;
  }

  /** The membership log at the store's version. The room must be there. */
  async membershipLog(conversation: ConversationId, version: number): Promise<MembershipLog> {
    const kept = this.#membershipLogs.get(conversation);
    if (kept?.version === version) return kept;
    let membershipLog = kept !== undefined && kept.version < version ? kept : undefined;
    while (membershipLog === undefined || membershipLog.version < version) {
      const after: number = membershipLog?.version ?? 0;
      const page = await this.#store.listRoomEntries({ conversation, after, limit: PAGE });
      if (page.length === 0) throw refuse("internal", "The room's membership log is not complete");
      for (const bytes of page) {
        const entry: VerifiedEntry = await this.#verify(bytes);
        const step = membershipLog === undefined
          ? await createMembershipLog(conversation, entry)
          : await applyEntry(membershipLog, entry);
        if (!step.ok) throw refuse("internal", "The room's membership log is wrong");
        membershipLog = step.membershipLog;
        if (membershipLog.version === version) break;
      }
    }
    this.#keep(membershipLog);
    return membershipLog;
  }

  /** Works an entry into the membership log at `version`. Refused with `not-allowed` when it may not follow. */
  async judge(conversation: ConversationId, version: number, bytes: Bytes): Promise<Judged> {
    const before = await this.membershipLog(conversation, version);
    const entry = await this.#verify(bytes);
    const step = await applyEntry(before, entry, this.#clock.nowMs());
    if (!step.ok && step.code === "full") {
      throw refuse("room-full", `The room is full: it has ${before.members.size} members`);
    }
    if (!step.ok) throw refuse("not-allowed", "The room's rules do not allow this");
    return { before, after: step.membershipLog, entry };
  }

  /** What the entry of a commit does. Roles are committed by their signer, an admission by whom it lets in. */
  async change(
    conversation: ConversationId,
    facts: { version: number; entry: Bytes; asking: Asking },
  ): Promise<RoomChange> {
    const { version, entry: bytes, asking } = facts;
    const none = { admits: undefined, expels: undefined };
    if (bytes.length === 0) return { version, entry: undefined, ...none };
    const { entry } = await this.judge(conversation, version, bytes);
    const change = { ...none, version, entry: bytes };
    switch (entry.facts.type) {
      case "roles":
        if (isBy(entry, asking)) return change;
        break;
      case "admission":
        if (entry.facts.account === asking.account) return { ...change, admits: asking.account };
        break;
      case "join":
        if (isBy(entry, asking)) return { ...change, admits: asking.account };
        break;
      case "removal":
        return { ...change, expels: entry.facts.account };
      case "opening":
        break;
    }
    throw refuse("not-allowed", "Somebody else has to make this change");
  }

  async #verify(bytes: Bytes): Promise<VerifiedEntry> {
    let read = await verifyEntry(bytes, this.#verifier);
    if (read.kind === "missing-certificates") {
      for (const hash of read.hashes) await this.#load(hash);
      read = await verifyEntry(bytes, this.#verifier);
    }
    if (read.kind !== "verified") {
      throw refuse("not-allowed", "The signature of a room's entry is wrong");
    }
    return read.entry;
  }

  async #load(hash: Fingerprint): Promise<void> {
    const certificate = await this.#store.findCertificate(hash);
    if (certificate === undefined) return;
    dropOldest(this.#certificates, KEPT_CERTIFICATES);
    this.#certificates.set(hash, certificate);
  }

  #keep(membershipLog: MembershipLog): void {
    this.#membershipLogs.delete(membershipLog.groupId);
    dropOldest(this.#membershipLogs, KEPT_MEMBERSHIP_LOGS);
    this.#membershipLogs.set(membershipLog.groupId, membershipLog);
  }
}

function isBy({ signer }: VerifiedEntry, { account, device }: Asking): boolean {
  return signer.account === account && signer.device === device;
}

function dropOldest(map: Map<string, unknown>, limit: number): void {
  for (const oldest of map.keys()) {
    if (map.size < limit) return;
    map.delete(oldest);
  }
}

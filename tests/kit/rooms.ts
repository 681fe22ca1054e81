/** Members of rooms for tests: group and membership log side by side, as a profile's database would keep them. */

import assert from "node:assert/strict";
import type { Bytes } from "../../lib/base/bytes.ts";
import { idBytes, newEnvelopeId } from "../../lib/base/ids.ts";
import { systemRandom } from "../../lib/base/random.ts";
import { authenticatedDataOf } from "../../lib/crypto/mls/message_head.ts";
import {
  type CommitContext,
  mergeCommit,
  type PendingCommit,
  removeMembers,
  updateKeys,
} from "../../lib/crypto/mls/commit.ts";
import { createGroup } from "../../lib/crypto/mls/create.ts";
import { joinExternally, type PendingJoin } from "../../lib/crypto/mls/external_join.ts";
import type { GroupPolicy } from "../../lib/crypto/mls/group_policy.ts";
import type { GroupState } from "../../lib/crypto/mls/group_state.ts";
import type { SignedRemovals } from "../../lib/crypto/mls/removed_devices.ts";
import { type Failure, refused } from "../../lib/crypto/mls/messages.ts";
import { type Opened, openMessage } from "../../lib/crypto/mls/open.ts";
import {
  createMembershipLog,
  foundingRoles,
  type MembershipLog,
  type MembershipStep,
  roomGroupId,
} from "../../lib/crypto/room/membership_log.ts";
import { encodeCommitData, readCommitData } from "../../lib/crypto/room/commit_data.ts";
import { makeEntry, type VerifiedEntry, verifyEntry } from "../../lib/crypto/room/entry.ts";
import {
  type Admission,
  type EntryFacts,
  type Join,
  type Removal,
  type Roles,
  ROOM_NONCE_BYTES,
} from "../../lib/crypto/room/entry_layouts.ts";
import { foundingPolicy, roomPolicy } from "../../lib/crypto/room/room_policy.ts";
import { type Device, type Directory, type Person, SERVER_ID } from "./devices.ts";
import { ANYONE, FAST, NOW_MS } from "./groups.ts";

const HOUR_MS = 3_600_000;

/** Signs an entry by a device. */
export function signEntry(device: Device, facts: EntryFacts): Promise<Bytes> {
  return makeEntry(facts, {
    serverId: SERVER_ID,
    account: device.person.accountId,
    certificateHash: device.certificate.hash,
    statementPrivateKey: device.keys.statement.privateKey,
  });
}

/** An entry that must verify. */
export async function verified(bytes: Bytes, directory: Directory): Promise<VerifiedEntry> {
  const read = await verifyEntry(bytes, directory.verifier);
  assert.equal(read.kind, "verified", JSON.stringify(read));
  if (read.kind !== "verified") throw new Error("asserted above");
  return read.entry;
}

/** A membership log that must have come about. */
export function membershipLogOf(step: MembershipStep): MembershipLog {
  assert.equal(step.ok, true, JSON.stringify(step));
  if (!step.ok) throw new Error("asserted above");
  return step.membershipLog;
}

export function newNonce(): Bytes {
  return systemRandom.bytes(ROOM_NONCE_BYTES);
}

/** What an owner says about who has which role from now on. */
export function rolesOn(
  membershipLog: MembershipLog,
  roomAdmins: Pick<Roles, "owners" | "moderators">,
): Roles {
  const nonce = idBytes(membershipLog.groupId).slice(0, ROOM_NONCE_BYTES);
  return {
    type: "roles",
    nonce,
    version: membershipLog.version + 1,
    head: membershipLog.head,
    ...roomAdmins,
  };
}

export function invitationOf(membershipLog: MembershipLog, guest: Person, epoch = 0): Admission {
  return {
    type: "admission",
    groupId: membershipLog.groupId,
    account: guest.accountId,
    identity: guest.identity.key.fingerprint,
    id: idBytes(newEnvelopeId(systemRandom)),
    epoch,
    version: membershipLog.version,
    expiresMs: NOW_MS + HOUR_MS,
  };
}

export function joinOf(membershipLog: MembershipLog, guest: Person): Join {
  return {
    type: "join",
    groupId: membershipLog.groupId,
    account: guest.accountId,
    identity: guest.identity.key.fingerprint,
    id: idBytes(newEnvelopeId(systemRandom)),
    version: membershipLog.version,
  };
}

export function removalOf(membershipLog: MembershipLog, target: Person): Removal {
  return {
    type: "removal",
    groupId: membershipLog.groupId,
    account: target.accountId,
    id: idBytes(newEnvelopeId(systemRandom)),
    version: membershipLog.version,
  };
}

/** One device in a room. */
export class RoomMember {
  state: GroupState;
  membershipLog: MembershipLog;
  readonly device: Device;
  readonly directory: Directory;
  /** The lists of removed devices that it knows. */
  removals: readonly SignedRemovals[] = [];

  constructor(
    state: GroupState,
    membershipLog: MembershipLog,
    of: { device: Device; directory: Directory },
  ) {
    this.state = state;
    this.membershipLog = membershipLog;
    this.device = of.device;
    this.directory = of.directory;
  }

  sign(facts: EntryFacts): Promise<Bytes> {
    return signEntry(this.device, facts);
  }

  /** Opens a commit by the room's rules and, when it is allowed, goes on with it. */
  async open(message: Bytes, atMs = NOW_MS): Promise<Opened> {
    const { verifier } = this.directory;
    const data = authenticatedDataOf(message);
    if (data === undefined) {
      const opened = await openMessage(this.state, message, { verifier, policy: ANYONE });
      if (opened.kind === "application") this.state = opened.next;
      return opened;
    }
    const read = await readCommitData(data, this.membershipLog, { verifier, atMs });
    if (read.kind !== "change") return read;
    const policy = roomPolicy(read.change);
    const opened = await openMessage(this.state, message, { verifier, policy });
    if (opened.kind === "commit") {
      this.state = opened.next;
      this.membershipLog = read.change.after;
    }
    return opened;
  }

  async apply(message: Bytes): Promise<void> {
    const opened = await this.open(message);
    assert.equal(opened.kind, "commit", JSON.stringify(opened));
  }

  async tryUpdate(entry?: Bytes): Promise<PendingCommit | Failure> {
    return await this.#commit(entry, (context) => updateKeys(this.state, context));
  }

  async tryRemove(targets: readonly Device[], entry?: Bytes): Promise<PendingCommit | Failure> {
    const leaves = targets.flatMap(({ own }) =>
      this.state.members.filter(({ certificateHash }) => certificateHash === own.certificateHash)
        .map(({ leafIndex }) => leafIndex)
    );
    return await this.#commit(entry, (context) => removeMembers(this.state, leaves, context));
  }

  /** Goes on as if the server had said yes. */
  async accept(pending: PendingCommit | Failure): Promise<PendingCommit> {
    assert.equal(pending.kind, "pending", JSON.stringify(pending));
    if (pending.kind !== "pending") throw new Error("asserted above");
    const data = authenticatedDataOf(pending.commit) ?? new Uint8Array(0);
    const { verifier } = this.directory;
    const read = await readCommitData(data, this.membershipLog, { verifier, atMs: NOW_MS });
    if (read.kind !== "change") throw new Error(JSON.stringify(read));
    this.state = mergeCommit(this.state, pending.next);
    this.membershipLog = read.change.after;
    return pending;
  }

  async #commit(
    entry: Bytes | undefined,
    make: (context: CommitContext) => Promise<PendingCommit | Failure>,
  ): Promise<PendingCommit | Failure> {
    const { removals } = this;
    const { verifier } = this.directory;
    const authenticatedData = encodeCommitData(this.membershipLog, entry);
    const read = await readCommitData(authenticatedData, this.membershipLog, {
      verifier,
      atMs: NOW_MS,
    });
    if (read.kind !== "change") return read;
    return await make({ verifier, policy: roomPolicy(read.change), authenticatedData, removals });
  }
}

/** A commit that the rules would not let an honest member make. */
export async function lawless(
  member: RoomMember,
  make: (
    context: { verifier: Directory["verifier"]; policy: GroupPolicy; authenticatedData: Bytes },
  ) => Promise<PendingCommit | Failure>,
  entry?: Bytes,
): Promise<Bytes> {
  const pending = await make({
    verifier: member.directory.verifier,
    policy: ANYONE,
    authenticatedData: encodeCommitData(member.membershipLog, entry),
  });
  assert.equal(pending.kind, "pending", JSON.stringify(pending));
  if (pending.kind !== "pending") throw new Error("asserted above");
  return pending.commit;
}

/** A new room of one device, with its first entry. */
export async function foundRoom(
  device: Device,
  directory: Directory,
): Promise<{ member: RoomMember; firstEntry: Bytes }> {
  const nonce = newNonce();
  const firstEntry = await signEntry(device, foundingRoles(nonce, device.person.accountId));
  const entry = await verified(firstEntry, directory);
  const groupId = roomGroupId(nonce, entry.hash);
  const membershipLog = membershipLogOf(await createMembershipLog(groupId, entry));
  const state = await createGroup({
    groupId,
    device: device.own,
    verifier: directory.verifier,
    policy: foundingPolicy(membershipLog),
    nowMs: NOW_MS,
    suite: FAST,
  });
  return { member: new RoomMember(state, membershipLog, { device, directory }), firstEntry };
}

/** Comes in by external commit; nobody has applied it yet. */
export async function tryComeIn(
  device: Device,
  at: {
    groupInfo: Bytes;
    membershipLog: MembershipLog;
    directory: Directory;
    entry?: Bytes;
    honest?: false;
  },
): Promise<(PendingJoin & { readonly membershipLog: MembershipLog }) | Failure> {
  const { verifier } = at.directory;
  const authenticatedData = encodeCommitData(at.membershipLog, at.entry);
  const read = await readCommitData(authenticatedData, at.membershipLog, {
    verifier,
    atMs: NOW_MS,
  });
  if (read.kind !== "change" && at.honest !== false) return read;
  const change = read.kind === "change" ? read.change : undefined;
  if (change === undefined && at.honest !== false) return refused("not-allowed");
  const joined = await joinExternally(at.groupInfo, {
    groupId: at.membershipLog.groupId,
    device: device.own,
    verifier,
    policy: at.honest === false || change === undefined ? ANYONE : roomPolicy(change),
    nowMs: NOW_MS,
    authenticatedData,
  });
  return joined.kind === "pending"
    ? { ...joined, membershipLog: change?.after ?? at.membershipLog }
    : joined;
}

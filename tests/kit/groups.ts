/** Members of MLS groups for tests: each keeps its present state, as a profile's database would. */

import assert from "node:assert/strict";
import { type Bytes, decodeUtf8, utf8 } from "../../lib/base/bytes.ts";
import { systemClock } from "../../lib/base/clock.ts";
import { type ConversationId, newConversationId } from "../../lib/base/ids.ts";
import { systemRandom } from "../../lib/base/random.ts";
import {
  addMember,
  mergeCommit,
  type PendingCommit,
  removeMembers,
  updateKeys,
} from "../../lib/crypto/mls/commit.ts";
import { createGroup } from "../../lib/crypto/mls/create.ts";
import {
  joinExternally,
  type KnownGroup,
  type PendingJoin,
} from "../../lib/crypto/mls/external_join.ts";
import { directPolicy, type GroupPolicy } from "../../lib/crypto/mls/group_policy.ts";
import { forward } from "../../lib/crypto/mls/forward.ts";
import type { GroupState } from "../../lib/crypto/mls/group_state.ts";
import { joinByWelcome } from "../../lib/crypto/mls/join.ts";
import { generateKeyPackage } from "../../lib/crypto/mls/key_package.ts";
import type { Failure } from "../../lib/crypto/mls/messages.ts";
import { type Opened, openMessage } from "../../lib/crypto/mls/open.ts";
import { type SealedMessage, sealMessage } from "../../lib/crypto/mls/seal.ts";
import type { SignedRemovals } from "../../lib/crypto/mls/removed_devices.ts";
import type { SuiteName } from "../../lib/crypto/mls/suite.ts";
import { type Device, Directory, type Person, person } from "./devices.ts";

/**
 * ts-mls compares a KeyPackage's lifetime with the real clock when it adds somebody and takes no other, so tests that add
 * members cannot run on a false one.
 */
export const NOW_MS = systemClock.nowMs();

/** The classical suite: three times faster than X-Wing, for tests that are not about the suite. */
export const FAST: SuiteName = "MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519";

export const ANYONE: GroupPolicy = { allows: () => true };

export class TestMember {
  state: GroupState;
  readonly device: Device;
  readonly directory: Directory;
  readonly policy: GroupPolicy;
  /** The lists of removed devices that it knows. */
  removals: readonly SignedRemovals[] = [];

  constructor(state: GroupState, device: Device, directory: Directory, policy: GroupPolicy) {
    this.state = state;
    this.device = device;
    this.directory = directory;
    this.policy = policy;
  }

  get context() {
    return {
      verifier: this.directory.verifier,
      policy: this.policy,
      removals: this.removals,
    };
  }

  async seal(text: string): Promise<SealedMessage> {
    const sealed = await sealMessage(this.state, utf8(text));
    this.state = sealed.next;
    return sealed;
  }

  /** Opens and, where that gives a next state, goes on with it. */
  async open(bytes: Bytes): Promise<Opened> {
    const opened = await openMessage(this.state, bytes, this.context);
    if (opened.kind === "application" || opened.kind === "commit") this.state = opened.next;
    return opened;
  }

  /** The text of a message that must open. */
  async read(bytes: Bytes): Promise<string | undefined> {
    const opened = await this.open(bytes);
    assert.equal(opened.kind, "application", JSON.stringify(opened));
    return opened.kind === "application" ? decodeUtf8(opened.payload) : undefined;
  }

  async apply(commit: Bytes): Promise<void> {
    const opened = await this.open(commit);
    assert.equal(opened.kind, "commit", JSON.stringify(opened));
  }

  async tryAdd(owner: Person, keyPackage: Bytes, nowMs = NOW_MS): Promise<PendingCommit | Failure> {
    return await addMember(this.state, keyPackage, {
      ...this.context,
      accountId: owner.accountId,
      pinned: owner.identity.key.fingerprint,
      nowMs,
      isRevoked: () => false,
    });
  }

  /** Commits and goes on as if the server had said yes. */
  accept(pending: PendingCommit | Failure): PendingCommit {
    assert.equal(pending.kind, "pending", JSON.stringify(pending));
    if (pending.kind !== "pending") throw new Error("asserted above");
    this.state = mergeCommit(this.state, pending.next);
    return pending;
  }

  async update(): Promise<PendingCommit> {
    return this.accept(await updateKeys(this.state, this.context));
  }

  async remove(...members: TestMember[]): Promise<PendingCommit> {
    const leaves = members.map((member) => member.state.ownLeafIndex);
    return this.accept(await removeMembers(this.state, leaves, this.context));
  }

  known(): KnownGroup {
    const { epoch, members, transcriptHash } = this.state;
    return { epoch, members, transcriptHash };
  }
}

/** Starts a group of one device. */
export async function found(
  device: Device,
  directory: Directory,
  policy: GroupPolicy,
  suite: SuiteName = FAST,
): Promise<TestMember> {
  const groupId = newConversationId(systemRandom);
  const { verifier } = directory;
  const state = await createGroup({
    groupId,
    device: device.own,
    verifier,
    policy,
    nowMs: NOW_MS,
    suite,
  });
  return new TestMember(state, device, directory, policy);
}

/** The safe pattern: one Add per commit, and the joiner commits at once. `others` apply both commits. */
export async function welcome(
  adder: TestMember,
  device: Device,
  others: readonly TestMember[] = [],
): Promise<TestMember> {
  const own = await generateKeyPackage(device.own, { suite: adder.state.suite, nowMs: NOW_MS });
  const pending = adder.accept(await adder.tryAdd(device.person, own.publicBytes));
  const { directory, policy } = adder;
  const joined = await joinByWelcome(pending.welcome ?? new Uint8Array(0), {
    device: device.own,
    keyPackage: own,
    verifier: directory.verifier,
    choosePolicy: () => policy,
  });
  assert.equal(joined.kind, "joined", JSON.stringify(joined));
  if (joined.kind !== "joined") throw new Error("asserted above");
  const member = new TestMember(joined.state, device, directory, policy);
  for (const other of others) await other.apply(pending.commit);
  const first = await member.update();
  for (const other of [adder, ...others]) await other.apply(first.commit);
  return member;
}

export async function tryEnter(
  device: Device,
  groupInfo: Bytes,
  at: { groupId: ConversationId; directory: Directory; policy: GroupPolicy; known?: KnownGroup },
): Promise<PendingJoin | Failure> {
  const { groupId, policy, known, directory } = at;
  const { verifier } = directory;
  return await joinExternally(groupInfo, {
    groupId,
    device: device.own,
    verifier,
    policy,
    known,
    nowMs: NOW_MS,
  });
}

/** Joins from a GroupInfo that somebody left; `others` apply the commit. Gives the GroupInfo that the joiner leaves. */
export async function enter(
  device: Device,
  groupInfo: Bytes,
  others: readonly TestMember[],
): Promise<{ member: TestMember; groupInfo: Bytes; pending: PendingJoin }> {
  const [{ directory, policy, state }] = others;
  const at = { groupId: state.groupId, directory, policy };
  const pending = await tryEnter(device, groupInfo, at);
  assert.equal(pending.kind, "pending", JSON.stringify(pending));
  if (pending.kind !== "pending") throw new Error("asserted above");
  for (const other of others) await other.apply(pending.commit);
  const member = new TestMember(pending.next, device, directory, policy);
  return { member, groupInfo: pending.groupInfo, pending };
}

/** Alice and bob in a direct conversation, both with one device. */
export async function direct(suite: SuiteName = FAST) {
  const directory = new Directory();
  const alice = await person("alice", 0);
  const bob = await person("bob", 1);
  const policy = directPolicy(
    new Map([alice, bob].map(({ accountId, identity }) => [accountId, identity.key.fingerprint])),
  );
  const a = await found(await directory.device(alice, NOW_MS), directory, policy, suite);
  const b = await welcome(a, await directory.device(bob, NOW_MS));
  return { directory, policy, alice, bob, a, b };
}

/** Alice, bob and carol in a room that lets everyone in. */
export async function room(suite: SuiteName = FAST) {
  const directory = new Directory();
  const [alice, bob, carol] = await Promise.all([
    person("alice", 0),
    person("bob", 1),
    person("carol", 2),
  ]);
  const a = await found(await directory.device(alice, NOW_MS), directory, ANYONE, suite);
  const b = await welcome(a, await directory.device(bob, NOW_MS));
  const c = await welcome(a, await directory.device(carol, NOW_MS), [b]);
  return { directory, alice, bob, carol, a, b, c };
}

/** The state of a member who has sealed so many messages more and thrown them away, at no cost. */
export function skipAhead(state: GroupState, steps: number): GroupState {
  const mls = state.use();
  const { ownLeafIndex: leafIndex, suite } = state;
  const { generation } = mls.secretTree[2 * leafIndex].application;
  const target = { leafIndex, kind: "application", generation: generation + steps } as const;
  const { tree, consumed } = forward(mls.secretTree, target, suite);
  return state.advance({ ...mls, secretTree: tree }, consumed);
}

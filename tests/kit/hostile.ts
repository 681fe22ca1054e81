/** Messages of hostile members and joiners, made with bare ts-mls, which checks less than we do. */

import assert from "node:assert/strict";
import {
  type ClientConfig,
  type ClientState,
  createCommit,
  decodeMlsMessage,
  defaultKeyPackageEqualityConfig,
  defaultKeyRetentionConfig,
  defaultLifetimeConfig,
  defaultPaddingConfig,
  encodeMlsMessage,
  joinGroupExternal,
  type LeafNode,
  type MLSMessage,
  type Proposal,
} from "ts-mls";
import { asBytes, type Bytes, encodeHex } from "../../lib/base/bytes.ts";
import { generateKeyPackage, privatePackageOf } from "../../lib/crypto/mls/key_package.ts";
import { type SuiteName, suiteOf } from "../../lib/crypto/mls/suite.ts";
import { type Device } from "./devices.ts";
import { FAST, NOW_MS, type TestMember } from "./groups.ts";

/** Believes everything. */
export const LAX: ClientConfig = {
  keyRetentionConfig: defaultKeyRetentionConfig,
  lifetimeConfig: defaultLifetimeConfig,
  keyPackageEqualityConfig: defaultKeyPackageEqualityConfig,
  paddingConfig: defaultPaddingConfig,
  authService: { validateCredential: () => Promise.resolve(true) },
};

export function bare(member: TestMember): ClientState {
  return { ...member.state.use(), clientConfig: LAX };
}

export function bytesOf(message: MLSMessage): Bytes {
  return asBytes(encodeMlsMessage(message));
}

export async function hostileCommit(
  state: ClientState,
  proposals: Proposal[],
  isPublic = false,
): Promise<Bytes> {
  const { commit } = await createCommit({ state, cipherSuite: await suiteOf(FAST) }, {
    extraProposals: proposals,
    wireAsPublicMessage: isPublic,
  });
  return bytesOf(commit);
}

/** An external commit whose Remove takes whatever leaf `replaces` picks, or none. */
export async function hostileJoin(
  device: Pick<Device, "own">,
  groupInfo: Bytes,
  replaces?: (leaf: LeafNode) => boolean,
  suite: SuiteName = FAST,
): Promise<Bytes> {
  const message = decodeMlsMessage(groupInfo, 0)?.[0];
  assert.ok(message?.wireformat === "mls_group_info");
  const own = await generateKeyPackage(device.own, { suite, nowMs: NOW_MS });
  const config = {
    ...LAX,
    keyPackageEqualityConfig: {
      ...defaultKeyPackageEqualityConfig,
      compareKeyPackageToLeafNode: (_: unknown, leaf: LeafNode) => replaces?.(leaf) ?? false,
    },
  };
  const joined = await joinGroupExternal(
    message.groupInfo,
    own.keyPackage,
    privatePackageOf(own, device.own),
    replaces !== undefined,
    await suiteOf(suite),
    undefined,
    config,
  );
  return bytesOf({
    version: "mls10",
    wireformat: "mls_public_message",
    publicMessage: joined.publicMessage,
  });
}

export async function refuses(member: TestMember, bytes: Bytes, code: string): Promise<void> {
  const before = encodeHex(member.state.transcriptHash);
  const { epoch } = member.state;
  assert.deepEqual(await member.open(bytes), { kind: "refused", code });
  assert.equal(encodeHex(member.state.transcriptHash), before);
  assert.equal(member.state.epoch, epoch);
}

/** The GroupInfo of the present epoch, after a fresh commit that everyone applied. */
export async function freshInfo(
  committer: TestMember,
  others: readonly TestMember[],
): Promise<Bytes> {
  const pending = await committer.update();
  for (const other of others) await other.apply(pending.commit);
  return pending.groupInfo;
}

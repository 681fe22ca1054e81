/**
 * What a group agrees on about removed devices (SR-10, docs/removed-devices.md). The lists that accounts signed are carried
 * in leaves of the ratchet tree, which is the same at all members and at everyone who joins; so all judge alike, whatever
 * each of them has heard elsewhere. A leaf says in its capabilities that its program judges by them.
 */

import type { ClientState, Extension, LeafNode } from "ts-mls";
import { asBytes, ByteReader, type Bytes, ByteWriter } from "../../base/bytes.ts";
import type { AccountId, DeviceId, Fingerprint } from "../../base/ids.ts";
import { type IdentityKey, importIdentityKey } from "../keys/identity.ts";
import { type RevocationList, verifyRevocationList } from "../statements/revocation.ts";

/** The leaf extension with the lists, from the range for private use (RFC 9420 §17.3). Programs before it pass it over. */
export const REMOVED_DEVICES = 0xf0d1;

/** Lists in one leaf: bounds what a member can make others check, at about 1 ms each. */
const MAX_LISTS = 64;
/**
 * Of one account, in a leaf and in a profile: its devices sign all that they know into one list, so that there are two at most
 * for a while.
 */
export const MAX_LISTS_OF_ONE = 4;

/** A list of removed devices whose signature holds, by the account's identity. */
export interface SignedRemovals extends RevocationList {
  readonly identity: Fingerprint;
  /** `u16 algorithm ‖ identity key ‖ list`: whoever reads it needs nothing else. */
  readonly bytes: Bytes;
}

/** Reads and checks packed lists; `CertificateVerifier` keeps what it found. */
export interface RemovalsReader {
  readRemovals(bytes: Bytes): Promise<SignedRemovals | undefined>;
}

type Tree = ClientState["ratchetTree"];

/** Packs a list with the key that signed it. */
export function packRemovals({ algorithm, spki }: IdentityKey, list: Bytes): Bytes {
  return new ByteWriter().u16(algorithm).field(spki).blob(list).finish();
}

/** Undefined for what is no list, or not signed by the key beside it. */
export async function readRemovals(
  bytes: Bytes,
  serverId: Fingerprint,
): Promise<SignedRemovals | undefined> {
  const reader = new ByteReader(bytes);
  const algorithm = reader.u16();
  const spki = reader.field();
  const list = reader.blob();
  if (!reader.done) return undefined;
  const key = await importIdentityKey(algorithm, spki);
  const verified = key && await verifyRevocationList(list, serverId, key);
  if (key === undefined || verified?.ok !== true) return undefined;
  return { ...verified.list, identity: key.fingerprint, bytes: bytes.slice() };
}

/** The extensions of a leaf that carries these lists. */
export function leafExtensions(lists: readonly SignedRemovals[]): Extension[] {
  if (lists.length === 0) return [];
  // Of a leaf with more nobody reads one.
  const carried = lists.slice(0, MAX_LISTS);
  const writer = new ByteWriter().u16(carried.length);
  for (const { bytes } of carried) writer.blob(bytes);
  return [{ extensionType: REMOVED_DEVICES, extensionData: writer.finish() }];
}

/** The tree with another content of one's own leaf: the next commit with a path signs it. */
export function carryInLeaf(tree: Tree, leafIndex: number, lists: readonly SignedRemovals[]): Tree {
  return tree.map((node, place) => {
    if (place !== 2 * leafIndex || node?.nodeType !== "leaf") return node;
    const { leaf } = node;
    const known = leaf.capabilities.extensions.filter((type) => type !== REMOVED_DEVICES);
    const capabilities = { ...leaf.capabilities, extensions: [...known, REMOVED_DEVICES] };
    const others = leaf.extensions.filter(({ extensionType }) => extensionType !== REMOVED_DEVICES);
    const extensions = [...others, ...leafExtensions(lists)];
    return { ...node, leaf: { ...leaf, capabilities, extensions } };
  });
}

/** Every list that the leaves of a tree carry. What does not read or is not signed counts for nothing. */
export async function removalsIn(
  tree: Tree,
  reader: RemovalsReader,
  except: ReadonlySet<number> = new Set(),
): Promise<readonly SignedRemovals[]> {
  const lists: SignedRemovals[] = [];
  for (const { leaf } of leavesOf(tree, except)) {
    for (const bytes of carriedBy(leaf)) {
      const list = await reader.readRemovals(bytes);
      if (list !== undefined) lists.push(list);
    }
  }
  return lists;
}

/**
 * What the leaf of a committer carries: what the committer knows, and what would be lost with the leaves that go or change,
 * as far as other leaves do not carry it. Of foreign leaves that go only what is about `members`: about others anybody could
 * make up identities and lists, which would stay for good.
 */
export async function listsToCarry(
  tree: Tree,
  reader: RemovalsReader,
  { own, leaving, known, members }: {
    /** The committer's leaf, if it has one. */
    readonly own: number | undefined;
    readonly leaving: ReadonlySet<number>;
    /** What matters most first. */
    readonly known: readonly SignedRemovals[];
    readonly members: readonly Pick<RemovedDevice, "accountId" | "identity">[];
  },
): Promise<readonly SignedRemovals[]> {
  const changing = new Set(own === undefined ? leaving : [...leaving, own]);
  const staying = await removalsIn(tree, reader, changing);
  const kept = own === undefined ? [] : await removalsIn(tree, reader, othersThan(tree, own));
  const foreign = (await removalsIn(tree, reader)).filter((list) =>
    members.some((member) => isOf(list, member))
  );
  const carried: SignedRemovals[] = [];
  for (const list of [...known, ...longestFirst(kept), ...longestFirst(foreign)]) {
    const isThere = list.devices.every((deviceId) =>
      names([...staying, ...carried], list, deviceId)
    );
    const isTooMany = carried.length >= MAX_LISTS ||
      carried.filter((other) => isOf(list, other)).length >= MAX_LISTS_OF_ONE;
    if (!isThere && !isTooMany) carried.push(list);
  }
  return carried;
}

/** A list of an identity mostly holds all that its earlier ones do. */
function longestFirst(lists: readonly SignedRemovals[]): readonly SignedRemovals[] {
  return lists.toSorted((left, right) => right.devices.length - left.devices.length);
}

function othersThan(tree: Tree, leaf: number): ReadonlySet<number> {
  return new Set(tree.flatMap((_, place) => place / 2 === leaf ? [] : [place / 2]));
}

/** Whether a list is by this very identity of the account. */
export function isOf(
  { accountId, identity }: SignedRemovals,
  account: Pick<RemovedDevice, "accountId" | "identity">,
): boolean {
  return accountId === account.accountId && identity === account.identity;
}

/**
 * Whether a device may not come in, since its account removed it: when a list in the tree names it, and every leaf that
 * stays judges by lists. With one that does not, the others follow the commit, or the group would split; then nothing is
 * said there until the device is out again. The same answer at every member.
 */
export async function isBarred(
  tree: Tree,
  reader: RemovalsReader,
  { leaving, device }: {
    readonly leaving: ReadonlySet<number>;
    readonly device: RemovedDevice;
  },
): Promise<boolean> {
  if (!allJudge(tree, leaving)) return false;
  return names(await removalsIn(tree, reader), device, device.deviceId);
}

/**
 * Those of `removed` that their own account has removed, by a list that the tree carries after the commit; none where some
 * leaf does not judge by lists.
 */
export async function disownedAmong<Device extends RemovedDevice & { readonly leafIndex: number }>(
  removed: readonly Device[],
  reader: RemovalsReader,
  { before, after }: { readonly before: Tree; readonly after: Tree },
): Promise<readonly Device[]> {
  const leaving = new Set(removed.map(({ leafIndex }) => leafIndex));
  if (removed.length === 0 || !allJudge(before, leaving)) return [];
  const lists = await removalsIn(after, reader);
  return removed.filter((device) => names(lists, device, device.deviceId));
}

/** Whether all leaves but those that go are of programs that judge by lists. */
export function allJudge(tree: Tree, leaving: ReadonlySet<number>): boolean {
  return leavesOf(tree, leaving).every(({ leaf }) =>
    leaf.capabilities.extensions.includes(REMOVED_DEVICES)
  );
}

/** A device as its certificate states it. */
export interface RemovedDevice {
  readonly accountId: AccountId;
  readonly identity: Fingerprint;
  readonly deviceId: DeviceId;
}

/** Whether one of the lists, by this very identity, names a device. */
export function names(
  lists: readonly SignedRemovals[],
  account: Pick<RemovedDevice, "accountId" | "identity">,
  deviceId: DeviceId,
): boolean {
  return lists.some((list) => isOf(list, account) && list.devices.includes(deviceId));
}

function leavesOf(tree: Tree, except: ReadonlySet<number>) {
  return tree.flatMap((node, place) =>
    node?.nodeType === "leaf" && !except.has(place / 2) ? [{ leaf: node.leaf }] : []
  );
}

function carriedBy({ extensions }: LeafNode): readonly Bytes[] {
  const found = extensions.find(({ extensionType }) => extensionType === REMOVED_DEVICES);
  if (found === undefined) return [];
  const reader = new ByteReader(asBytes(found.extensionData));
  const count = reader.u16();
  if (count > MAX_LISTS) return [];
  const lists = Array.from({ length: count }, () => reader.blob());
  return reader.done ? lists : [];
}

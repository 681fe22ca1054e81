/** The removed devices that a group's members agree on, as programs ask for them. */

import { Buffer } from "node:buffer";
import { ratchetTreeFromExtension } from "ts-mls/groupInfo.js";
import type { Bytes } from "../../base/bytes.ts";
import { type DeviceId, idBytes } from "../../base/ids.ts";
import type { GroupState } from "./group_state.ts";
import { decodeMessage, withoutThrowing } from "./messages.ts";
import {
  allJudge,
  MAX_LISTS_OF_ONE,
  names,
  removalsIn,
  type RemovalsReader,
  type RemovedDevice,
  type SignedRemovals,
} from "./removed_devices.ts";

/**
 * The lists that the leaves of a group carry, about accounts that have a leaf in it with that very identity, or had till now
 * (`gone`): of each four at most, which name as many devices of the group as can be, then the newest. A leaf carries more, and
 * an account could make its members keep whatever it signs.
 */
export async function removalsOf(
  state: GroupState,
  reader: RemovalsReader,
  gone: readonly RemovedDevice[] = [],
): Promise<readonly SignedRemovals[]> {
  const present = new Map<string, Set<DeviceId>>();
  for (const device of [...state.members, ...gone]) {
    const devices = present.get(keyOf(device)) ?? new Set();
    present.set(keyOf(device), devices.add(device.deviceId));
  }
  const lists = new Map<string, Set<SignedRemovals>>();
  for (const list of await removalsIn(state.use().ratchetTree, reader)) {
    // About others anybody could make up an identity and a list.
    if (!present.has(keyOf(list))) continue;
    lists.set(keyOf(list), (lists.get(keyOf(list)) ?? new Set()).add(list));
  }
  return [...lists].flatMap(([key, found]) => chosenOf([...found], present.get(key) ?? new Set()));
}

function keyOf({ accountId, identity }: Pick<RemovedDevice, "accountId" | "identity">): string {
  return `${identity}/${accountId}`;
}

function chosenOf(
  lists: readonly SignedRemovals[],
  present: ReadonlySet<DeviceId>,
): readonly SignedRemovals[] {
  const unnamed = new Set(present);
  let left = lists.toSorted((one, other) => other.sequence - one.sequence);
  const chosen: SignedRemovals[] = [];
  while (left.length > 0 && chosen.length < MAX_LISTS_OF_ONE) {
    const counts = left.map(({ devices }) => devices.filter((id) => unnamed.has(id)).length);
    const best = left[counts.indexOf(Math.max(...counts))];
    chosen.push(best);
    for (const device of best.devices) unnamed.delete(device);
    left = left.filter((list) => list !== best);
  }
  return chosen;
}

/** Every list that the leaves carry, about whomever. */
export function listsIn(
  state: GroupState,
  reader: RemovalsReader,
): Promise<readonly SignedRemovals[]> {
  return removalsIn(state.use().ratchetTree, reader);
}

/** Whether all members judge by these lists, but for leaves that go: then a removed device is refused, else put out again. */
export function judgesRemovals(state: GroupState, leaving: Iterable<number> = []): boolean {
  return allJudge(state.use().ratchetTree, new Set(leaving));
}

/** Whether the tree of a GroupInfo carries a list that names a device: for who keeps it and is no member. */
export async function isListedIn(
  groupInfo: Bytes,
  device: RemovedDevice,
  reader: RemovalsReader,
): Promise<boolean> {
  // A list has the id as it is: mostly it is not there, and the tree need not be read.
  const { buffer, byteOffset, length } = groupInfo;
  const id = Buffer.from(idBytes(device.deviceId));
  if (!Buffer.from(buffer, byteOffset, length).includes(id)) return false;
  const message = decodeMessage(groupInfo);
  if (message?.wireformat !== "mls_group_info") return false;
  const tree = withoutThrowing(() => ratchetTreeFromExtension(message.groupInfo));
  return tree !== undefined && names(await removalsIn(tree, reader), device, device.deviceId);
}

/** Between what this profile knows of removed devices and what its groups carry (SR-10, docs/removed-devices.md). */

import { describeError, Refusal, TrustError } from "../../base/errors.ts";
import type { AccountId, ConversationId, Peer } from "../../base/ids.ts";
import { logger } from "../../base/log.ts";
import { listsIn, removalsOf } from "../../crypto/mls/group_removals.ts";
import type { GroupMember, GroupState } from "../../crypto/mls/group_state.ts";
import type { OpenedCommit } from "../../crypto/mls/open.ts";
import {
  names,
  type RemovedDevice,
  type SignedRemovals,
} from "../../crypto/mls/removed_devices.ts";
import type { Link } from "../link/link.ts";
import { isDirect, kindOf } from "../store/conversation_kinds.ts";
import type { Messenger } from "../store/messenger.ts";
import type { KnownAccount } from "../store/revocations.ts";

const log = logger("client", "devices");

/** This account, by the identity that it has now. */
export function ownAccount({ profile: { own } }: Pick<Messenger, "profile">): KnownAccount {
  return { accountId: own.account, identity: own.identity.key.fingerprint };
}

/** The lists that are known of these accounts, for a leaf of this device to carry: the own one's first. */
export async function knownRemovals(
  messenger: Messenger,
  accounts: Iterable<KnownAccount>,
): Promise<readonly SignedRemovals[]> {
  const { directory: { revocations, verifier } } = messenger;
  const all = [ownAccount(messenger), ...accounts];
  const known = new Map(all.map((one) => [`${one.identity}/${one.accountId}`, one]));
  const lists: SignedRemovals[] = [];
  for (const account of known.values()) {
    for (const signed of revocations.signedOf(account)) {
      const list = await verifier.readRemovals(signed);
      if (list !== undefined) lists.push(list);
    }
  }
  return lists;
}

/** Those of the devices that a list names which the tree has, or which a commit of this device brings into it. */
export async function namedAmong<Device extends RemovedDevice>(
  messenger: Messenger,
  state: GroupState,
  devices: readonly Device[],
): Promise<readonly Device[]> {
  const carried = await listsIn(state, messenger.directory.verifier);
  const lists = [...carried, ...await knownRemovals(messenger, devices)];
  return devices.filter((device) => names(lists, device, device.deviceId));
}

/** A leaf has room for so many lists only: those come first by which a commit that removes the devices is judged. */
export function namingFirst(
  lists: readonly SignedRemovals[],
  devices: readonly RemovedDevice[],
): readonly SignedRemovals[] {
  const isNaming = (list: SignedRemovals) =>
    devices.some((device) => names([list], device, device.deviceId));
  return [...lists.filter(isNaming), ...lists.filter((list) => !isNaming(list))];
}

/**
 * Whether a group's tree lacks a device of the list that the server has of this account: it has no leaf there, and could come
 * in. Lists of others their own devices bring; and what groups alone say goes no further, or a stolen phone would have all
 * groups commit.
 */
export async function lacksOwn(messenger: Messenger, state: GroupState): Promise<boolean> {
  const self = ownAccount(messenger);
  const { devices } = messenger.directory.revocations.listOf(self);
  if (devices.length === 0) return false;
  const carried = await listsIn(state, messenger.directory.verifier);
  const known = await knownRemovals(messenger, []);
  return devices.some((device) => !names(carried, self, device) && names(known, self, device));
}

/** Takes the lists that a group carries. `gone`: the devices that were in it till now. */
export async function learnRemovals(
  { directory: { revocations, verifier } }: Messenger,
  state: GroupState,
  gone: readonly GroupMember[] = [],
): Promise<void> {
  const lists = await removalsOf(state, verifier, gone);
  revocations.learn(lists, [...state.members, ...gone]);
}

/**
 * What a commit tells of removed devices, and what it gives reason to ask for. `isByName`: an entry of the room says who goes
 * or comes, which is no matter of lists. Rejects as `Link.ask` when the link ends.
 */
export async function learnByCommit(
  messenger: Messenger,
  link: Link,
  commit: OpenedCommit,
  { isByName }: { readonly isByName: boolean },
): Promise<void> {
  const { revocations } = messenger.directory;
  await learnRemovals(messenger, commit.next, commit.removed);
  const gone = isByName ? [] : commit.removed.filter((device) =>
    !revocations.isRevoked(device) &&
    !commit.added.some(({ deviceId }) => deviceId === device.deviceId)
  );
  // A program from before the lists does not carry its account's.
  await askRemovals(messenger, link, [...newcomers(commit), ...gone]);
}

/** Asks for the list of an account of which only rooms know the identity. Rejects as `Link.ask` when the link ends. */
export async function askRemovalsOf(
  messenger: Messenger,
  link: Link,
  accountId: AccountId,
): Promise<void> {
  const { conversations, groups } = messenger;
  for (const { conversation, peer, state } of conversations.list()) {
    if (kindOf(peer).readers !== "members" || state !== "active") continue;
    const member = (await groups.membershipLogOf(conversation))?.members.get(accountId);
    if (member === undefined) continue;
    return await askRemovals(messenger, link, [{ accountId, identity: member.identity }]);
  }
}

/** Devices that were not in before; what only lost its state leaves and comes back in one commit. */
export function newcomers(
  { added, removed }: Pick<OpenedCommit, "added" | "removed">,
): OpenedCommit["added"] {
  return added.filter((one) => !removed.some(({ deviceId }) => deviceId === one.deviceId));
}

/** Asks the server for the lists of accounts. What it holds back, or what is wrong, changes nothing. */
export async function askRemovals(
  { directory }: Messenger,
  link: Link,
  accounts: readonly KnownAccount[],
): Promise<void> {
  const asked = new Map(accounts.map(({ accountId, identity }) => [accountId, identity]));
  for (const [account, pinned] of asked) {
    try {
      const { entry: { identity }, revocations: bytes } = await directory.lookUp(link, account);
      // In the group only the word of the identity that it has there counts.
      if (identity.fingerprint !== pinned) continue;
      await directory.revocations.take({ account, identity, bytes });
    } catch (error) {
      if (!(error instanceof Refusal || error instanceof TrustError)) throw error;
      log.warn("cannot learn removed devices", { reason: describeError(error) });
    }
  }
}

// Whether a device that its account removed is in a group: then nothing is sealed there until it is out (SR-10, SR-12).

/** The devices of others and of the own account that are on a list which is known here. */
export function removedIn(
  { directory: { revocations } }: Messenger,
  { members, ownLeafIndex }: GroupState,
): readonly GroupMember[] {
  return members.filter((member) =>
    member.leafIndex !== ownLeafIndex && revocations.isRevoked(member)
  );
}

/** Whether what is sealed from this state could be read by a removed device. To be asked in the transaction that seals. */
export function isHeldByRemoved(
  messenger: Messenger,
  conversation: ConversationId,
  state: GroupState,
): boolean {
  const swept = messenger.conversations.find(conversation)?.swept ?? 0;
  return swept < messenger.directory.revocations.revision &&
    removedIn(messenger, state).length > 0;
}

/** Throws TrustError `removed-device` while such a device is in. */
export async function requireSwept(
  messenger: Messenger,
  conversation: ConversationId,
): Promise<void> {
  const peer = messenger.conversations.find(conversation)?.peer;
  const group = await messenger.groups.load(conversation);
  const [removed] = group === undefined ? [] : removedIn(messenger, group.state);
  if (removed !== undefined && peer !== undefined) throw heldError(peer, removed);
}

/** Why nothing is said there: the device cannot be put out from here. In a room its account can. */
export function heldError(
  peer: Peer,
  { accountId: account, deviceId: device }: GroupMember,
): TrustError {
  const until = kindOf(peer).remedy === "repair"
    ? `until ${account} comes online, or an owner removes ${account}`
    : "until it is out, or the conversation starts again";
  return new TrustError(
    "removed-device",
    `A device that ${account} removed is still in ${
      isDirect(peer) ? `the conversation with ${peer}` : peer
    }: no messages are sent there ${until}`,
    { details: { account, device } },
  );
}

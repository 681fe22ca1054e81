/** Whether a device that its account removed is in a group: then nothing is sealed there until it is out (SR-10, SR-12). */

import { TrustError } from "../../base/errors.ts";
import { type ConversationId, isRoom, type Peer } from "../../base/ids.ts";
import type { GroupMember, GroupState } from "../../crypto/mls/group_state.ts";
import type { Messenger } from "../store/messenger.ts";

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
  const until = isRoom(peer)
    ? `until ${account} comes online, or an owner removes ${account}`
    : "until it is out, or the conversation begins anew";
  return new TrustError(
    "removed-device",
    `A device that ${account} removed is still in ${
      isRoom(peer) ? peer : `the conversation with ${peer}`
    }: nothing is sent there ${until}`,
    { details: { account, device } },
  );
}

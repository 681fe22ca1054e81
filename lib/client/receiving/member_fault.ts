/**
 * What a member's own signature proves against them (SR-28): their device sealed what contradicts what it sealed before, or what every
 * member of the epoch knows. The server can do neither, so it is the member who is named, and who alone is held. Pure.
 */

import { type AccountId, isRoom, type Peer, roomNumber } from "../../base/ids.ts";

const FAULTS = {
  /** Two payloads of it do not belong to one chain. */
  "chain-broken": "sent a message that contradicts its earlier ones",
  /** It confirmed what it cannot have seen. */
  "false-receipt": "confirmed messages that it cannot have seen",
} as const;

/** What a device did; the code of the line. */
export type MemberFault = keyof typeof FAULTS;

/** The line that stays in the conversation. */
export function faultText(
  fault: MemberFault,
  { peer, account, own }: { peer: Peer; account: AccountId; own: boolean },
): string {
  const fact = FAULTS[fault];
  if (own) {
    return `A device of yours ${fact}: its messages are hidden until it starts again. ` +
      "If you do not know why, remove it: device remove";
  }
  if (!isRoom(peer)) {
    return `A device of ${account} ${fact}: do not rely on this conversation. No more messages are sent`;
  }
  return `A device of ${account} ${fact}: its messages are hidden until it rejoins with fresh keys. ` +
    `The other members continue. An owner or moderator can remove ${account}: room remove ${
      roomNumber(peer)
    } ${account}`;
}

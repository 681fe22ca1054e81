/** What a feature is given of a sealed message, and what it makes of it. */

import type { AccountId, ConversationId, DeviceId, Peer } from "../../base/ids.ts";
import type { GroupMember } from "../../crypto/mls/group_state.ts";
import type { MembershipLog } from "../../crypto/room/membership_log.ts";
import type { HistoryEntry } from "./history.ts";
import type { PeerMessage } from "./inbound.ts";

/** The messages of one family. */
export type FamilyMessage<Family extends string> = Extract<
  PeerMessage,
  { readonly kind: `${Family}.${string}` }
>;

/** Whether a message is of a family. */
export function isOf<Family extends "file" | "direct" | "stream" | "room">(
  message: PeerMessage,
  family: Family,
): message is FamilyMessage<Family> {
  return message.kind.startsWith(`${family}.`);
}

/** Who said it, where and when. */
export interface Speaker {
  readonly from: AccountId;
  readonly device: DeviceId;
  /** A device of one's own said it. */
  readonly own: boolean;
  readonly peer: Peer;
  readonly conversation: ConversationId;
  /** Of the conversation, in which it was sealed. */
  readonly epoch: number;
  /** The server's number of it in the conversation. Undefined for what had waited for the person's word. */
  readonly seq: number | undefined;
  /** The server's clock. */
  readonly atMs: number;
}

/** What it comes to: lines for the person, and what is written in the transaction that stores them. */
export interface PeerNews {
  readonly lines: readonly { readonly code: string; readonly text: string }[];
  readonly write?: () => void;
}

/** Where something was said about a room, and by whom: the leaf that sealed it. */
export interface RoomSpeaker {
  readonly conversation: ConversationId;
  /** Undefined: between two people, not in a room. */
  readonly membershipLog: MembershipLog | undefined;
  readonly sender: GroupMember;
  /** Whether this run of envelopes holds an entry already. */
  readonly isTold: (id: string) => boolean;
}

/** What that comes to. */
export interface RoomNews {
  /** For the conversation itself. */
  readonly lines: PeerNews["lines"];
  /** As they are. */
  readonly entries: readonly HistoryEntry[];
  /** In the transaction that stores them. */
  readonly writes: readonly (() => void)[];
}

/**
 * The kinds of conversations: how somebody comes in, who may read what is said there, and how that is protected. Whoever asks
 * one of these asks here, so that a further kind is a row; what a room alone has is asked of the room (`isRoom`).
 */

import { Bug } from "../../base/errors.ts";
import { type AccountId, isRoom, type Peer } from "../../base/ids.ts";

/** One kind. */
export interface ConversationKind {
  /** As it stands in a mark of the interface. */
  readonly name: string;
  /** Which conversations are of it. Undefined: what is said to everyone. `isOpen`: what a room's first entry says. */
  readonly holds: (peer: Peer | undefined, isOpen: boolean) => boolean;
  /** The first text opens it with a contact; a member invites; who has an account is in, or may come in. */
  readonly join: "contact" | "invitation" | "account";
  /** The two and their devices; whom the membership log has; everyone, the server too. */
  readonly readers: "two" | "members" | "everyone";
  /** End-to-end encrypted by a group of devices; or only signed by who says it. */
  readonly protection: "sealed" | "signed";
  /** The server numbers what is said, and all have the same numbers. */
  readonly isNumbered: boolean;
  /** How it goes on when it is out of step: whoever is in begins it anew; an owner repairs it for all; it never is. */
  readonly remedy: "anew" | "repair" | "none";
  /** What stands wherever it is shown, so that nobody takes it for something narrower. */
  readonly notice?: string;
}

/** The registry: the first that holds a conversation is its kind. */
export const CONVERSATION_KINDS: readonly ConversationKind[] = [
  {
    name: "broadcast",
    holds: (peer) => peer === undefined,
    join: "account",
    readers: "everyone",
    protection: "signed",
    isNumbered: true,
    remedy: "none",
  },
  {
    name: "open room",
    holds: (peer, isOpen) => isOpen && peer !== undefined && isRoom(peer),
    join: "account",
    readers: "members",
    protection: "sealed",
    isNumbered: true,
    remedy: "repair",
    notice: "open: everyone on this server can join and read from then on",
  },
  {
    name: "room",
    holds: (peer) => peer !== undefined && isRoom(peer),
    join: "invitation",
    readers: "members",
    protection: "sealed",
    isNumbered: true,
    remedy: "repair",
  },
  {
    name: "direct",
    holds: (peer) => peer !== undefined && !isRoom(peer),
    join: "contact",
    readers: "two",
    protection: "sealed",
    isNumbered: false,
    remedy: "anew",
  },
];

/**
 * The kind of a conversation; undefined: of what is said to everyone. Whether a room is open its membership log says; without
 * that it is taken for one that invites, of which the rest is the same.
 */
export function kindOf(peer: Peer | undefined, isOpen = false): ConversationKind {
  const kind = CONVERSATION_KINDS.find(({ holds }) => holds(peer, isOpen));
  if (kind === undefined) throw new Bug(`No kind of conversation holds ${peer}`);
  return kind;
}

/** The kind of where an entry of the history was said. */
export function kindOfEntry(
  { kind, peer }: { readonly kind: string; readonly peer: Peer },
): ConversationKind {
  return kindOf(kind === "broadcast" ? undefined : peer);
}

/** Whether two people alone read it. */
export function isDirect(peer: Peer): peer is AccountId {
  return kindOf(peer).readers === "two";
}

/**
 * A kind of conversation that no program has, put among those of the registry: import this first. A room that everybody here is
 * in, whose texts are signed and not sealed.
 */

import { roomHandle } from "../../lib/base/ids.ts";
import {
  CONVERSATION_KINDS,
  type ConversationKind,
} from "../../lib/client/store/conversation_kinds.ts";

/** One of that kind. */
export const OPEN_ROOM = roomHandle(900);

/** The kind. */
export const PLANTED: ConversationKind = {
  name: "open room",
  holds: (peer) => peer === OPEN_ROOM,
  join: "account",
  readers: "everyone",
  protection: "signed",
  isNumbered: true,
  remedy: "none",
};

// The registry is read-only to the programs, not to whoever plants a kind.
(CONVERSATION_KINDS as ConversationKind[]).unshift(PLANTED);

/** What a person's eyes and fingers do, for those who tell theirs too: sealed, and never kept as something said. */

import { count, definitions, hex } from "../schema.ts";
import { sealedFields } from "./payload.ts";

/** How long "is typing" holds; whoever goes on typing says it again before that. */
export const TYPING_SECONDS = 8;

/** Up to which text the person has seen this conversation. */
const attentionSeen = sealedFields("attention.seen", {
  /** Envelope id of the last text of others that was shown. */
  target: hex(16),
});

/** The person is typing a text here. */
const attentionTyping = sealedFields("attention.typing", {
  /** How long that holds; 0: no longer. */
  seconds: count(TYPING_SECONDS),
});

/** They, by kind. */
export const ATTENTION_MESSAGES = definitions({
  "attention.seen": attentionSeen,
  "attention.typing": attentionTyping,
});

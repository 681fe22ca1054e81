/** Changes and timers that came sealed: what is written with them. Whether a change counts is judged when its text is here. */

import { utf8 } from "../../base/bytes.ts";
import type { AccountId, ConversationId, Peer } from "../../base/ids.ts";
import type { ChatMessage } from "../../protocol/peer/chat.ts";
import type { Messenger } from "../store/messenger.ts";
import type { StoredChange } from "../store/change_store.ts";
import { timerWords } from "../store/timers.ts";

/** A change as it was opened. */
export type ChangeMessage = Extract<
  ChatMessage,
  { readonly kind: "chat.edit" | "chat.delete" | "chat.reaction" }
>;
/** A timer as it was opened. */
export type TimerMessage = Extract<ChatMessage, { readonly kind: "chat.timer" }>;

/** By whom and in what it was sealed (SR-11). */
export interface SealedBy {
  readonly conversation: ConversationId;
  readonly account: AccountId;
  readonly epoch: number;
  /** The server's clock. */
  readonly atMs: number;
}

/** What to write in the transaction that stores the envelope. */
export async function readChange(
  { profile: { vault }, history: { changes } }: Messenger,
  message: ChangeMessage,
  by: SealedBy,
): Promise<() => void> {
  const { id, target } = message.fields;
  const { kind, revision, content } = factsOf(message);
  const sealed = await vault.seal("change", id, utf8(content));
  return () => changes.put({ ...by, target, kind, revision, id, sealed });
}

function factsOf(message: ChangeMessage): Pick<StoredChange, "kind" | "revision"> & {
  readonly content: string;
} {
  switch (message.kind) {
    case "chat.edit":
      return { kind: "edit", revision: message.fields.revision, content: message.text };
    case "chat.delete":
      return { kind: "delete", revision: 1, content: "" };
    case "chat.reaction": {
      const { revision, emojis } = message.fields;
      return { kind: "reaction", revision, content: JSON.stringify(emojis) };
    }
  }
}

/** A line of the program, when it says something new, and what to write. */
export function readTimer(
  { profile: { own }, conversations: { timers } }: Messenger,
  { fields }: TimerMessage,
  { conversation, peer, account }: Pick<SealedBy, "conversation" | "account"> & {
    readonly peer: Peer;
  },
): { readonly line: string | undefined; write(): void } {
  const { id, seconds, revision } = fields;
  const before = timers.find(peer);
  const who = account === own.account ? "You" : account;
  const isNews = seconds !== (before?.seconds ?? 0);
  return {
    line: isNews ? timerWords(who, seconds) : undefined,
    write: () => void timers.put({ peer, conversation, seconds, revision, id }),
  };
}

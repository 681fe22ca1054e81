/** What the parts of messaging share: one profile's stores, made once. */

import type { AccountId, ConversationId, DeviceId } from "../../base/ids.ts";
import type { CertificateVerifier } from "../../crypto/mls/certificates.ts";
import type { Profile } from "../profile/profile.ts";
import { Chains } from "./chain.ts";
import { Contacts } from "./contacts.ts";
import { Conversations } from "./conversations.ts";
import type { Directory } from "./directory.ts";
import { Groups } from "./groups.ts";
import { type HistoryEntry } from "./history.ts";
import type { History } from "./history.ts";
import { Outbox } from "./outbox.ts";

/** Told as it happens, after it was stored. */
export type MessagingEvent =
  | { readonly type: "entry"; readonly entry: HistoryEntry }
  | {
    readonly type: "delivery";
    readonly id: string;
    readonly state: "sent" | "delivered" | "failed";
  };

export interface Messenger {
  readonly profile: Profile;
  readonly verifier: CertificateVerifier;
  readonly contacts: Contacts;
  readonly conversations: Conversations;
  readonly groups: Groups;
  readonly chains: Chains;
  readonly outbox: Outbox;
  readonly history: History;
  readonly directory: Directory;
  readonly onEvent: (event: MessagingEvent) => void;
}

export function makeMessenger(
  parts: Pick<Messenger, "profile" | "verifier" | "history" | "directory" | "contacts" | "onEvent">,
): Messenger {
  const { profile } = parts;
  return {
    ...parts,
    conversations: new Conversations(profile.database),
    groups: new Groups(profile),
    chains: new Chains(profile.database),
    outbox: new Outbox(profile.database),
  };
}

/** A line of the program itself in a conversation: it stays there, and no text of others looks like it. */
export function noticeEntry(
  messenger: Messenger,
  about: {
    conversation: ConversationId;
    peer: AccountId;
    code: string;
    text: string;
    device?: DeviceId;
  },
): HistoryEntry {
  const nowMs = messenger.profile.clock.nowMs();
  return {
    id: about.code,
    conversation: about.conversation,
    peer: about.peer,
    from: about.peer,
    device: about.device,
    own: false,
    kind: "notice",
    text: about.text,
    sentAtMs: nowMs,
    atMs: nowMs,
  };
}

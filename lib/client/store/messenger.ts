/** What the parts of messaging share: one profile's stores, made once. */

import {
  type AccountId,
  type ConversationId,
  type DeviceId,
  isRoom,
  type Peer,
} from "../../base/ids.ts";
import { CertificateVerifier } from "../../crypto/mls/certificates.ts";
import type { MembershipLog } from "../../crypto/room/membership_log.ts";
import type { MembershipLogChange } from "../../crypto/room/commit_data.ts";
import type { Profile } from "../profile/profile.ts";
import { Chains } from "./chains.ts";
import { type Contact, Contacts } from "./contacts.ts";
import { Conversations } from "./conversations.ts";
import { Directory } from "./directory.ts";
import { Drafts } from "./drafts.ts";
import { Groups } from "./groups.ts";
import { History, type HistoryEntry } from "./history.ts";
import { Outbox, type OutboxRow } from "./outbox.ts";
import type { FamilyMessage, PeerNews, RoomNews, RoomSpeaker, Speaker } from "./peer_news.ts";
import { DeferredEnvelopes } from "./deferred.ts";

/** Told as it happens, after it was stored. */
export type MessagingEvent =
  | { readonly type: "entry"; readonly entry: HistoryEntry }
  | {
    readonly type: "delivery";
    readonly id: string;
    readonly state: "sent" | "delivered" | "failed";
  }
  /** The server handed something on that is no broadcast, or was said before: it is not shown (SR-60). */
  | { readonly type: "broadcast-refused"; readonly number: number; readonly code: string }
  /** Somebody whom this person does not know writes for the first time: it waits for their word. */
  | { readonly type: "request"; readonly account: AccountId }
  /** Something was read at another device of the account. Undefined: broadcasts. */
  | { readonly type: "read"; readonly peer: Peer | undefined }
  /** An account has another identity than the pinned one: `changed` holds what would leave for it, `rotated` does not. */
  | {
    readonly type: "identity";
    readonly contact: Contact;
    readonly meeting: "changed" | "rotated";
  };

/** Takes the messages of a family. */
type TakeMessage<Family extends string> = (
  profile: Profile,
  message: FamilyMessage<Family>,
  speaker: Speaker,
) => Promise<PeerNews>;

/**
 * What the features make of sealed messages, by family: sending and receiving reach them by this table only. Texts, changes to
 * them and receipts are no feature.
 */
export interface MessageFamilies {
  readonly file: TakeMessage<"file">;
  readonly direct: TakeMessage<"direct">;
  readonly stream: TakeMessage<"stream">;
  readonly room: {
    readonly take: (
      messenger: Messenger,
      message: FamilyMessage<"room">,
      said: RoomSpeaker,
    ) => Promise<RoomNews>;
    /** What somebody else's commit did to a room. */
    readonly changed: (
      profile: Profile,
      conversation: ConversationId,
      change: MembershipLogChange & { readonly epoch: number },
    ) => PeerNews;
    /** What an own commit did to one: the server delivers it to everyone else. */
    readonly changedHere: (
      messenger: Messenger,
      row: OutboxRow,
      logs: { readonly before: MembershipLog; readonly after: MembershipLog },
    ) => Promise<{ readonly entries: readonly HistoryEntry[]; readonly write: () => void }>;
  };
}

/** The stores of one profile, and who is told what happens. */
export interface Messenger {
  readonly profile: Profile;
  readonly verifier: CertificateVerifier;
  readonly contacts: Contacts;
  readonly conversations: Conversations;
  readonly groups: Groups;
  readonly chains: Chains;
  readonly drafts: Drafts;
  readonly outbox: Outbox;
  readonly parked: DeferredEnvelopes;
  readonly history: History;
  readonly directory: Directory;
  readonly families: MessageFamilies;
  readonly onEvent: (event: MessagingEvent) => void;
}

/** Makes the stores of an unlocked profile. `onEvent` must not throw. */
export function makeMessenger(
  profile: Profile,
  families: MessageFamilies,
  onEvent: (event: MessagingEvent) => void,
): Messenger {
  return { ...makeStores(profile), families, onEvent };
}

/** The same for somebody who neither sends nor receives. */
export function makeStores(profile: Profile): Omit<Messenger, "families" | "onEvent"> {
  const { database, vault } = profile;
  const directory = new Directory(profile);
  return {
    profile,
    directory,
    verifier: new CertificateVerifier(profile.own.serverId, directory),
    contacts: new Contacts(profile),
    conversations: new Conversations(database),
    groups: new Groups(profile),
    chains: new Chains(database),
    drafts: new Drafts(profile),
    outbox: new Outbox(database),
    parked: new DeferredEnvelopes(database),
    history: new History(database, vault),
  };
}

/** What a line of the program itself is about. */
export interface Notice {
  readonly conversation: ConversationId | undefined;
  readonly peer: Peer;
  /** Stable, for programs. */
  readonly code: string;
  readonly text: string;
  readonly device?: DeviceId;
}

/** A line of the program itself in a conversation: it stays there, and no text of others looks like it. */
export function noticeEntry({ profile }: Messenger, about: Notice): HistoryEntry {
  const nowMs = profile.clock.nowMs();
  return {
    id: about.code,
    conversation: about.conversation,
    peer: about.peer,
    from: isRoom(about.peer) ? profile.own.account : about.peer,
    device: about.device,
    own: false,
    kind: "notice",
    text: about.text,
    sentAtMs: nowMs,
    atMs: nowMs,
  };
}

/** Writes lines, and whatever `also` writes, in one transaction, then tells of them. See `History.append`. */
export async function record(
  { history, onEvent }: Messenger,
  entries: readonly HistoryEntry[],
  also: () => boolean = () => true,
): Promise<boolean> {
  const written = await history.append(entries, also);
  if (written) { for (const entry of entries) onEvent({ type: "entry", entry }); }
  return written;
}

/** Writes one line of the program. */
export async function note(messenger: Messenger, about: Notice): Promise<void> {
  await record(messenger, [noticeEntry(messenger, about)]);
}

/** What the parts of messaging share: a profile's stores, the features, and who is told what happens. */

import {
  type AccountId,
  type ConversationId,
  type DeviceId,
  isRoom,
  type Peer,
} from "../../base/ids.ts";
import type { MembershipLog } from "../../crypto/room/membership_log.ts";
import type { MembershipLogChange } from "../../crypto/room/commit_data.ts";
import type { Profile } from "../profile/profile.ts";
import type { Contact } from "./contacts.ts";
import type { HistoryEntry } from "./history.ts";
import type { OutboxRow } from "./outbox.ts";
import { makeStores, type Stores } from "./stores.ts";
import type { PeerNews, SealedFamilies } from "./families.ts";

/** Told as it happens, after it was stored. */
export type MessagingEvent =
  | { readonly type: "entry"; readonly entry: HistoryEntry }
  | {
    readonly type: "delivery";
    readonly id: string;
    readonly state: "sent" | "delivered" | "failed";
    /** Of a text that was sent to a room: its number there. */
    readonly number?: number | undefined;
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

/** What commits do to rooms, besides who can read them. */
export interface RoomCommits {
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
}

/** What sending and receiving know of the features. */
export interface Features {
  readonly families: SealedFamilies;
  readonly roomCommits: RoomCommits;
}

/** The stores of one profile, what the features add, and who is told what happens. */
export interface Messenger extends Stores {
  readonly features: Features;
  readonly onEvent: (event: MessagingEvent) => void;
}

/** Makes the stores of an unlocked profile. `onEvent` must not throw. */
export function makeMessenger(
  profile: Profile,
  features: Features,
  onEvent: (event: MessagingEvent) => void,
): Messenger {
  return { ...makeStores(profile), features, onEvent };
}

/** What a line of the program itself is about. */
export interface Notice extends Pick<HistoryEntry, "transfer" | "stream"> {
  readonly conversation: ConversationId | undefined;
  readonly peer: Peer;
  /** Stable, for programs. */
  readonly code: string;
  readonly text: string;
  readonly device?: DeviceId;
  /** It tells what the person began. */
  readonly own?: boolean;
}

/** A line of the program itself in a conversation: it stays there, and no text of others looks like it. */
export function noticeEntry({ profile }: Pick<Messenger, "profile">, about: Notice): HistoryEntry {
  const nowMs = profile.clock.nowMs();
  const { own = false, transfer, stream } = about;
  return {
    id: about.code,
    conversation: about.conversation,
    peer: about.peer,
    from: own || isRoom(about.peer) ? profile.own.account : about.peer,
    device: about.device,
    own,
    kind: "notice",
    text: about.text,
    sentAtMs: nowMs,
    atMs: nowMs,
    ...transfer !== undefined && { transfer },
    ...stream !== undefined && { stream },
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

/**
 * The registry of sealed families: what a feature makes of its messages. Sending and receiving reach features by it alone;
 * texts, changes to them and receipts are no feature.
 */

import { Bug } from "../../base/errors.ts";
import type { AccountId, ConversationId, DeviceId, Fingerprint, Peer } from "../../base/ids.ts";
import type { MembershipLog } from "../../crypto/room/membership_log.ts";
import { CHAT_MESSAGES } from "../../protocol/peer/chat.ts";
import {
  isOf,
  type MessageOf,
  type SealedKinds,
  type SealedMessage,
} from "../../protocol/peer/payload.ts";
import { RECEIPT_MESSAGES } from "../../protocol/peer/receipt.ts";
import type { HistoryEntry } from "./history.ts";
import type { Stores } from "./stores.ts";

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

/** What else is known while its envelope is read. */
export interface Reader {
  /** By the leaf that sealed it. */
  readonly identity: Fingerprint;
  /** Undefined: between two people, not in a room. */
  readonly membershipLog: MembershipLog | undefined;
  /** Whether this run of envelopes holds an entry already. */
  readonly isTold: (id: string) => boolean;
}

/** A line of the program, and what it is about. */
export interface NewsLine extends Pick<HistoryEntry, "transfer" | "stream"> {
  readonly code: string;
  readonly text: string;
}

/** What it comes to: how it is shown, and what is written in the transaction that stores that. */
export interface PeerNews {
  /** For the conversation itself, in every front end; `code` is stable, for programs. */
  readonly lines: readonly NewsLine[];
  /** Of other conversations or other people, as they are. */
  readonly entries?: readonly HistoryEntry[];
  readonly write?: () => void;
}

/** What a message of somebody unknown comes to before the person has decided. */
export type StrangersMessage =
  /** It waits with its id, and is taken once they are accepted; `text` stands in its place, for its words are a stranger's. */
  | { readonly result: "asks"; readonly id: string; readonly text: string }
  /** What waits with this id does so no longer. */
  | { readonly result: "withdraws"; readonly id: string };

/** One family: how its kinds are read, and what becomes of them. */
interface Family<Kinds, Message> {
  readonly kinds: Kinds;
  /** Strangers are heard like everybody: the feature itself judges them. */
  readonly hearsStrangers?: boolean;
  /** Takes one. `reader` is undefined for what had waited. Rejects when the profile cannot be read. */
  take(
    stores: Stores,
    message: Message,
    speaker: Speaker,
    reader: Reader | undefined,
  ): Promise<PeerNews>;
  /** Nothing is kept of a stranger's message for which it says nothing. */
  ofStranger?(message: Message): StrangersMessage | undefined;
}

/** A family among others. */
export type SealedFamily = Required<Family<SealedKinds, SealedMessage>>;

/** A family of these kinds. */
export function sealedFamily<Kinds extends SealedKinds>(
  family: Family<Kinds, MessageOf<Kinds>>,
): SealedFamily {
  const { kinds, hearsStrangers = false } = family;
  return {
    kinds,
    hearsStrangers,
    async take(stores, message, speaker, reader) {
      if (!isOf(kinds, message)) throw new Bug(`${message.kind} is of another family`);
      return await family.take(stores, message, speaker, reader);
    },
    ofStranger: (message) => isOf(kinds, message) ? family.ofStranger?.(message) : undefined,
  };
}

/** The families of a program. */
export class SealedFamilies {
  /** How each kind is read, by name. What is not here a newer program wrote. */
  readonly kinds: ReadonlyMap<string, SealedKinds[string]>;
  readonly #families = new Map<string, SealedFamily>();

  /** Throws Bug for a kind that two of them claim. */
  constructor(families: readonly SealedFamily[]) {
    const own = [CHAT_MESSAGES, RECEIPT_MESSAGES].flatMap((kinds) => Object.values(kinds));
    const kinds = new Map<string, SealedKinds[string]>(own.map((kind) => [kind.kind, kind]));
    for (const family of families) {
      for (const [kind, definition] of Object.entries(family.kinds)) {
        if (kinds.has(kind)) throw new Bug(`Two families claim the sealed kind ${kind}`);
        kinds.set(kind, definition);
        this.#families.set(kind, family);
      }
    }
    this.kinds = kinds;
  }

  /** The feature that a message is for; undefined for texts, changes to them and receipts. */
  of({ kind }: SealedMessage): SealedFamily | undefined {
    return this.#families.get(kind);
  }
}

/** What was said in a conversation, as it is opened: texts, changes to them, timers. Nothing is written before the run is. */

import type { AccountId } from "../../base/ids.ts";
import type { Charter } from "../../crypto/room/charter.ts";
import { noteText } from "../rooms/room_reading.ts";
import type { Conversation } from "../messaging/conversations.ts";
import type { HistoryEntry } from "../messaging/history.ts";
import type { PeerMessage } from "../messaging/inbound.ts";
import { type Messenger, noticeEntry } from "../messaging/messenger.ts";
import { type Officers, officersIn, officersOf, sealOfficers } from "../messaging/officers.ts";
import type { OpenedEnvelope } from "../messaging/opening.ts";
import { readChange, readTimer, type TimerMessage } from "./change_reading.ts";

/** What a person said or did. */
export type ChatMessage = Extract<PeerMessage, { readonly kind: `chat.${string}` }>;
type Opened = Extract<OpenedEnvelope["opened"], { kind: "application" }>;

/** The envelope around it: the server's word. */
export interface EnvelopeFacts {
  readonly atMs: number;
  readonly place?: number | undefined;
}

/** Lines of the history, and what is written with them. */
export interface ChatNews {
  readonly entries: readonly HistoryEntry[];
  readonly write?: () => void;
}

/** Reads what people say in one run of envelopes. */
export class ChatReading {
  readonly #messenger: Messenger;
  readonly #conversation: Conversation;
  /** Of a room, by epoch: what a member says is judged by the one that it was sealed in. */
  readonly #charters = new Map<number, Charter>();
  readonly #isRoom: boolean;

  constructor(
    messenger: Messenger,
    conversation: Conversation,
    { epoch, charter }: { readonly epoch: number; readonly charter: Charter | undefined },
  ) {
    this.#messenger = messenger;
    this.#conversation = conversation;
    this.#isRoom = charter !== undefined;
    if (charter !== undefined) this.#charters.set(epoch, charter);
  }

  /** A commit began an epoch. Returns what to write of it. */
  async begin(
    { epoch, transcript }: { epoch: number; transcript: Uint8Array<ArrayBuffer> },
    charter: Charter | undefined,
  ): Promise<() => void> {
    const { profile, groups } = this.#messenger;
    const { conversation } = this.#conversation;
    if (charter !== undefined) this.#charters.set(epoch, charter);
    const officers = charter && await sealOfficers(profile, charter, epoch);
    return () => groups.epochs.remember({ conversation, epoch, transcript, officers });
  }

  /** The sender is the leaf that sealed it, whatever the payload or the server says (SR-11). */
  async read(message: ChatMessage, opened: Opened, envelope: EnvelopeFacts): Promise<ChatNews> {
    const { conversation } = this.#conversation;
    const { sender: { accountId: account }, epoch } = opened;
    switch (message.kind) {
      case "chat.text":
        return this.#text(message, opened, envelope);
      case "chat.timer":
        return await this.#timer(message, { account, epoch });
      default: {
        const by = { conversation, account, epoch, atMs: envelope.atMs };
        return { entries: [], write: await readChange(this.#messenger, message, by) };
      }
    }
  }

  #text(
    { fields, text }: Extract<ChatMessage, { kind: "chat.text" }>,
    { sender: { accountId: from, deviceId: device } }: Opened,
    { atMs, place }: EnvelopeFacts,
  ): ChatNews {
    const { profile } = this.#messenger;
    const { conversation, peer } = this.#conversation;
    const { id, sentAtMs, replyTo, expireSeconds } = fields;
    const entry: HistoryEntry = {
      id,
      conversation,
      peer,
      from,
      device,
      own: from === profile.own.account,
      kind: "text",
      text,
      sentAtMs,
      atMs,
      ...(place === undefined ? {} : { number: place }),
      ...(replyTo === undefined ? {} : { replyTo }),
      ...(expireSeconds === undefined ? {} : { expireSeconds }),
    };
    if (!this.#isRoom) return { entries: [entry] };
    return { entries: [entry], write: noteText(profile, conversation, id) };
  }

  /** In a room only of those who were in charge of it when they said so. */
  async #timer(
    message: TimerMessage,
    { account, epoch }: { account: AccountId; epoch: number },
  ): Promise<ChatNews> {
    const { conversation, peer } = this.#conversation;
    if (this.#isRoom && !(await this.#officersIn(epoch)).has(account)) {
      const text = `${account} may not say here when messages disappear`;
      return { entries: [this.#line("refused-timer", text)] };
    }
    const { line, write } = readTimer(this.#messenger, message, { conversation, peer, account });
    return { entries: line === undefined ? [] : [this.#line("timer", line)], write };
  }

  async #officersIn(epoch: number): Promise<Officers> {
    const charter = this.#charters.get(epoch);
    return charter === undefined
      ? await officersIn(this.#messenger, this.#conversation.conversation, epoch)
      : officersOf(charter);
  }

  #line(code: string, text: string): HistoryEntry {
    const { conversation, peer } = this.#conversation;
    return noticeEntry(this.#messenger, { conversation, peer, code, text });
  }
}

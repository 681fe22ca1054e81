/** What was said in a conversation, as it is opened: texts, changes to them, timers. Nothing is written before the run is. */

import type { AccountId } from "../../base/ids.ts";
import type { MembershipLog } from "../../crypto/room/membership_log.ts";
import type { ChatMessage } from "../../protocol/peer/chat.ts";
import { knowText } from "../store/room_texts.ts";
import type { Conversation } from "../store/conversations.ts";
import type { HistoryEntry } from "../store/history.ts";
import { type Messenger, noticeEntry } from "../store/messenger.ts";
import { type RoomAdmins, roomAdminsIn, roomAdminsOf, sealRoomAdmins } from "../store/epochs.ts";
import type { OpenedEnvelope } from "./opening.ts";
import { readChange, readTimer, type TimerMessage } from "../talk/change_reading.ts";

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
  readonly #membershipLogs = new Map<number, MembershipLog>();
  readonly #isRoom: boolean;

  constructor(
    messenger: Messenger,
    conversation: Conversation,
    { epoch, membershipLog }: {
      readonly epoch: number;
      readonly membershipLog: MembershipLog | undefined;
    },
  ) {
    this.#messenger = messenger;
    this.#conversation = conversation;
    this.#isRoom = membershipLog !== undefined;
    if (membershipLog !== undefined) this.#membershipLogs.set(epoch, membershipLog);
  }

  /** A commit began an epoch. Returns what to write of it. */
  async begin(
    { epoch, transcript }: { epoch: number; transcript: Uint8Array<ArrayBuffer> },
    membershipLog: MembershipLog | undefined,
  ): Promise<() => void> {
    const { profile, groups } = this.#messenger;
    const { conversation } = this.#conversation;
    if (membershipLog !== undefined) this.#membershipLogs.set(epoch, membershipLog);
    const roomAdmins = membershipLog && await sealRoomAdmins(profile, membershipLog, epoch);
    return () => groups.epochs.remember({ conversation, epoch, transcript, roomAdmins });
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
    return { entries: [entry], write: () => knowText(profile.database, conversation, id) };
  }

  /** In a room only of those who were in charge of it when they said so. */
  async #timer(
    message: TimerMessage,
    { account, epoch }: { account: AccountId; epoch: number },
  ): Promise<ChatNews> {
    const { conversation, peer } = this.#conversation;
    if (this.#isRoom && !(await this.#roomAdminsIn(epoch)).has(account)) {
      const text = `${account} may not set when messages disappear here`;
      return { entries: [this.#line("refused-timer", text)] };
    }
    const { line, write } = readTimer(this.#messenger, message, { conversation, peer, account });
    return { entries: line === undefined ? [] : [this.#line("timer", line)], write };
  }

  async #roomAdminsIn(epoch: number): Promise<RoomAdmins> {
    const membershipLog = this.#membershipLogs.get(epoch);
    return membershipLog === undefined
      ? await roomAdminsIn(this.#messenger, this.#conversation.conversation, epoch)
      : roomAdminsOf(membershipLog);
  }

  #line(code: string, text: string): HistoryEntry {
    const { conversation, peer } = this.#conversation;
    return noticeEntry(this.#messenger, { conversation, peer, code, text });
  }
}

/** The way from what happens at one node of a server to the sessions and services at all of them. */

import type { Bytes } from "../../base/bytes.ts";
import type { AccountId, ConversationId, DeviceId, StreamId, UploadId } from "../../base/ids.ts";
import type { HopPushKind, PushFields } from "../../protocol/hop/mod.ts";
import type { WaitingLink } from "../sessions/link_requests.ts";
import type { Session } from "../sessions/session.ts";
import type { EndReason, Sessions } from "../sessions/sessions.ts";
import type { Member } from "../../relay/message_log.ts";
import type { StoredEnvelopes } from "../../relay/gathered_envelopes.ts";
import type { Taken } from "../counters/node_counters.ts";
import type { TryNews } from "../counters/sign_in_guard.ts";
import type { RollNews } from "./roll_news.ts";
import type {
  StreamBegins,
  StreamFound,
  StreamOver,
  StreamRunning,
  StreamSaid,
  StreamUnit,
  StreamWatching,
} from "./stream_news.ts";
import type {
  UploadBegins,
  UploadFound,
  UploadPiece,
  UploadUnheld,
  UploadWanted,
} from "./upload_news.ts";

/** What services of one node tell those of all, their own node's too. What it is about is in the store; this only says so. */
export interface Topics {
  /** Envelopes of a conversation were stored: its connected devices are to get them. */
  readonly "envelope.stored": StoredEnvelopes;
  /** The same of what is too large to come along: they read the store. */
  readonly "envelope.waits": { readonly recipients: readonly Member[] };
  /** An account is not in a conversation any more: what it watches and reads there ends. */
  readonly "account.expelled": {
    readonly conversation: ConversationId;
    readonly account: AccountId;
  };
  /** The record has a new entry that concerns who is connected: each node looks and does its part. */
  readonly "record.written": Readonly<Record<string, never>>;
  /** An upload is no more: whoever writes or reads it stops. */
  readonly "upload.removed": { readonly upload: UploadId };
  /** The store has a new broadcast: each node looks and tells its sessions. */
  readonly "broadcast.added": Readonly<Record<string, never>>;
  /** Of tries to sign in at the node `from`. */
  readonly "sign-in.tried": TryNews & { readonly from: string };
  /** What was taken of rates at the node `from`. */
  readonly "rate.taken": { readonly from: string; readonly taken: Taken[] };
  /** A ticket of another node was shown at one's UDP port, from this address. */
  readonly "ticket.shown": {
    readonly ticket: string;
    readonly host: string;
    readonly port: number;
  };
  /** Who is at a node, or what changed of it. No store has it: each node keeps what it has heard. */
  readonly "presence.roll": RollNews;
  // What one node tells another alone, of a live stream that goes from the one to the other.
  readonly "stream.unit": StreamUnit;
  readonly "stream.running": StreamRunning;
  readonly "stream.over": StreamOver;
  readonly "stream.watching": StreamWatching;
  readonly "stream.said": StreamSaid;
  // The same of an upload that lies at the one and is read at the other.
  readonly "upload.wanted": UploadWanted;
  readonly "upload.piece": UploadPiece;
  readonly "upload.unheld": UploadUnheld;
}

/** One run of a node. */
export interface NodeId {
  /** Of this run alone. */
  readonly instance: string;
  /** That its operator gave it; empty where none is needed. */
  readonly name: string;
}

/** What a node says of itself when an operator asks. */
export interface NodeState {
  readonly instance: string;
  readonly version: string;
  /** By its clock. */
  readonly sinceMs: number;
  /** Connections, strangers' too. */
  readonly sessions: number;
  /** Accounts with a session there. */
  readonly people: number;
  /** It takes nobody any more. */
  readonly isDraining: boolean;
}

/** What a node can ask of all, its own too: what one of them alone has in memory. */
export interface Questions {
  /** Which devices ask to be linked to an account. */
  readonly "link.requests": {
    readonly asked: { readonly account: AccountId };
    readonly answer: readonly WaitingLink[];
  };
  /** Hands one of them its answer, undefined for a no; true where it was waiting. */
  readonly "link.answer": {
    readonly asked: {
      readonly account: AccountId;
      readonly link: string;
      readonly answer: Bytes | undefined;
    };
    readonly answer: boolean;
  };
  /** Has each other node say its whole roll once more, soon. True: it will. */
  readonly "presence.roll": {
    readonly asked: Readonly<Record<string, never>>;
    readonly answer: boolean;
  };
  /** How each is. */
  readonly "node.state": {
    readonly asked: Readonly<Record<string, never>>;
    readonly answer: NodeState;
  };
  /** Has one of them give its people to the others. True: it is that one, and does. */
  readonly "node.drain": {
    readonly asked: { readonly instance: string };
    readonly answer: boolean;
  };
  /** Where a live stream is sent. Undefined: not at that node. */
  readonly "stream.find": {
    readonly asked: { readonly stream: StreamId };
    readonly answer: StreamFound | undefined;
  };
  /**
   * An account begins a live stream at the node that asks: one of its own of that id, at another node, ends there. `isTaken`: it
   * is another account's or of another conversation. `sent`: how many others it sends there.
   */
  readonly "stream.begins": {
    readonly asked: StreamBegins;
    readonly answer: { readonly isTaken: boolean; readonly sent: number };
  };
  /** Where the bytes of an upload lie. Undefined: not at that node. */
  readonly "upload.find": {
    readonly asked: { readonly upload: UploadId };
    readonly answer: UploadFound | undefined;
  };
  /** Its sender goes on with an upload at the node that asks: what lies elsewhere is forgotten, unless it is whole. True: it is. */
  readonly "upload.begins": { readonly asked: UploadBegins; readonly answer: boolean };
}

/** What answers a question at one node. MUST NOT reject. */
export type Answerer<Question extends keyof Questions> = (
  asked: Questions[Question]["asked"],
) => Questions[Question]["answer"] | Promise<Questions[Question]["answer"]>;

/** A node that has not answered by then is gone, and with it what it had in memory. */
export const ANSWER_DEADLINE_MS = 2_000;

/** Which sessions: those of an account, of one device of it, or of a device whosever it is. */
export type WhichSessions =
  & ({ readonly account: AccountId; readonly device?: DeviceId } | { readonly device: string })
  & {
    /** A session of this node that stays. */
    readonly except?: Session;
  };

/**
 * An implementation
 * 1. MUST reach every session that was in the list of its account, at whichever node, before it was asked;
 * 2. MUST keep the order of what one node pushes to one account, and push nothing twice;
 * 3. MAY lose what is for a node that is gone: its sessions are, too;
 * 4. MUST bring what is published to every node that is there, or say there that something may not have come; it MAY come late,
 *    twice, and after what was published later: who subscribes goes by the store;
 * 5. MUST resolve what is asked by the deadline, with at most one answer of each node;
 * 6. MAY lose what one node tells another alone, and bring it late; nobody else hears it, and nobody is told of the loss.
 */
export interface Bus {
  /** Whether there is no other node, so that this one hears everything in its order, and nothing is lost. */
  readonly isAlone: boolean;
  /** The same for this node alone: what each node learns by itself and does at home. */
  readonly here: Bus;
  /** This node. */
  readonly own: NodeId;
  /** The other nodes that are there, as far as this one has heard. */
  readonly others: readonly NodeId[];
  /** Whether other nodes can be reached at present; always true of a node that is alone. */
  readonly isUp: boolean;
  /** `lost` runs when something that another node published may not have come here. MUST NOT throw. Returns what ends it. */
  onLoss(lost: () => void): () => void;
  /** Pushes to the ready sessions of the accounts. `withoutBots`: not to those whose token limits them. */
  toAccounts<Kind extends HopPushKind>(
    accounts: readonly AccountId[],
    kind: Kind,
    fields: PushFields<Kind>,
    options?: { readonly except?: Session; readonly withoutBots?: boolean },
  ): Promise<void>;
  /** Sends a packet to every session that is ready. Resolves with to how many. */
  toAll(packet: Bytes): Promise<number>;
  /** Ends these sessions, also those about to come in. Resolves with how many. */
  endSessions(which: WhichSessions, why: EndReason): Promise<number>;
  /** Never waits: it is on its way when this returns. */
  publish<Topic extends keyof Topics>(topic: Topic, news: Topics[Topic]): void;
  /** The same to one node alone, by its instance. */
  tell<Topic extends keyof Topics>(instance: string, topic: Topic, news: Topics[Topic]): void;
  /** Returns what ends it. `heard` MUST NOT throw. */
  subscribe<Topic extends keyof Topics>(
    topic: Topic,
    heard: (news: Topics[Topic]) => void,
  ): () => void;
  ask<Question extends keyof Questions>(
    question: Question,
    asked: Questions[Question]["asked"],
    options: { readonly deadlineMs: number },
  ): Promise<readonly Questions[Question]["answer"][]>;
  /** Who answers a question at this node: one, before it is asked. */
  answer<Question extends keyof Questions>(
    question: Question,
    answer: Answerer<Question>,
  ): void;
}

type Hearers = {
  readonly [Topic in keyof Topics]: Set<(news: Topics[Topic]) => void>;
};
type Answerers = {
  -readonly [Question in keyof Questions]?: Answerer<Question>;
};

/** For a server of one node: everything is here, in its order, heard and pushed before it returns. */
export class LocalBus implements Bus {
  readonly isAlone = true;
  readonly isUp = true;
  readonly here: Bus = this;
  readonly own: NodeId;
  readonly others: readonly NodeId[] = [];
  readonly #sessions: Sessions;
  readonly #hearers: Hearers = {
    "envelope.stored": new Set(),
    "envelope.waits": new Set(),
    "account.expelled": new Set(),
    "record.written": new Set(),
    "upload.removed": new Set(),
    "broadcast.added": new Set(),
    "sign-in.tried": new Set(),
    "rate.taken": new Set(),
    "ticket.shown": new Set(),
    "presence.roll": new Set(),
    "stream.unit": new Set(),
    "stream.running": new Set(),
    "stream.over": new Set(),
    "stream.watching": new Set(),
    "stream.said": new Set(),
    "upload.wanted": new Set(),
    "upload.piece": new Set(),
    "upload.unheld": new Set(),
  };
  readonly #answerers: Answerers = {};

  constructor(sessions: Sessions, own: NodeId = { instance: "", name: "" }) {
    this.#sessions = sessions;
    this.own = own;
  }

  onLoss(): () => void {
    return () => {};
  }

  // Async, so that what it throws rejects.
  // deno-lint-ignore require-await
  async toAccounts<Kind extends HopPushKind>(
    accounts: readonly AccountId[],
    kind: Kind,
    fields: PushFields<Kind>,
    { except, withoutBots = false }: { readonly except?: Session; readonly withoutBots?: boolean } =
      {},
  ): Promise<void> {
    for (const account of accounts) {
      for (const session of this.#sessions.of(account)) {
        const { state } = session;
        if (state.name !== "ready" || session === except) continue;
        if (!withoutBots || state.limits === undefined) session.push(kind, fields);
      }
    }
  }

  // deno-lint-ignore require-await
  async toAll(packet: Bytes): Promise<number> {
    let told = 0;
    for (const { state, connection } of this.#sessions) {
      if (state.name === "ready" && connection.send(packet, "control")) told++;
    }
    return told;
  }

  // deno-lint-ignore require-await
  async endSessions({ except, ...which }: WhichSessions, why: EndReason): Promise<number> {
    const found = "account" in which
      ? this.#sessions.of(which.account, which.device)
      : this.#sessions.ofDevice(which.device);
    const ended = found.filter((session) => session !== except);
    this.#sessions.end(ended, why);
    return ended.length;
  }

  publish<Topic extends keyof Topics>(topic: Topic, news: Topics[Topic]): void {
    for (const heard of this.#hearers[topic]) heard(news);
  }

  tell<Topic extends keyof Topics>(instance: string, topic: Topic, news: Topics[Topic]): void {
    if (instance === this.own.instance) this.publish(topic, news);
  }

  subscribe<Topic extends keyof Topics>(
    topic: Topic,
    heard: (news: Topics[Topic]) => void,
  ): () => void {
    this.#hearers[topic].add(heard);
    return () => void this.#hearers[topic].delete(heard);
  }

  async ask<Question extends keyof Questions>(
    question: Question,
    asked: Questions[Question]["asked"],
  ): Promise<readonly Questions[Question]["answer"][]> {
    const answer = this.#answerers[question];
    return answer === undefined ? [] : [await answer(asked)];
  }

  answer<Question extends keyof Questions>(
    question: Question,
    answer: Answerer<Question>,
  ): void {
    // The cast: a property of a mapped type cannot be written by a generic key.
    (this.#answerers as Record<Question, typeof answer>)[question] = answer;
  }
}

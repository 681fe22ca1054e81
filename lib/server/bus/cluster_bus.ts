/** The bus of one node among several, over a line that may lose, delay, double and reorder what is said. */

import type { Bytes } from "../../base/bytes.ts";
import { asBytes, encodeHex } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import { describeError, TransportError } from "../../base/errors.ts";
import type { AccountId } from "../../base/ids.ts";
import { logger } from "../../base/log.ts";
import type { Random } from "../../base/random.ts";
import { BusOpener, BusSealer, INSTANCE_BYTES } from "../../crypto/sealing/bus_seal.ts";
import type { HopPushKind, PushFields } from "../../protocol/hop/mod.ts";
import { GatheredEnvelopes, type StoredEnvelopes } from "../../relay/gathered_envelopes.ts";
import type { Session } from "../sessions/session.ts";
import type { EndReason, Sessions } from "../sessions/sessions.ts";
import { ANSWER_DEADLINE_MS, type Bus, LocalBus, type NodeId } from "./bus.ts";
import type { Answerer, Questions, Topics, WhichSessions } from "./bus.ts";
import type { BusLine } from "./bus_line.ts";
import { Answered, Calls } from "./calls.ts";
import { answerCall, type NodeCall, packCall } from "./node_calls.ts";
import { QUESTION_CODECS, TOPIC_CODECS } from "./node_topics.ts";
import { decodeWord, encodeWord, type NodeWord } from "./node_words.ts";
import { BEAT_MS, Peers } from "./peers.ts";

const log = logger("server", "bus");

/** How long a node that comes listens who is there: one that answers under its name is another. */
const LISTEN_MS = 500;
/** What the seal and the words about it add to a body. */
const WORD_BYTES = 1024;

/** What a node joins with. */
export interface NodeParts {
  readonly line: BusLine;
  /** Of full strength, the same at all nodes of this server and nowhere else. */
  readonly secret: Bytes;
  /** Which server's nodes talk here, as a word of a subject. */
  readonly server: string;
  /** The name of this node among them. */
  readonly node: string;
  readonly sessions: Sessions;
  readonly clock: Clock;
  readonly random: Random;
  /** Of this run, of `INSTANCE_BYTES`; left out, a new one. */
  readonly instance?: Bytes;
  /** Left out: `ANSWER_DEADLINE_MS` for each call, and `GONE_MS` without a word before a node is gone. */
  readonly patience?: { readonly answerMs: number; readonly goneMs: number };
}

/** Its owner closes it. */
export class ClusterBus implements Bus, AsyncDisposable {
  readonly isAlone = false;
  readonly own: NodeId;
  readonly #parts: NodeParts;
  readonly #local: LocalBus;
  readonly #sealer: BusSealer;
  readonly #opener: BusOpener;
  readonly #peers: Peers;
  readonly #calls: Calls;
  readonly #answered = new Answered();
  readonly #lost = new Set<() => void>();
  readonly #everybody: string;
  /** A list of members is written, sealed and read once for all that a commit brings. */
  readonly #stored = new GatheredEnvelopes((stored) => this.#publish("envelope.stored", stored));
  #news = 0;
  #isClosed = false;
  #cancelBeat = () => {};
  /** Pushes leave one after the other, so that a lost one is not overtaken. */
  #pushing: Promise<unknown> = Promise.resolve();

  private constructor(parts: NodeParts) {
    const { clock, line, node, patience, random, secret, server, sessions } = parts;
    this.#parts = parts;
    const { instance = random.bytes(INSTANCE_BYTES) } = parts;
    const own: NodeId = { instance: encodeHex(instance), name: node };
    this.own = own;
    this.#local = new LocalBus(sessions, own);
    this.#sealer = new BusSealer(secret, instance);
    this.#opener = new BusOpener(secret);
    this.#calls = new Calls(clock);
    this.#everybody = `heliograph.${server}.all`;
    const events = {
      lost: () => this.#tellLoss(),
      // What was said before this node knew it, or comes after it went, is no news of now.
      come: (come: string) => this.#opener.closePast(come),
      gone: (gone: string) => {
        this.#opener.closePast(gone);
        this.#calls.gone(gone);
        this.#answered.gone(gone);
      },
      greet: () => this.#beat(),
    };
    this.#peers = new Peers(own, { clock, events, goneMs: patience?.goneMs });
    for (const subject of [this.#everybody, this.#subjectOf(own.instance)]) {
      line.subscribe(subject, (bytes) => this.#hear(subject, bytes));
    }
    line.onReturn(() => {
      if (this.#isClosed) return;
      this.#beat();
      this.#tellLoss();
    });
  }

  /**
   * Comes in, once the others know. Rejects with TransportError `node-name-taken` when another node answers under its name. `line`
   * stays the caller's.
   */
  static async join(parts: NodeParts): Promise<ClusterBus> {
    const bus = new ClusterBus(parts);
    bus.#beatOn();
    await parts.clock.sleep(LISTEN_MS);
    if (!bus.others.some(({ name }) => name === parts.node)) return bus;
    await bus[Symbol.asyncDispose]();
    throw new TransportError(
      "node-name-taken",
      `Cannot join the other nodes: one named ${parts.node} runs already`,
    );
  }

  get here(): Bus {
    return this.#local;
  }

  get isUp(): boolean {
    return this.#parts.line.isUp;
  }

  get others(): readonly NodeId[] {
    return this.#peers.nodes;
  }

  onLoss(lost: () => void): () => void {
    this.#lost.add(lost);
    return () => void this.#lost.delete(lost);
  }

  async toAccounts<Kind extends HopPushKind>(
    accounts: readonly AccountId[],
    kind: Kind,
    fields: PushFields<Kind>,
    options: { readonly except?: Session; readonly withoutBots?: boolean } = {},
  ): Promise<void> {
    const own = this.#local.toAccounts(accounts, kind, fields, options);
    const { withoutBots = false } = options;
    const call: NodeCall = { what: "push", accounts, kind, fields, withoutBots };
    const others = this.#pushing.then(() => this.#call(call));
    this.#pushing = others;
    await Promise.all([own, others]);
  }

  async toAll(packet: Bytes): Promise<number> {
    const own = this.#local.toAll(packet);
    return sum([await own, ...await this.#call({ what: "packet", packet })]);
  }

  async endSessions(which: WhichSessions, why: EndReason): Promise<number> {
    const own = this.#local.endSessions(which, why);
    const { except: _, ...all } = which;
    return sum([await own, ...await this.#call({ what: "end", which: all, why })]);
  }

  publish<Topic extends keyof Topics>(topic: Topic, news: Topics[Topic]): void {
    this.#local.publish(topic, news);
    if (isStored(news)) {
      for (const envelope of news.envelopes) this.#stored.add(envelope, news.recipients);
      return;
    }
    this.#stored.handOnAll();
    this.#publish(topic, news);
  }

  tell<Topic extends keyof Topics>(instance: string, topic: Topic, news: Topics[Topic]): void {
    if (instance === this.own.instance) return this.#local.publish(topic, news);
    const { about, payload } = TOPIC_CODECS[topic].pack(news);
    this.#say({ is: "told", topic, about }, {
      to: this.#subjectOf(instance),
      ...(payload === undefined ? {} : { payload }),
    });
  }

  subscribe<Topic extends keyof Topics>(
    topic: Topic,
    heard: (news: Topics[Topic]) => void,
  ): () => void {
    return this.#local.subscribe(topic, heard);
  }

  async ask<Question extends keyof Questions>(
    question: Question,
    asked: Questions[Question]["asked"],
    { deadlineMs }: { readonly deadlineMs: number },
  ): Promise<readonly Questions[Question]["answer"][]> {
    const own = this.#local.ask(question, asked);
    const { about } = QUESTION_CODECS[question].asked.pack(asked);
    const others = await this.#call({ what: "ask", question, about }, deadlineMs);
    const { read } = QUESTION_CODECS[question].answer;
    const answers = others.flatMap((answer) => Array.isArray(answer) ? answer : [])
      .map((answer) => read(answer, new Uint8Array()))
      .filter((answer) => answer !== undefined);
    return [...await own, ...answers];
  }

  answer<Question extends keyof Questions>(
    question: Question,
    answer: Answerer<Question>,
  ): void {
    this.#local.answer(question, answer);
  }

  /** Says that it goes. What is waited for ends without an answer. */
  // deno-lint-ignore require-await
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isClosed) return;
    this.#stored.handOnAll();
    this.#isClosed = true;
    this.#cancelBeat();
    this.#say({ is: "bye" });
    this.#peers.close();
    this.#calls.close();
  }

  #subjectOf(instance: string): string {
    return `heliograph.${this.#parts.server}.node.${instance}`;
  }

  #publish<Topic extends keyof Topics>(topic: Topic, news: Topics[Topic]): void {
    const { about, payload } = TOPIC_CODECS[topic].pack(news);
    const word: NodeWord = { is: "news", number: this.#news + 1, topic, about };
    const bytes = encodeWord(word, payload);
    if (bytes.length + WORD_BYTES > this.#parts.line.maxBytes && isStored(news)) {
      return this.#publishParts(news);
    }
    // Counted before it is sent: what is too long after all is a loss that the others notice.
    this.#news++;
    this.#send(this.#everybody, bytes);
  }

  /** Of what is too large together, and of one that is too large alone. */
  #publishParts({ envelopes, recipients }: StoredEnvelopes): void {
    if (envelopes.length === 1) return this.#publish("envelope.waits", { recipients });
    const half = envelopes.length / 2;
    for (const part of [envelopes.slice(0, half), envelopes.slice(half)]) {
      this.#publish("envelope.stored", { envelopes: part, recipients });
    }
  }

  /** The answers of the other nodes. While the line is down, of none: they go by the store. */
  async #call(call: NodeCall, askedMs?: number): Promise<readonly unknown[]> {
    if (!this.isUp) return [];
    const deadlineMs = askedMs ?? this.#parts.patience?.answerMs ?? ANSWER_DEADLINE_MS;
    const { about, payload } = packCall(call);
    const send = (number: number) =>
      this.#say({ is: "call", number, what: call.what, about }, { payload });
    return await this.#calls.call(this.#peers.instances, send, deadlineMs);
  }

  #beatOn(): void {
    this.#beat();
    this.#peers.sweep();
    this.#cancelBeat = this.#parts.clock.after(BEAT_MS, () => this.#beatOn());
  }

  #beat(): void {
    const { seen } = this.#peers;
    this.#say({ is: "beat", node: this.#parts.node, news: this.#news, sees: [...seen] });
  }

  #tellLoss(): void {
    for (const lost of this.#lost) lost();
  }

  #say(
    word: NodeWord,
    { to = this.#everybody, payload }: { to?: string; payload?: Uint8Array } = {},
  ): void {
    this.#send(to, encodeWord(word, payload));
  }

  #send(subject: string, bytes: Bytes): void {
    this.#parts.line.publish(subject, this.#sealer.seal(subject, bytes));
  }

  #hear(subject: string, bytes: Uint8Array): void {
    // Whoever has gone greets nobody.
    if (this.#isClosed) return;
    const opened = this.#opener.open(subject, bytes);
    if (opened === undefined) return;
    const { instance, plain } = opened;
    const said = decodeWord(plain);
    if (said === undefined) return;
    const { word, payload } = said;
    if (word.is === "beat") return this.#peers.beat(instance, word);
    // Of one that has not shown that it runs now, it may have been said long ago: when it has, this node looks into the store.
    if (!this.#peers.has(instance)) return;
    switch (word.is) {
      case "bye":
        return this.#peers.bye(instance);
      case "answer":
        return this.#calls.answer(instance, word.number, word.answer);
      case "call":
        return this.#answer(instance, word, payload);
      case "news":
        return this.#takeNews(instance, word, payload);
      case "told":
        if (isTopic(word.topic)) this.#hearNews(word.topic, word.about, payload);
    }
  }

  #answer(
    instance: string,
    { number, what, about }: Extract<NodeWord, { is: "call" }>,
    payload: Bytes,
  ): void {
    const act = () => answerCall(this.#local, { what, about, payload: asBytes(payload) });
    this.#answered.of(instance, number, act).then(
      // A field that is undefined would not be there.
      (answer = null) =>
        this.#say({ is: "answer", number, answer }, { to: this.#subjectOf(instance) }),
      (error) => log.error("call failed", { what, reason: describeError(error) }),
    );
  }

  #takeNews(
    instance: string,
    { number, topic, about }: Extract<NodeWord, { is: "news" }>,
    payload: Bytes,
  ): void {
    if (isTopic(topic)) this.#hearNews(topic, about, payload);
    this.#peers.news(instance, number);
  }

  #hearNews<Topic extends keyof Topics>(topic: Topic, about: unknown, payload: Bytes): void {
    const news = TOPIC_CODECS[topic].read(about, payload);
    if (news !== undefined) this.#local.publish(topic, news);
  }
}

function isTopic(topic: string): topic is keyof Topics {
  return Object.hasOwn(TOPIC_CODECS, topic);
}

function isStored(news: Topics[keyof Topics]): news is StoredEnvelopes {
  return "envelopes" in news;
}

function sum(counts: readonly unknown[]): number {
  return counts.reduce<number>((all, one) => all + (typeof one === "number" ? one : 0), 0);
}

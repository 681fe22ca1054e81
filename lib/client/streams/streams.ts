/** Live streams between people, as faces see them: offering, answering, sending, watching. */

import { Refusal, TransportError, UsageError } from "../../base/errors.ts";
import {
  type AccountId,
  type EnvelopeId,
  newStreamId,
  type Peer,
  type StreamId,
} from "../../base/ids.ts";
import { STREAM_OFFER_MS } from "../../protocol/limits.ts";
import type { StreamSource } from "../../protocol/peer/stream.ts";
import { DEFAULT_DIRECT, type P2pMode } from "../direct/direct_settings.ts";
import { whoIsIn } from "../activities/activity.ts";
import { befriend } from "../contacts/people.ts";
import { draftMessage } from "../store/drafts.ts";
import { STREAM_MESSAGES } from "../../protocol/peer/stream.ts";
import { enqueueControlMessage } from "../sending/sender.ts";
import { note } from "../store/messenger.ts";
import { ownSourceWords } from "./source_words.ts";
import { untilSent } from "../sending/until_sent.ts";
import { LiveWatch } from "./live_watch.ts";
import { sendStream, type Sent, type StreamSending } from "./sending.ts";
import type { StreamHost } from "./stream_host.ts";
import { type StreamEnd, type StreamRow, StreamStore } from "./stream_store.ts";
import { openWatchingParts } from "./watching_parts.ts";
import { isDirect } from "../store/conversation_kinds.ts";

/** How it is sent, and who is told that the offer has left. */
interface OfferedSending extends StreamSending {
  readonly onOffered?: () => Promise<void>;
}

/**
 * How long to wait before each further try to join: a sender opens its stream when the offer has left. Few, since a server counts
 * them, and lets an account begin and join twenty streams at once.
 */
const JOIN_PAUSES_MS: readonly number[] = [250, 500, 1000, 2000, 2000, 2000, 2000];

/** The streams of one client, or of a pair without a server. It holds nothing: any number may be made. */
export class Streams {
  readonly #host: StreamHost;
  readonly #store: StreamStore;

  constructor(host: StreamHost) {
    this.#host = host;
    this.#store = new StreamStore(host.messenger.profile);
  }

  /** Offers that wait for the person, oldest first. */
  waiting(): Promise<readonly StreamRow[]> {
    return this.#store.waiting(this.#clock.nowMs() - STREAM_OFFER_MS);
  }

  /** Their numbers, as it is on disk now. */
  waitingNumbers(): readonly number[] {
    return this.#store.waitingNumbers(this.#clock.nowMs() - STREAM_OFFER_MS);
  }

  find(id: StreamId): Promise<StreamRow | undefined> {
    return this.#store.find(id);
  }

  /** The newest, oldest of them first. */
  newest(limit: number): Promise<readonly StreamRow[]> {
    return this.#store.newest(limit);
  }

  /** Those that the person has left, and that can be watched again until their senders end them. */
  async leftRunning(): Promise<readonly StreamRow[]> {
    return await this.#store.left();
  }

  /** Who watches a stream of this conversation now, as far as it was said here. */
  watchers({ id }: Pick<StreamRow, "id">): readonly AccountId[] {
    return whoIsIn(this.#store.answers(id));
  }

  /**
   * Offers a stream, sends it while somebody watches, and ends it. The caller receives meanwhile, or no answer is heard. An offer
   * that could not leave is withdrawn: it is of no use later. Throws Refusal, TrustError, MediaError, TransportError.
   */
  async send(
    peer: Peer,
    what: {
      readonly source: StreamSource;
      readonly title: string;
      /** How it is to go; as the settings say without. */
      readonly mode?: P2pMode | undefined;
    },
    { onOffered, ...sending }: OfferedSending,
  ): Promise<Sent> {
    const { messenger, messenger: { profile } } = this.#host;
    if (!this.#host.isOnline) {
      throw new TransportError("offline", "Not connected to the server: no request was sent");
    }
    await befriend(messenger, peer);
    const id = newStreamId(profile.random);
    const { own, clock } = profile;
    const { source, title } = what;
    const sealed = await this.#store.seal(id, title);
    const row = {
      ...{ id, direction: "out", peer, account: own.account, device: own.device, source } as const,
      offeredMs: clock.nowMs(),
    };
    const sentAtMs = row.offeredMs;
    const fields = { stream: id, sentAtMs, source, title };
    const controlMessage = await enqueueControlMessage(
      messenger,
      peer,
      draftMessage(STREAM_MESSAGES["stream.offer"], fields),
      () => this.#store.insert(row, sealed),
    );
    await this.#noteOffered(peer, { id, source, title });
    try {
      await this.#settle(peer, sending.signal);
      await onOffered?.();
      return await this.#sendIt(peer, { id, mode: what.mode }, sending);
    } catch (error) {
      if (!this.#withdraw(id, controlMessage)) await this.#stop(peer, id, "failed");
      throw error;
    } finally {
      this.#host.live.set(id, undefined);
    }
  }

  /** Keeps a stream of a file that is offered by something else, before that is said. */
  async begin(peer: Peer, id: StreamId, title: string): Promise<void> {
    const { messenger: { profile: { own, clock, database } } } = this.#host;
    const sealed = await this.#store.seal(id, title);
    const { account, device } = own;
    const row = { id, direction: "out", peer, account, device, source: "file" } as const;
    database.transaction(() => this.#store.insert({ ...row, offeredMs: clock.nowMs() }, sealed));
  }

  /** What was begun and not offered after all. */
  forget(id: StreamId): void {
    this.#store.end(id, ["open"], "failed");
  }

  /** Sends what was begun so, while somebody watches, and ends it. Throws as `send`. */
  async sendBegun(peer: Peer, id: StreamId, sending: StreamSending): Promise<Sent> {
    try {
      await this.#settle(peer, sending.signal);
      // A direct connection has one other end, and another delay.
      return await this.#sendIt(peer, { id, mode: "never" }, sending);
    } catch (error) {
      await this.#stop(peer, id, "failed");
      throw error;
    } finally {
      this.#host.live.set(id, undefined);
    }
  }

  async #sendIt(
    peer: Peer,
    { id, mode }: { readonly id: StreamId; readonly mode: P2pMode | undefined },
    sending: StreamSending,
  ): Promise<Sent> {
    const sent = await sendStream(this.#host, { id, peer, mode }, {
      ...sending,
      onWatchers: (watchers) => {
        this.#host.live.set(id, { watchers });
        sending.onWatchers?.(watchers);
      },
    });
    await this.#stop(peer, id, endOf(sent));
    return sent;
  }

  /**
   * Says yes, and joins. `mode`: how it is to come; as the settings say without. Throws UsageError `not-waiting`, Refusal
   * `unknown-stream` when it is over. The caller closes it.
   */
  async accept(
    stream: StreamRow,
    { mode, zeroMs, signal }: {
      readonly mode?: P2pMode | undefined;
      /** See `LiveWatch`. */
      readonly zeroMs?: (() => number) | undefined;
      readonly signal: AbortSignal;
    },
  ): Promise<LiveWatch> {
    const words = newStreamId(this.#host.messenger.profile.random);
    await this.#answer(stream, { accepts: true, words }, "accepted");
    await this.#host.flush();
    const wanted = mode ?? this.#host.beside?.direct.settings.mode ?? DEFAULT_DIRECT.mode;
    return await this.#join(stream, { words, mode: wanted, zeroMs }, signal);
  }

  /** Throws UsageError `not-waiting`. */
  async decline(stream: StreamRow): Promise<void> {
    const words = newStreamId(this.#host.messenger.profile.random);
    await this.#answer(stream, { accepts: false, words }, "declined");
    await this.#host.flush();
  }

  /** Tells the sender that this device watches no more. */
  async leave({ id, peer }: StreamRow): Promise<void> {
    this.#store.end(id, ["accepted"], "left");
    await this.#say(peer, id, "stopped");
  }

  /** Where it stands in its conversation. */
  async #noteOffered(
    peer: Peer,
    { id, ...what }: Pick<StreamRow, "id" | "source" | "title">,
  ): Promise<void> {
    const { messenger } = this.#host;
    const conversation = messenger.conversations.openWith(peer)?.conversation;
    const text = `You want to show ${ownSourceWords(what)}`;
    const about = { peer, conversation, own: true, stream: id };
    await note(messenger, { ...about, code: "stream-offered", text });
  }

  get #clock() {
    return this.#host.messenger.profile.clock;
  }

  async #answer(
    { id, peer }: StreamRow,
    answer: { readonly accepts: boolean; readonly words: StreamId },
    state: "accepted" | "declined",
  ): Promise<void> {
    const answered = await enqueueControlMessage(
      this.#host.messenger,
      peer,
      draftMessage(STREAM_MESSAGES["stream.answer"], { stream: id, ...answer }),
      () => this.#store.move(id, ["open"], state) || state === "accepted" && this.#store.goBack(id),
    );
    if (answered === undefined) {
      throw new UsageError("not-waiting", "This stream does not wait for an answer any more");
    }
  }

  async #join(
    stream: StreamRow,
    { zeroMs, ...how }: {
      readonly words: StreamId;
      readonly mode: P2pMode;
      readonly zeroMs: (() => number) | undefined;
    },
    signal: AbortSignal,
  ): Promise<LiveWatch> {
    const { conversations } = this.#host.messenger;
    // A conversation that was begun anew meanwhile has other keys.
    const conversation = conversations.openWith(stream.peer)?.conversation;
    if (conversation === undefined) throw isOver();
    for (let attempt = 0;; attempt++) {
      try {
        const { peer } = stream;
        const parts = { ...stream, ...how, conversation, peer: isDirect(peer) ? peer : undefined };
        return new LiveWatch(
          await openWatchingParts(this.#host, parts),
          (now) => this.#host.live.set(stream.id, now),
          zeroMs,
        );
      } catch (error) {
        const isUnknown = error instanceof Refusal && error.code === "unknown-stream";
        const isEnded = this.#store.stateOf(stream.id) !== "accepted";
        const pauseMs = JOIN_PAUSES_MS[attempt];
        if (!isUnknown || isEnded || pauseMs === undefined) throw error;
        await this.#clock.sleep(pauseMs, { signal });
      }
    }
  }

  /** At a first contact the conversation is begun while receiving, as a text does it. */
  async #settle(peer: Peer, signal: AbortSignal): Promise<void> {
    const flush = () => this.#host.flush();
    const end = await untilSent(this.#host.messenger, peer, { flush, signal });
    if (end.is === "held") throw end.error;
    if (end.is === "sent") return;
    throw new Refusal(
      "held",
      isDirect(peer)
        ? `The request could not be sent to ${peer}. Try again`
        : "The request could not be sent: the room is changing. Try again",
    );
  }

  /** False when the offer was sealed already: then only a word ends it. */
  #withdraw(id: StreamId, controlMessage: EnvelopeId | undefined): boolean {
    const { drafts, profile: { database } } = this.#host.messenger;
    return database.transaction(() => {
      if (controlMessage === undefined || !drafts.drop(controlMessage)) return false;
      this.#store.end(id, ["open"], "failed");
      return true;
    });
  }

  async #stop(
    peer: Peer,
    id: StreamId,
    end: StreamEnd,
  ): Promise<void> {
    this.#store.end(id, ["open"], end);
    await this.#say(peer, id, end === "ended" || end === "failed" ? end : "stopped");
  }

  /** It goes out now, or whenever that is possible. */
  async #say(
    peer: Peer,
    id: StreamId,
    reason: "ended" | "stopped" | "failed",
  ): Promise<void> {
    const { messenger } = this.#host;
    const stop = draftMessage(STREAM_MESSAGES["stream.stop"], { stream: id, reason });
    await enqueueControlMessage(messenger, peer, stop);
    if (this.#host.isOnline) await this.#host.flush();
  }
}

function endOf({ end }: Sent): StreamEnd {
  if (end === "left") return "stopped";
  return end === "vanished" ? "unanswered" : end;
}

function isOver(): Refusal {
  return new Refusal("unknown-stream", "This stream has ended");
}

/**
 * Live streams between the nodes of a server. One that is sent elsewhere runs here once more as soon as somebody here watches it,
 * with that node for its sender; there this node is one watcher. What was lost on the way is said again each second.
 */

import type { Clock } from "../../base/clock.ts";
import { describeError, type Refusal } from "../../base/errors.ts";
import type { StreamId } from "../../base/ids.ts";
import { logger } from "../../base/log.ts";
import { refuse } from "../../protocol/failure.ts";
import { requireSenderPlace, streamTaken, unknownStream } from "../../relay/live_relay.ts";
import type { MessageLog } from "../../relay/message_log.ts";
import { conversationId } from "../../relay/submitted.ts";
import { ANSWER_DEADLINE_MS, type Bus } from "../bus/bus.ts";
import type { StreamBegins, StreamFound } from "../bus/stream_news.ts";
import { BorrowedStreams } from "./borrowed_streams.ts";
import { LentStreams } from "./lent_streams.ts";
import type { StreamRelay } from "./session_streams.ts";

const log = logger("server", "streams");

/** How often what matters is said again. */
const BEAT_MS = 1_000;

/** What it is made of. */
export interface NodeStreamsParts {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly store: Pick<MessageLog, "findGroup">;
  readonly relay: StreamRelay;
}

/** For a server that may have several nodes. Its timer runs while a stream does; whoever made it closes it. */
export class NodeStreams {
  readonly #parts: NodeStreamsParts;
  readonly #lent: LentStreams;
  readonly #borrowed: BorrowedStreams;
  #cancelBeat: (() => void) | undefined;
  #isClosed = false;

  constructor(parts: NodeStreamsParts) {
    const { bus, relay } = parts;
    const borrowed = new BorrowedStreams({ bus, relay });
    const lent = new LentStreams({ bus, relay, isBorrowed: (live) => borrowed.has(live) });
    this.#parts = parts;
    this.#borrowed = borrowed;
    this.#lent = lent;
    bus.answer("stream.find", ({ stream }) => {
      const found = lent.find(stream);
      if (found !== undefined) this.#beatOn();
      return found;
    });
    bus.answer("stream.begins", (asked) => lent.begins(asked));
    bus.subscribe("stream.watching", (news) => lent.takeWatching(news));
    bus.subscribe("stream.said", ({ bytes, ...at }) => lent.takeSaid(at, bytes));
    bus.subscribe("stream.unit", (unit) => borrowed.takeUnit(unit));
    bus.subscribe("stream.running", ({ sentBytes, ...at }) => borrowed.takeRunning(at, sentBytes));
    bus.subscribe("stream.over", (news) => borrowed.takeOver(news));
    bus.onLoss(() => this.#forgetGone());
  }

  /** Where a stream is sent. Throws Refusal `unknown-stream`, in words that say where it was looked for. */
  async find(stream: StreamId): Promise<StreamFound> {
    const { bus } = this.#parts;
    const answers = await bus.ask("stream.find", { stream }, { deadlineMs: ANSWER_DEADLINE_MS });
    const found = answers.find((answer) =>
      answer !== undefined && answer.node !== bus.own.instance
    );
    if (found !== undefined) return found;
    throw streamNotHere(bus);
  }

  /** From now on it runs here too, for whoever joins it in the same turn. Throws Refusal `too-many`, `not-permitted`. */
  borrow(stream: StreamId, found: StreamFound): void {
    this.#borrowed.borrow(stream, found);
    if (this.#borrowed.count > 0) this.#beatOn();
  }

  /** Before an account begins one here: one of this id that it has at another node ends. Throws Refusal `not-permitted`, `too-many`. */
  async begin(asked: Omit<StreamBegins, "node">): Promise<void> {
    const { bus } = this.#parts;
    const node = bus.own.instance;
    const deadlineMs = ANSWER_DEADLINE_MS;
    const answers = await bus.ask("stream.begins", { ...asked, node }, { deadlineMs });
    if (answers.some(({ isTaken }) => isTaken)) throw streamTaken();
    requireSenderPlace(answers.reduce((all, { sent }) => all + sent, 0));
  }

  /** News that an account is out of a conversation may have been lost: it watches and sends nothing more there. Never rejects. */
  async reconsider(): Promise<void> {
    const { relay, store } = this.#parts;
    try {
      for (const { accounts, options } of [...relay]) {
        const conversation = conversationId(options.conversation);
        for (const account of new Set([options.account, ...accounts])) {
          if (await store.findGroup({ conversation, account }) !== undefined) continue;
          relay.removed(conversation, [account]);
        }
      }
    } catch (error) {
      // It is looked at again soon.
      log.error("watchers not looked at", { reason: describeError(error) });
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#cancelBeat?.();
  }

  /** A node that is gone watches nothing and sends nothing. */
  #forgetGone(): void {
    const others = new Set(this.#parts.bus.others.map(({ instance }) => instance));
    this.#borrowed.forgetBut(others);
    this.#lent.forgetBut(others);
  }

  #beatOn(): void {
    if (this.#cancelBeat !== undefined || this.#isClosed) return;
    this.#cancelBeat = this.#parts.clock.after(BEAT_MS, () => {
      this.#cancelBeat = undefined;
      this.#forgetGone();
      this.#borrowed.tellAll();
      this.#lent.tellRunning();
      if (this.#lent.count + this.#borrowed.count > 0) this.#beatOn();
    });
  }
}

/** The same words for all, so that nobody learns whether it runs. */
export function streamNotHere({ isUp }: Pick<Bus, "isUp">): Refusal {
  return isUp ? unknownStream() : refuse(
    "unknown-stream",
    "This stream has ended, or whoever sends it is at another node of this server, which this one cannot reach",
  );
}

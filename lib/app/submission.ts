/**
 * What a command is to send, and what became of it. Every way out of the command says so in the same words, for people and for
 * programs: whoever tries again must know whether there is anything left to try (decision 0060).
 */

import { TransportError } from "../base/errors.ts";
import type { EnvelopeId } from "../base/ids.ts";
import type { Client } from "../client/client.ts";

/**
 * How far it has come. `none`: nothing of it is left, and nothing left this machine. `queued`: written down here, and sent by
 * itself; the server may have it already, and takes it once. `unknown`: the server was asked, and its answer never came.
 */
export type SubmissionState = "none" | "queued" | "sent" | "delivered" | "unknown";

/** A sentence for each state. `queued` without end: how it goes on stands behind it. */
export type SubmissionWords = Readonly<Record<SubmissionState, string>>;

/** Of a text, and of what is done to one. */
const MESSAGE_WORDS: SubmissionWords = {
  none: "Neither stored nor sent",
  queued: "Stored here, and will be sent",
  sent: "The server has it",
  delivered: "Delivered",
  unknown: "Cannot tell whether it was sent",
};

/** One command's. */
export class Submission {
  /** Of a text its own id; what is known only later is added. */
  ids: readonly string[];
  readonly #words: SubmissionWords;
  #stateNow: () => SubmissionState = () => "none";

  constructor(words: SubmissionWords, ids: readonly string[] = []) {
    this.#words = words;
    this.ids = ids;
  }

  /** Of a text, an edit … with this id. */
  static ofMessage(id: EnvelopeId): Submission {
    return new Submission(MESSAGE_WORDS, [id]);
  }

  /** From now on `stateNow` says how far it is, by what is written down here. It must not throw. */
  follow(stateNow: () => SubmissionState): void {
    this.#stateNow = stateNow;
  }

  /** The same for a message, by its row in the profile. */
  followMessage(client: Client, id: EnvelopeId): void {
    this.follow(() => {
      const state = client.deliveryOf(id);
      if (state === undefined || state === "failed") return "none";
      return state === "sealed" ? "queued" : state;
    });
  }

  get state(): SubmissionState {
    return this.#stateNow();
  }

  /** For `--json`: `kept` is true when it must not be sent again. */
  fields(): Readonly<Record<string, unknown>> {
    const { state, ids } = this;
    return {
      ...(ids.length === 0 ? {} : { id: ids[0] }),
      ...(ids.length < 2 ? {} : { ids }),
      kept: state === "queued" || state === "sent" || state === "delivered",
      ...(state === "none" ? {} : { state }),
    };
  }

  /** A sentence behind why the command ended. */
  words(reason?: unknown): string {
    const { state } = this;
    const sentence = this.#words[state];
    if (state !== "queued") return sentence;
    const isOffline = reason === undefined || reason instanceof TransportError;
    const when = isOffline ? "by the next command that reaches the server" : "as soon as possible";
    return `${sentence} ${when}`;
  }
}

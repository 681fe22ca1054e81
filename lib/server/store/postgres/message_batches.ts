/**
 * Group commit: messages and acknowledgements that come while others are being committed go together in the next transaction. So
 * a node's messages to one conversation do not wait for each other's locks, and one sync of the disk serves them all.
 */

import type { MessageSubmission } from "../../../relay/message_log.ts";
import type { Answer } from "../store.ts";
import type { Acknowledgement } from "./acknowledgements.ts";
import type { PostgresDatabase } from "./database.ts";
import { type BatchedCall, type BatchedOutcome, runMessageBatch } from "./message_batch.ts";
import { CheckedConversations } from "./quota.ts";

/** Bounds how long the first call of a batch waits for the last, and how long its locks are held. */
const MAX_BATCH_CALLS = 256;
/** The same of bodies; they travel as twice as many digits. */
const MAX_BATCH_BYTES = 4 * 1024 * 1024;

interface Waiting {
  readonly call: BatchedCall;
  readonly resolve: (value: Answer<"append"> | undefined) => void;
  readonly reject: (error: unknown) => void;
}

/** One transaction after the other; the calls of each in the order in which they were made. It keeps what it is given until then. */
export class MessageBatches {
  readonly #database: PostgresDatabase;
  readonly #checked = new CheckedConversations();
  #waiting: Waiting[] = [];
  #draining: Promise<void> | undefined;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async append(message: MessageSubmission): Promise<Answer<"append">> {
    // The cast: the outcome of a message is one.
    return await this.#call({ message }) as Answer<"append">;
  }

  async acknowledge(acknowledged: Acknowledgement): Promise<void> {
    await this.#call({ acknowledged });
  }

  #call(call: BatchedCall): Promise<Answer<"append"> | undefined> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ call, resolve, reject });
      this.#draining ??= this.#drain();
    });
  }

  /** Never rejects: each failure is handed to the calls that it is about. */
  async #drain(): Promise<void> {
    // Lets the other calls of this turn come in first.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, batchSize(this.#waiting));
      const calls = batch.map(({ call }) => call);
      try {
        const { outcomes, committed } = await this.#database.transaction((transaction) =>
          runMessageBatch(transaction, calls, this.#checked)
        );
        committed();
        outcomes.forEach((outcome, i) => settle(batch[i], outcome));
      } catch (error) {
        for (const { reject } of [...batch, ...this.#takeFollowers(calls)]) reject(error);
      }
    }
    this.#draining = undefined;
  }

  /**
   * What waits behind messages that were not stored, from the same devices in the same conversations: they are sent again, and what
   * was said after them must not come before them.
   */
  #takeFollowers(failed: readonly BatchedCall[]): readonly Waiting[] {
    const lines = new Set(failed.map(lineOf));
    const isFollower = ({ call }: Waiting) => "message" in call && lines.has(lineOf(call));
    const followers = this.#waiting.filter(isFollower);
    this.#waiting = this.#waiting.filter((waiting) => !isFollower(waiting));
    return followers;
  }
}

/** The same for all messages whose order a reader sees; undefined for what is no message. */
function lineOf(call: BatchedCall): string | undefined {
  return "message" in call ? `${call.message.device} ${call.message.conversation}` : undefined;
}

function batchSize(waiting: readonly Waiting[]): number {
  let sizeBytes = 0;
  const calls = waiting.slice(0, MAX_BATCH_CALLS);
  const tooMany = calls.findIndex(({ call }) => {
    if ("message" in call) sizeBytes += call.message.body.length;
    return sizeBytes > MAX_BATCH_BYTES;
  });
  return tooMany < 0 ? calls.length : Math.max(1, tooMany);
}

function settle({ resolve, reject }: Waiting, outcome: BatchedOutcome): void {
  if ("refusal" in outcome) reject(outcome.refusal);
  else resolve(outcome.value);
}

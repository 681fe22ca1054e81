/** What arrives for a device while its log is read. */

import type { Bytes } from "../base/bytes.ts";
import type { ConversationId } from "../base/ids.ts";
import type { EnvelopeRun } from "./envelope_run.ts";

/** A part of a run, with its packets: the run itself may be released before they are sent. */
interface HeldRun {
  readonly run: EnvelopeRun;
  readonly from: number;
  readonly to: number;
  readonly packets: Bytes;
}

/** Runs in the order in which they came, up to a limit. */
export class HeldRuns {
  readonly #most: { readonly envelopes: number; readonly bytes: number };
  #runs: HeldRun[] = [];
  #envelopes = 0;
  #bytes = 0;
  readonly #firstSeqs = new Map<ConversationId, number>();

  constructor(most: { readonly envelopes: number; readonly bytes: number }) {
    this.#most = most;
  }

  /** False, and not held: it would be too much. */
  hold(run: EnvelopeRun, from: number, to: number): boolean {
    const [envelopes, bytes] = [this.#envelopes + to - from, this.#bytes + run.sizeOf(from, to)];
    if (envelopes > this.#most.envelopes || bytes > this.#most.bytes) return false;
    this.#envelopes = envelopes;
    this.#bytes = bytes;
    this.#runs.push({ run, from, to, packets: run.packets(from, to) });
    if (!this.#firstSeqs.has(run.conversation)) {
      this.#firstSeqs.set(run.conversation, run.seqAt(from));
    }
    return true;
  }

  /** Of a conversation, the first that is held; infinite for none. */
  firstSeqOf(conversation: ConversationId): number {
    return this.#firstSeqs.get(conversation) ?? Infinity;
  }

  take(): readonly HeldRun[] {
    const runs = this.#runs;
    this.clear();
    return runs;
  }

  clear(): void {
    this.#runs = [];
    this.#envelopes = this.#bytes = 0;
    this.#firstSeqs.clear();
  }
}

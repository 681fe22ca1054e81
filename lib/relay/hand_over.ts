/**
 * Uploads that are handed on and not kept: what a spool would store goes from the one who sends to the one who reads, while both
 * are here. Neither notices the difference: who is not read from waits, and each begins again at what the reader has verified.
 */

import type { Bytes } from "../base/bytes.ts";
import { refuse } from "../protocol/failure.ts";
import type { PushFields } from "../protocol/hop/mod.ts";
import { FILE_WINDOW_MAX_BYTES, MIB, SPOOL_OPEN_MAX } from "../protocol/limits.ts";
import { isNextChunk, requireBlockStart } from "./spool_rules.ts";

/** A connection of one who sends or reads: the same object each time. */
export interface HandOverSide {
  /** Never waits. */
  push<Kind extends "spool.stored" | "spool.ended">(kind: Kind, fields: PushFields<Kind>): void;
  /** What this side reads; resolves when the next piece may come. */
  piece(upload: string, offset: number, bytes: Bytes): Promise<void>;
}

interface Sender {
  readonly side: HandOverSide;
  readonly opening: number;
  readonly sizeBytes: number;
}

interface Reader {
  readonly side: HandOverSide;
  readonly offset: number;
  untilBytes: number;
}

interface Flow {
  sender: Sender | undefined;
  reader: Reader | undefined;
  /** Beginning of the next chunk that the sender may give. */
  takenBytes: number;
  /** Up to where the reader was given. */
  givenBytes: number;
  waiting: { readonly offset: number; readonly bytes: Bytes }[];
  isGiving: boolean;
  /** A reader that came first waits for the sender. */
  opened: PromiseWithResolvers<void>;
}

/** What a sender may have given before it is read: its own window, and a block. */
const MAX_WAITING_BYTES = FILE_WINDOW_MAX_BYTES + MIB;

/** Nothing of an upload is kept. */
export class HandOver {
  readonly #flows = new Map<string, Flow>();

  /** The sender asks where to go on. */
  open(
    side: HandOverSide,
    { upload, opening, sizeBytes, again, skipBytes = 0 }: {
      upload: string;
      opening: number;
      sizeBytes: number;
      again: boolean;
      skipBytes?: number;
    },
  ): { storedBytes: number; present: boolean } {
    requireBlockStart(skipBytes, sizeBytes);
    const flow = this.#flow(upload);
    // Chunks of two openings must not come into one block.
    if (flow.reader !== undefined && flow.givenBytes > flow.reader.offset) endReader(flow, upload);
    flow.takenBytes = flow.givenBytes = flow.reader?.offset ?? (again ? 0 : skipBytes);
    flow.waiting = [];
    flow.sender = { side, opening, sizeBytes };
    flow.opened.resolve();
    return { storedBytes: flow.takenBytes, present: true };
  }

  /** The reader asks for what comes from `offset` on; waits for a sender. */
  async fetch(
    side: HandOverSide,
    { upload, offset, untilBytes }: { upload: string; offset: number; untilBytes: number },
  ): Promise<{ sizeBytes: number; storedBytes: number }> {
    const flow = this.#flow(upload);
    flow.reader = { side, offset, untilBytes };
    // The sender is elsewhere: it begins again, here.
    if (flow.sender !== undefined && this.#nextBytes(flow) !== offset) {
      flow.sender.side.push("spool.ended", { upload, reason: "gone" });
      this.#leaveSender(flow);
    }
    flow.givenBytes = offset;
    if (flow.sender === undefined) await flow.opened.promise;
    const sizeBytes = flow.sender?.sizeBytes ?? 0;
    this.#give(flow, upload);
    return { sizeBytes, storedBytes: offset };
  }

  /** Bytes of a sender; those of another opening, or from elsewhere, are passed over. */
  chunk(
    side: HandOverSide,
    { upload, ...chunk }: { upload: string; opening: number; offset: number },
    bytes: Bytes,
  ): void {
    const flow = this.#flows.get(upload);
    if (flow?.sender?.side !== side) return;
    if (!isNextChunk({ ...flow.sender, endBytes: flow.takenBytes }, chunk, bytes.length)) return;
    const waitingBytes = flow.takenBytes - this.#nextBytes(flow);
    if (waitingBytes + bytes.length > MAX_WAITING_BYTES) {
      side.push("spool.ended", { upload, reason: "failed" });
      return this.#leaveSender(flow);
    }
    flow.takenBytes += bytes.length;
    flow.waiting.push({ offset: chunk.offset, bytes });
    this.#give(flow, upload);
  }

  credit(side: HandOverSide, { upload, untilBytes }: { upload: string; untilBytes: number }): void {
    const flow = this.#flows.get(upload);
    if (flow?.reader?.side !== side || untilBytes <= flow.reader.untilBytes) return;
    flow.reader.untilBytes = untilBytes;
    this.#give(flow, upload);
  }

  stop(side: HandOverSide, { upload }: { upload: string }): void {
    const flow = this.#flows.get(upload);
    if (flow?.reader?.side === side) flow.reader = undefined;
  }

  /** Nobody needs it any more. */
  release(upload: string): void {
    this.#flows.delete(upload);
  }

  /** A connection has ended. */
  left(side: HandOverSide): void {
    for (const [upload, flow] of this.#flows) {
      if (flow.reader?.side === side) flow.reader = undefined;
      if (flow.sender?.side !== side) continue;
      this.#leaveSender(flow);
      endReader(flow, upload);
    }
  }

  #flow(upload: string): Flow {
    const found = this.#flows.get(upload);
    if (found !== undefined) return found;
    if (this.#flows.size >= SPOOL_OPEN_MAX) {
      throw refuse("too-many", "Too many files are on their way already");
    }
    const flow: Flow = {
      sender: undefined,
      reader: undefined,
      takenBytes: 0,
      givenBytes: 0,
      waiting: [],
      isGiving: false,
      opened: Promise.withResolvers(),
    };
    this.#flows.set(upload, flow);
    return flow;
  }

  #leaveSender(flow: Flow): void {
    flow.sender = undefined;
    flow.waiting = [];
    flow.opened = Promise.withResolvers();
  }

  #nextBytes({ waiting, takenBytes }: Flow): number {
    return waiting[0]?.offset ?? takenBytes;
  }

  async #give(flow: Flow, upload: string): Promise<void> {
    if (flow.isGiving) return;
    flow.isGiving = true;
    try {
      for (;;) {
        const { reader, sender, waiting: [next] } = flow;
        if (reader === undefined || sender === undefined || next === undefined) return;
        const endBytes = next.offset + next.bytes.length;
        if (endBytes > reader.untilBytes) return;
        flow.waiting.shift();
        flow.givenBytes = endBytes;
        await reader.side.piece(upload, next.offset, next.bytes);
        if (flow.sender === sender) {
          sender.side.push("spool.stored", { upload, storedBytes: endBytes });
        }
      }
    } finally {
      flow.isGiving = false;
    }
  }
}

function endReader(flow: Flow, upload: string): void {
  flow.reader?.side.push("spool.ended", { upload, reason: "gone" });
  flow.reader = undefined;
}

/** The road straight to the other device: the receiver reads from the sender what it would read from the server. */

import type { Bytes } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import { Bug, ProtocolError, TransferError, TransportError } from "../../base/errors.ts";
import { parseUploadId, type UploadId } from "../../base/ids.ts";
import { SPOOL_BLOCK_BYTES } from "../../protocol/hop/spool.ts";
import type { Opened, Road, RoadUser } from "../transfers/road.ts";
import { type ChunkLabel, UploadLane } from "../transfers/upload_lane.ts";
import type { DirectLine } from "./direct_line.ts";

/** How long the other side may take to ask for the files, or to be ready to be read from. */
const ANSWER_MS = 10_000;

interface Reading {
  readonly offset: number;
  untilBytes: number;
}

/** One upload over one line. Whoever has the line closes it. */
export class DirectRoad implements Road {
  readonly lane: UploadLane;
  readonly #line: DirectLine;
  readonly #upload: UploadId;
  readonly #clock: Clock;
  #user: RoadUser | undefined;
  #openings = 0;
  /** For the sender: what the receiver asked for last. */
  #reading: Reading | undefined;
  /** For the receiver: from which on nothing was missing. */
  #receivedBytes = 0;
  #changed = Promise.withResolvers<void>();
  #sizeBytes: number | undefined;
  #storedBytes = 0;

  constructor(line: DirectLine, upload: UploadId, clock: Clock) {
    this.#line = line;
    this.#upload = upload;
    this.#clock = clock;
    this.lane = new UploadLane(this, clock);
    line.on("direct.fetch", (fields) => this.#asked(fields));
    line.on("direct.credit", ({ untilBytes }) => this.#granted(untilBytes));
    line.on("direct.stored", ({ storedBytes }) => {
      this.#storedBytes = storedBytes;
      this.#user?.stored?.(storedBytes);
    });
    line.on("direct.stop", () => this.#stopped());
    line.on("direct.fetched", ({ sizeBytes }) => {
      this.#sizeBytes = sizeBytes;
      this.#change();
    });
    line.on("direct.piece", ({ offset }, bytes) => this.#arrived(offset, bytes));
    line.closed.then(() => this.#change());
  }

  get isOpen(): boolean {
    return this.#line.isOpen;
  }

  /** For the sender: all of it went here, and arrived. */
  get isWhole(): boolean {
    return this.#storedBytes === this.#sizeBytes;
  }

  attach(upload: UploadId, user: RoadUser): () => void {
    this.#requireOwn(upload);
    this.#user = user;
    return () => {
      if (this.#user === user) this.#user = undefined;
    };
  }

  /** Waits until the receiver asks: where it wants to be read from is what it has. */
  async open({ upload, sizeBytes }: Parameters<Road["open"]>[0]): Promise<Opened> {
    this.#requireOwn(upload);
    const { offset } = await this.#awaited(() => this.#reading, "the other side does not ask");
    if (offset > sizeBytes) throw lost("the other side asks for what there is not");
    const opening = ++this.#openings;
    this.#sizeBytes = sizeBytes;
    this.#line.send("direct.fetched", { upload, sizeBytes });
    return { opening, storedBytes: offset, present: true };
  }

  /** Waits for the receiver's credit. */
  async chunk({ upload, opening, offset }: ChunkLabel, bytes: Bytes): Promise<void> {
    // Of an earlier opening: nobody waits for it.
    if (opening !== this.#openings) return;
    while (this.#reading !== undefined && offset + bytes.length > this.#reading.untilBytes) {
      this.#requireOpen();
      await this.#changed.promise;
    }
    this.#requireOpen();
    if (this.#reading === undefined || opening !== this.#openings) return;
    await this.#line.sendBulk("direct.piece", { upload, offset }, bytes);
  }

  async fetch(
    wanted: Parameters<Road["fetch"]>[0],
  ): Promise<{ sizeBytes: number; storedBytes: number }> {
    this.#requireOwn(wanted.upload);
    this.#requireOpen();
    this.#sizeBytes = undefined;
    this.#receivedBytes = wanted.offset;
    this.#line.send("direct.fetch", wanted);
    const sizeBytes = await this.#awaited(() => this.#sizeBytes, "the other side does not answer");
    // What is behind it is not read yet; a line that is dead is noticed by itself.
    return { sizeBytes, storedBytes: wanted.offset };
  }

  credit(upload: UploadId, untilBytes: number): void {
    this.#line.send("direct.credit", { upload, untilBytes });
  }

  stop(upload: UploadId): void {
    this.#line.send("direct.stop", { upload });
  }

  /** Nothing lies anywhere. */
  async release(): Promise<void> {}

  #asked({ upload, offset, untilBytes }: { upload: string; offset: number; untilBytes: number }) {
    const isOwn = parseUploadId(upload) === this.#upload;
    if (!isOwn || offset % SPOOL_BLOCK_BYTES !== 0) {
      throw new ProtocolError("bad-message", "Cannot read from here: no such upload, or place");
    }
    const before = this.#reading;
    this.#reading = { offset, untilBytes };
    // Whoever sends for the question before begins anew.
    if (before !== undefined) this.#user?.ended("gone");
    this.#change();
  }

  #granted(untilBytes: number): void {
    const reading = this.#reading;
    if (reading === undefined || untilBytes <= reading.untilBytes) return;
    reading.untilBytes = untilBytes;
    this.#change();
  }

  #stopped(): void {
    if (this.#reading === undefined) return;
    this.#reading = undefined;
    this.#user?.ended("gone");
    this.#change();
  }

  #arrived(offset: number, bytes: Bytes): void {
    this.#user?.piece?.(offset, bytes);
    if (offset !== this.#receivedBytes) return;
    this.#receivedBytes += bytes.length;
    this.#line.send("direct.stored", { upload: this.#upload, storedBytes: this.#receivedBytes });
  }

  #change(): void {
    const { resolve } = this.#changed;
    this.#changed = Promise.withResolvers();
    resolve();
  }

  async #awaited<T>(read: () => T | undefined, otherwise: string): Promise<T> {
    const untilMs = this.#clock.monotonicMs() + ANSWER_MS;
    const cancel = this.#clock.after(ANSWER_MS, () => this.#change());
    try {
      for (;;) {
        const value = read();
        if (value !== undefined) return value;
        this.#requireOpen();
        if (this.#clock.monotonicMs() >= untilMs) {
          // Whatever the other side does: there is another road.
          void this.#line.close();
          throw lost(otherwise);
        }
        await this.#changed.promise;
      }
    } finally {
      cancel();
    }
  }

  #requireOpen(): void {
    if (!this.#line.isOpen) throw lost("the other side is gone");
  }

  #requireOwn(upload: UploadId): void {
    if (upload !== this.#upload) throw new Bug("Cannot use a direct road for another upload");
  }
}

/** What is returned for a transfer that may go directly only, or is about to. */
export class NoRoadYet implements Road {
  readonly isOpen = true;
  readonly lane: UploadLane;

  constructor(clock: Clock) {
    this.lane = new UploadLane(this, clock);
  }

  attach(): () => void {
    return () => {};
  }

  open(): Promise<Opened> {
    return Promise.reject(lost("there is none yet"));
  }

  chunk(): Promise<void> {
    return Promise.reject(lost("there is none yet"));
  }

  fetch(): Promise<{ sizeBytes: number; storedBytes: number }> {
    return Promise.reject(new TransferError("gone", "There is no direct connection yet"));
  }

  credit(): void {}

  stop(): void {}

  async release(): Promise<void> {}
}

function lost(why: string): TransportError {
  return new TransportError("direct-lost", `Cannot go on directly: ${why}`);
}

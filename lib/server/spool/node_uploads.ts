/**
 * Uploads between the nodes of a server: one that lies at another node is read over the bus, a block at a time, as its reader asks
 * for it. Nothing is kept on the way.
 */

import type { Clock } from "../../base/clock.ts";
import { describeError } from "../../base/errors.ts";
import type { AccountId, UploadId } from "../../base/ids.ts";
import { logger } from "../../base/log.ts";
import type { BlobReader } from "../../relay/blob_store.ts";
import { wholeBlocks } from "../../relay/spool_rules.ts";
import { ANSWER_DEADLINE_MS, type Bus } from "../bus/bus.ts";
import type { UploadBegins, UploadFound, UploadPiece, UploadWanted } from "../bus/upload_news.ts";
import { RemoteUpload } from "./remote_upload.ts";
import type { HeldSource } from "./spool_files.ts";
import type { UploadFile } from "./upload_file.ts";

const log = logger("server", "spool");

/** Whoever reads says so each second; one that was not heard for so long has gone. */
const IDLE_MS = 10_000;

/** What there is at this node. */
export interface OwnUploads {
  /** How much of it; undefined where nothing of it lies here. */
  find(upload: UploadId): Promise<number | undefined>;
  /** What lies here, for its reader. Rejects with Refusal, StorageError. */
  hold(
    upload: UploadId,
    reader: AccountId,
  ): Promise<{ readonly file: UploadFile; release(): void }>;
  /** Forgets what lies here, of an upload that goes on elsewhere. */
  drop(upload: UploadId): Promise<void>;
  /** Those who read it stop: it is not here. */
  stop(upload: UploadId): void;
  /** Calls `action` when it is no more. Returns what ends that. */
  onRemoved(upload: UploadId, action: () => void): () => void;
}

interface LendingParts {
  readonly file: UploadFile;
  release(): void;
  tell(piece: Omit<UploadPiece, "read">): void;
}

/** A reading of another node. */
class Lending {
  readonly #parts: LendingParts;
  readonly #stopListening: () => void;
  #wanted: { readonly offset: number; readonly sizeBytes: number } | undefined;
  #reader: { readonly blob: BlobReader; offset: number } | undefined;
  #toldBytes = -1;
  /** Giving what is wanted, one after the other; it does not reject. */
  #giving: Promise<unknown> | undefined;
  #isClosed = false;

  constructor(parts: LendingParts) {
    this.#parts = parts;
    this.#stopListening = parts.file.listen(() => {
      if (parts.file.readableBytes !== this.#toldBytes) this.#tellBytes(0, new Uint8Array());
    });
  }

  /** Rejects with what the file rejects with. */
  async want(wanted: { readonly offset: number; readonly sizeBytes: number }): Promise<void> {
    const { readableBytes } = this.#parts.file;
    if (wanted.sizeBytes === 0 || wanted.offset >= readableBytes) {
      return this.#tellBytes(0, new Uint8Array());
    }
    this.#wanted = wanted;
    // What was asked for meanwhile is read behind it.
    if (this.#giving !== undefined || this.#isClosed) return;
    const giving = this.#giveAll();
    this.#giving = giving.catch(() => {});
    await giving;
  }

  /** Ends with what is read just now. Closing twice is fine. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#wanted = undefined;
    this.#stopListening();
    await this.#giving;
    this.#reader?.blob[Symbol.dispose]();
    this.#parts.release();
  }

  async #giveAll(): Promise<void> {
    try {
      for (let next = this.#take(); next !== undefined; next = this.#take()) {
        await this.#give(next.offset, next.sizeBytes);
      }
    } finally {
      this.#giving = undefined;
    }
  }

  #take() {
    const wanted = this.#wanted;
    this.#wanted = undefined;
    return wanted;
  }

  async #give(offset: number, sizeBytes: number): Promise<void> {
    if (this.#reader?.offset !== offset) {
      this.#reader?.blob[Symbol.dispose]();
      this.#reader = undefined;
      this.#reader = { blob: await this.#parts.file.read(offset), offset };
    }
    const reader = this.#reader;
    const most = Math.min(sizeBytes, Math.max(0, this.#parts.file.readableBytes - offset));
    const bytes = new Uint8Array(most);
    let filled = 0;
    while (filled < most) {
      const count = await reader.blob.read(bytes.subarray(filled));
      if (count === null) break;
      filled += count;
    }
    reader.offset += filled;
    if (!this.#isClosed) this.#tellBytes(offset, bytes.subarray(0, filled));
  }

  #tellBytes(offset: number, bytes: UploadPiece["bytes"]): void {
    const { readableBytes } = this.#parts.file;
    this.#toldBytes = readableBytes;
    this.#parts.tell({ offset, readableBytes, bytes });
  }
}

/** For a server that may have several nodes. Whoever made it closes it, after the sessions have ended. */
export class NodeUploads {
  readonly #bus: Bus;
  readonly #clock: Clock;
  readonly #own: OwnUploads;
  readonly #lendings = new Map<string, { lending: Promise<Lending>; cancelIdle: () => void }>();
  readonly #ending = new Set<Promise<unknown>>();
  readonly #reading = new Map<number, RemoteUpload>();
  #read = 0;
  #isClosed = false;

  constructor({ bus, clock, own }: { bus: Bus; clock: Clock; own: OwnUploads }) {
    this.#bus = bus;
    this.#clock = clock;
    this.#own = own;
    bus.answer("upload.find", async ({ upload }) => {
      const storedBytes = await own.find(upload);
      return storedBytes === undefined ? undefined : { node: bus.own.instance, storedBytes };
    });
    bus.answer("upload.begins", (asked) => this.#beginsElsewhere(asked));
    bus.subscribe("upload.wanted", (wanted) => void this.#lend(wanted));
    bus.subscribe("upload.piece", (piece) => this.#reading.get(piece.read)?.take(piece));
    bus.subscribe("upload.unheld", ({ read }) => this.#lost(read));
    bus.onLoss(() => {
      const others = new Set(bus.others.map(({ instance }) => instance));
      for (const [read, { node }] of this.#reading) if (!others.has(node)) this.#lost(read);
    });
  }

  /** At another node: the one that has most of it. */
  async find(upload: UploadId): Promise<UploadFound | undefined> {
    const deadlineMs = ANSWER_DEADLINE_MS;
    const answers = await this.#bus.ask("upload.find", { upload }, { deadlineMs });
    return answers
      .filter((found) => found !== undefined)
      .filter(({ node }) => node !== this.#bus.own.instance)
      .sort((left, right) => right.storedBytes - left.storedBytes).at(0);
  }

  /** Its sender goes on with it here. True where all of it lies at another node; what lies there of others is forgotten. */
  async begin(begins: Omit<UploadBegins, "node">): Promise<boolean> {
    const asked = { ...begins, node: this.#bus.own.instance };
    const deadlineMs = ANSWER_DEADLINE_MS;
    return (await this.#bus.ask("upload.begins", asked, { deadlineMs })).includes(true);
  }

  /** What lies elsewhere, as if it were here. */
  read(
    { node, storedBytes }: UploadFound,
    { upload, reader, sizeBytes }: { upload: UploadId; reader: AccountId; sizeBytes: number },
  ): HeldSource {
    const read = ++this.#read;
    const file = new RemoteUpload({
      ...{ node, upload, sizeBytes, clock: this.#clock },
      readableBytes: wholeBlocks(storedBytes, sizeBytes),
      want: (offset, bytes) =>
        this.#bus.tell(node, "upload.wanted", {
          ...{ node: this.#bus.own.instance, read, upload, reader, offset, sizeBytes: bytes },
        }),
    });
    this.#reading.set(read, file);
    file.open();
    const release = () => {
      this.#reading.delete(read);
      file.close();
    };
    return { file, release };
  }

  /** What is read for others just now is read to its end. Closing twice is fine. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const file of this.#reading.values()) file.close();
    this.#reading.clear();
    for (const key of [...this.#lendings.keys()]) this.#giveBack(key);
    await Promise.all(this.#ending);
  }

  #lost(read: number): void {
    const file = this.#reading.get(read);
    if (file !== undefined) this.#own.stop(file.upload);
  }

  async #beginsElsewhere({ node, upload, sizeBytes, again }: UploadBegins): Promise<boolean> {
    if (node === this.#bus.own.instance) return false;
    const storedBytes = await this.#own.find(upload);
    if (storedBytes === undefined) return false;
    if (storedBytes === sizeBytes && !again) return true;
    await this.#own.drop(upload);
    return false;
  }

  /** Never rejects. */
  async #lend(wanted: UploadWanted): Promise<void> {
    if (this.#isClosed) return;
    const { node, read, offset, sizeBytes } = wanted;
    const key = `${node} ${read}`;
    const known = this.#lendings.get(key);
    known?.cancelIdle();
    const cancelIdle = this.#clock.after(IDLE_MS, () => this.#giveBack(key));
    const lending = known?.lending ?? this.#open(key, wanted);
    this.#lendings.set(key, { lending, cancelIdle });
    try {
      await (await lending).want({ offset, sizeBytes });
    } catch (error) {
      log.debug("upload not lent", { reason: describeError(error) });
      // Its reader asks where it is, and hears why there.
      this.#unheld(key, wanted);
    }
  }

  async #open(key: string, { node, read, upload, reader }: UploadWanted): Promise<Lending> {
    const { file, release } = await this.#own.hold(upload, reader);
    const stopWatching = this.#own.onRemoved(upload, () => this.#unheld(key, { node, read }));
    return new Lending({
      file,
      release() {
        stopWatching();
        release();
      },
      tell: (piece) => this.#bus.tell(node, "upload.piece", { ...piece, read }),
    });
  }

  #unheld(key: string, { node, read }: Pick<UploadWanted, "node" | "read">): void {
    if (!this.#lendings.has(key)) return;
    this.#giveBack(key);
    this.#bus.tell(node, "upload.unheld", { read });
  }

  #giveBack(key: string): void {
    const found = this.#lendings.get(key);
    if (found === undefined) return;
    this.#lendings.delete(key);
    found.cancelIdle();
    // One that could not be opened has told whoever wanted it.
    const ending: Promise<unknown> = found.lending.then((lending) => lending.close(), () => {})
      .then(() => this.#ending.delete(ending));
    this.#ending.add(ending);
  }
}

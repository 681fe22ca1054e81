/** The transport through the server: an upload that it stores, and hands to its reader. */

import type { Bytes } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import { type AccountId, parseUploadId, roomNumber, type UploadId } from "../../base/ids.ts";
import { untilAborted } from "../../base/scope.ts";
import { FILE_WINDOW_MIN_BYTES, fileChunkBytes, fileDelayMs } from "../../protocol/limits.ts";
import { SHORT_CHUNKS_SINCE } from "../../protocol/versions.ts";
import type { Link } from "../link/link.ts";
import type { BlockReceiver, BlockTransport, Opened } from "./block_transport.ts";
import { type ChunkLabel, TransferWindow, UploadLane } from "./upload_lane.ts";

/** One for each link: a push has one handler. */
export class RelayTransport implements BlockTransport {
  readonly #link: Link;
  readonly lane: UploadLane;
  readonly #users = new Map<UploadId, BlockReceiver>();
  readonly #isLiveRunning: () => boolean;
  #openings = 0;

  constructor(link: Link, clock: Clock, isLiveRunning: () => boolean = () => false) {
    this.#link = link;
    this.#isLiveRunning = isLiveRunning;
    const window = new TransferWindow({
      ...this.#takesShort ? { measuredLeastBytes: FILE_WINDOW_MIN_BYTES } : {},
      delayMs: () => this.delayMs,
    });
    this.lane = new UploadLane(this, clock, window);
    link.on("spool.stored", ({ upload, storedBytes }) => this.#of(upload)?.stored?.(storedBytes));
    link.on("spool.piece", ({ upload, offset }, bytes) => this.#of(upload)?.piece?.(offset, bytes));
    link.on("spool.ended", ({ upload, reason }) => this.#of(upload)?.ended(reason));
  }

  get isOpen(): boolean {
    return this.#link.isOpen;
  }

  get delayMs(): number {
    return fileDelayMs(this.#isLiveRunning());
  }

  longestChunk(goodput: number): number {
    return fileChunkBytes(this.#takesShort ? goodput : 0, this.delayMs);
  }

  attach(upload: UploadId, user: BlockReceiver): () => void {
    this.#users.set(upload, user);
    return () => {
      if (this.#users.get(upload) === user) this.#users.delete(upload);
    };
  }

  async open(
    { peer, room, verifiedBytes, ...wanted }: Parameters<BlockTransport["open"]>[0],
    signal: AbortSignal,
  ): Promise<Opened> {
    const opening = ++this.#openings;
    const skip = wanted.again || verifiedBytes === 0 ? {} : { skipBytes: verifiedBytes };
    const audience = room === undefined ? { account: peer } : { room: roomNumber(room) };
    const asked = { ...wanted, ...skip, ...audience, opening };
    const { fields } = await untilAborted(this.#link.ask("spool.open", asked), signal);
    return { opening, ...fields };
  }

  chunk(label: ChunkLabel, bytes: Bytes): Promise<void> {
    return this.#link.tellBulk("spool.chunk", label, bytes);
  }

  async fetch(
    wanted: Parameters<BlockTransport["fetch"]>[0],
    signal: AbortSignal,
  ): Promise<{ sizeBytes: number; storedBytes: number }> {
    return (await untilAborted(this.#link.ask("spool.fetch", wanted), signal)).fields;
  }

  credit(upload: UploadId, untilBytes: number): void {
    this.#link.tell("spool.credit", { upload, untilBytes });
  }

  /** It keeps what it stored until that is released. */
  written(): void {}

  stop(upload: UploadId): void {
    if (this.#link.isOpen) this.#link.tell("spool.stop", { upload });
  }

  /** With `reader`, the sender waits for that one no more. */
  async release(upload: UploadId, reader?: AccountId): Promise<void> {
    const from = reader === undefined ? {} : { account: reader };
    await this.#link.ask("spool.release", { upload, ...from });
  }

  /** The server does not go on, and another connection may. */
  abandon(): Promise<void> {
    return this.#link.abandon();
  }

  get #takesShort(): boolean {
    return this.#link.version >= SHORT_CHUNKS_SINCE;
  }

  #of(text: string): BlockReceiver | undefined {
    const upload = parseUploadId(text);
    return upload === undefined ? undefined : this.#users.get(upload);
  }
}

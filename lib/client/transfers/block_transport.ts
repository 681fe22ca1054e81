/**
 * The way that the blocks of transfers take. One transport leads through the server's spool; another may lead straight to the
 * other device. A transfer may change its transport at any time: whoever takes up again asks the transport where.
 */

import type { Bytes } from "../../base/bytes.ts";
import type { AccountId, RoomHandle, UploadId } from "../../base/ids.ts";
import type { PushFields } from "../../protocol/hop/mod.ts";
import type { Transfer } from "./transfer.ts";
import type { ChunkSink, UploadLane } from "./upload_lane.ts";

/** Why an upload cannot go on. */
export type TransportEnd = PushFields<"spool.ended">["reason"];

/** Who sends or reads an upload. None of these may throw. */
export interface BlockReceiver {
  /** The far end has so much of it: what the sender need not keep. */
  stored?(bytes: number): void;
  /** The next bytes, in order, as they were sent. */
  piece?(offset: number, bytes: Bytes): void;
  ended(reason: TransportEnd): void;
}

/** An upload that a sender may go on with. */
export interface Opened {
  /** Goes with each chunk. */
  readonly opening: number;
  readonly storedBytes: number;
  readonly present: boolean;
}

/**
 * What a transport must do, on the side of the sender (`open`, `chunk`) and of the reader (`fetch`, `credit`, `stop`). Offsets
 * are of the sealed upload. A reader MUST get whole blocks of one opening, each behind the one before. When the transport ends,
 * what waits rejects with TransportError and users are told nothing. What waits with a signal MUST reject at once when that
 * aborts: another transport may be taken only when nobody is left on this one.
 */
export interface BlockTransport extends ChunkSink {
  readonly isOpen: boolean;
  /** How long what is read over it may hold up what is more urgent just now. */
  readonly delayMs: number;
  /** All that is sent over it takes turns here. */
  readonly lane: UploadLane;
  /** From now on `user` hears of the upload. Returns what ends that. */
  attach(upload: UploadId, user: BlockReceiver): () => void;
  /**
   * For the sender: where to go on, always at the beginning of a block, and whether somebody is there to answer. `again`
   * forgets what is there.
   */
  open(
    wanted: {
      readonly upload: UploadId;
      /** Who reads it; in a room, everybody else does who is in it at the first time. */
      readonly peer: AccountId;
      readonly room?: RoomHandle | undefined;
      readonly sizeBytes: number;
      readonly again: boolean;
      /** What the reader has, as it says: the beginning of a block. Need not be sent again. */
      readonly verifiedBytes: number;
    },
    signal: AbortSignal,
  ): Promise<Opened>;
  /** For the reader: reads from `offset`, the beginning of a block, on. Nothing comes beyond `untilBytes`. */
  fetch(
    wanted: { readonly upload: UploadId; readonly offset: number; readonly untilBytes: number },
    signal: AbortSignal,
  ): Promise<{ readonly sizeBytes: number; readonly storedBytes: number }>;
  /** More may come. */
  credit(upload: UploadId, untilBytes: number): void;
  /** For the reader: so much of it is verified and written down. Nobody needs to keep that for it. */
  written(upload: UploadId, bytes: number): void;
  /** Reading stops for now. */
  stop(upload: UploadId): void;
  /** Nobody needs it any more. Rejects with Refusal when it is not known. */
  release(upload: UploadId): Promise<void>;
  /** Nothing moves over it though it should: given up at once, for all that use it. */
  abandon(): Promise<void>;
}

/** Another transport than the server's for a transfer, while there is one. It may change its mind at any time. */
export interface TransportChoice {
  transportOf(transfer: Transfer): BlockTransport | undefined;
  /** Calls `listener`, which must not throw, each time that it may have. Returns what ends that. */
  onChange(listener: () => void): () => void;
}

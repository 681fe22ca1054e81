/** Transfers and streams for tests of what is drawn of them. */

import type { AccountId, RoomHandle, StreamId, TransferId } from "../../lib/base/ids.ts";
import type { MovingTransfer, StreamCard } from "../../lib/app/conversations/cards.ts";
import type { StreamRow } from "../../lib/client/streams/stream_store.ts";
import type { Progress } from "../../lib/client/transfers/meter.ts";
import type { Transfer } from "../../lib/client/transfers/transfer.ts";
import { at, BOB } from "./scenes.ts";

/** Of 300 MB, all or `movedBytes` of it. */
export const BIG_BYTES = 300_000_000;

/** What a test says of a transfer. */
export interface Moving {
  readonly id?: string;
  readonly number?: number;
  readonly direction?: "in" | "out";
  readonly state: Transfer["state"];
  readonly movedBytes?: number;
  readonly path?: string;
  readonly peer?: AccountId;
  readonly room?: RoomHandle;
  readonly offer?: string;
  readonly finished?: readonly string[];
  /** So many bytes a second. */
  readonly rate?: number;
}

/** One of `big.bin` from bob. */
export function moving({ path = "big.bin", rate, ...given }: Moving): MovingTransfer {
  const { id = "f1", number = 1, direction = "in", state, movedBytes = 0, finished = [] } = given;
  const progress: Progress | undefined = rate === undefined ? undefined : {
    movedBytes,
    totalBytes: BIG_BYTES,
    rateBytesPerSecond: rate,
    remainingMs: (BIG_BYTES - movedBytes) / rate * 1000,
  };
  // The cast: what no card shows is left out.
  const transfer = {
    ...{ id, number, direction, peer: given.peer ?? BOB, room: given.room, offer: given.offer },
    ...{ items: [{ path, sizeBytes: BIG_BYTES, type: "" }], movedBytes, verifiedBytes: 0 },
    ...{ state, finished, digests: [], upload: `up ${id}` },
  } as unknown as Transfer;
  return { transfer, progress };
}

/** `id` as the history names it. */
export function transferId(id = "f1"): TransferId {
  return id as TransferId;
}

/** A film of bob's. */
export function streamed(
  facts: Partial<StreamRow> & Partial<Pick<StreamCard, "live" | "isLate">> = {},
): StreamCard {
  const { live, isLate = false, ...row } = facts;
  const stream: StreamRow = {
    ...{ number: 1, id: "5" as StreamId, direction: "in", peer: BOB, account: BOB },
    ...{ device: "d" as StreamRow["device"], source: "file", state: "open", ended: undefined },
    ...{ offeredMs: at(19, 0), title: "film.mp4" },
    ...row,
  };
  return { kind: "stream", stream, live, isLate };
}

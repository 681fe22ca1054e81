/** What a profile keeps of a transfer. */

import type { AccountId, Peer, RoomHandle, TransferId, UploadId } from "../../base/ids.ts";
import { SPOOL_BLOCK_BYTES } from "../../protocol/hop/spool.ts";
import { FILE_BLOCK_BYTES, FILE_DIGEST_BYTES, FILE_SEAL_BYTES } from "../../protocol/peer/file.ts";
import { safePath, setApart } from "../../storage/safe_path.ts";
import { isEnded, type ReceiverState, type SenderState } from "./transfer_state.ts";

interface Common {
  readonly id: TransferId;
  /** What people call it: 1 for the first of the profile. */
  readonly number: number;
  readonly peer: AccountId;
  /** The room in which it was offered, if it was in one; and the id of that offer, the same for all of its members. */
  readonly room: RoomHandle | undefined;
  readonly offer: TransferId | undefined;
  /** Bytes of the stream: at the server, or written here; as it was written down last. */
  readonly movedBytes: number;
  /** Bytes that the receiver says it has verified. */
  readonly verifiedBytes: number;
}

/** A file to send. */
export interface SourceItem {
  /** What the receiver sees: folders and name, parted by `/`. */
  readonly path: string;
  /** Where it is here. */
  readonly source: string;
  readonly sizeBytes: number;
  readonly modifiedMs: number;
  readonly type: string;
}

/** A file to receive. */
export interface TargetItem {
  /** Foreign. */
  readonly path: string;
  readonly sizeBytes: number;
  readonly type: string;
}

/**
 * Where files go below the folder that they are received into: safe names, and no two of them one on any system (SR-64). The
 * sender sees by it what will be called otherwise. Undefined when a path is too deep.
 */
export function targetPaths(
  items: readonly Pick<TargetItem, "path">[],
): readonly (readonly string[])[] | undefined {
  const safe = items.map(({ path }) => safePath(path)).filter((path) => path !== undefined);
  return safe.length === items.length ? setApart(safe) : undefined;
}

/** A small JPEG, in base64, of the item at this place, which is a video. */
export interface ItemPoster {
  readonly item: number;
  readonly jpeg: string;
}

/** What is sealed of either: what opens the upload. */
interface Sealed {
  readonly upload: UploadId;
  /** 32 bytes in base64. */
  readonly key: string;
  readonly poster?: ItemPoster;
  /** Those of further videos. */
  readonly posters?: readonly ItemPoster[];
}

/** All of them. */
export function postersOf(
  { poster, posters = [] }: Pick<Sealed, "poster" | "posters">,
): readonly ItemPoster[] {
  return poster === undefined ? posters : [poster, ...posters];
}

/** What is sealed of one that goes out. */
export interface Outgoing extends Sealed {
  readonly items: readonly SourceItem[];
  /** SHA-256 over those of the items, in hex; known once all was read. */
  readonly digest?: string;
  /** SHA-256 of the only file, in hex; known with `digest`. */
  readonly fileDigest?: string;
}

/** What is sealed of one that comes in. */
export interface Incoming extends Sealed {
  readonly items: readonly TargetItem[];
  /** Where it goes; chosen with the answer. */
  readonly folder?: string;
  /** Names that folders of the offer got here, by their safe names. */
  readonly roots: Readonly<Record<string, string>>;
  /** The paths of finished files, in the order of the items. */
  readonly finished: readonly string[];
  /** Their SHA-256, in hex. */
  readonly digests: readonly string[];
  /** The part of the next one, once it was begun. */
  readonly part?: string;
}

/** One that goes out. */
export interface OutgoingTransfer extends Common, Outgoing {
  readonly direction: "out";
  readonly state: SenderState;
}

/** One that comes in. */
export interface IncomingTransfer extends Common, Incoming {
  readonly direction: "in";
  readonly state: ReceiverState;
}

/** Either. */
export type Transfer = OutgoingTransfer | IncomingTransfer;

/** What is sealed of a transfer that goes out: the rest has columns of its own. */
export function outgoingOf(
  { upload, key, poster, posters, items, digest, fileDigest }: Outgoing,
): Outgoing {
  return {
    ...{ upload, key, items },
    ...(poster && { poster }),
    ...(posters && { posters }),
    ...(digest === undefined ? {} : { digest }),
    ...(fileDigest === undefined ? {} : { fileDigest }),
  };
}

/** The same of one that comes in. */
export function incomingOf(
  { upload, key, poster, posters, items, folder, roots, finished, digests, part }: Incoming,
): Incoming {
  return {
    ...{ upload, key, items, roots, finished, digests },
    ...(poster && { poster }),
    ...(posters && { posters }),
    ...(folder === undefined ? {} : { folder }),
    ...(part === undefined ? {} : { part }),
  };
}

/** Where it is spoken of: with the other one, or in the room. */
export function placeOf({ room, peer }: Pick<Transfer, "room" | "peer">): Peer {
  return room ?? peer;
}

/** By what lines about it are held together: to the members of a room it is one offer. */
export function subjectOf({ id, direction, offer }: Transfer): TransferId {
  return direction === "out" && offer !== undefined ? offer : id;
}

/** What tells how long a stream is. */
type Items = readonly { readonly sizeBytes: number }[];

/** Bytes of all files. */
export function contentBytes(items: Items): number {
  return items.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}

/** Bytes of the stream: each file, and its SHA-256 behind it. */
export function streamBytes(items: Items): number {
  return contentBytes(items) + items.length * FILE_DIGEST_BYTES;
}

/** Blocks of the stream. */
export function blockCount(items: Items): number {
  return Math.ceil(streamBytes(items) / FILE_BLOCK_BYTES);
}

/** The blocks of the stream, before they are sealed. */
export function planOf(
  items: Items,
): { readonly chunks: number; readonly chunkBytes: number; readonly lastChunkBytes: number } {
  const chunks = blockCount(items);
  const lastChunkBytes = streamBytes(items) - (chunks - 1) * FILE_BLOCK_BYTES;
  return { chunks, chunkBytes: FILE_BLOCK_BYTES, lastChunkBytes };
}

/** Bytes of its blocks, sealed: the size of the upload. */
export function uploadBytes(items: Items): number {
  return streamBytes(items) + blockCount(items) * FILE_SEAL_BYTES;
}

/** Bytes of the stream in the first `bytes` of the upload. */
export function streamBytesOf(bytes: number): number {
  return Math.max(0, bytes - Math.ceil(bytes / SPOOL_BLOCK_BYTES) * FILE_SEAL_BYTES);
}

/** Where the block begins that holds this place of the stream. */
export function blockAt(position: number): { uploadBytes: number; streamBytes: number } {
  const index = Math.floor(position / FILE_BLOCK_BYTES);
  return { uploadBytes: index * SPOOL_BLOCK_BYTES, streamBytes: index * FILE_BLOCK_BYTES };
}

/** Bytes of a block that holds so much. */
export function sealedBytes(bytes: number): number {
  return bytes + FILE_SEAL_BYTES;
}

/** Bytes of the upload in the whole blocks of the first `bytes` of the stream. */
export function wholeBlockBytes(bytes: number): number {
  return Math.floor(bytes / FILE_BLOCK_BYTES) * SPOOL_BLOCK_BYTES;
}

/** Whether a transfer is over. */
export function isOver({ state }: Transfer): boolean {
  return isEnded(state);
}

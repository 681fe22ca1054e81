/** Blobs that several nodes share: each append is an object of its own (`pieces.ts`). */

import { type Bytes, decodeUtf8, utf8 } from "../../base/bytes.ts";
import { StorageError } from "../../base/errors.ts";
import { type Random, randomHex } from "../../base/random.ts";
import { SPOOL_BLOCK_BYTES } from "../../protocol/hop/spool.ts";
import type { BlobReader, BlobStore, OpenBlob } from "../../relay/blob_store.ts";
import type { Objects } from "./objects.ts";
import {
  isLast,
  type Layout,
  layOut,
  nextOpening,
  parsePiece,
  type Piece,
  pieceName,
} from "./pieces.ts";

/** Whose it is: a server that is pointed at another one's would sweep all of it away. */
const OWNER = "heliograph-server";
/** A SHA-256 in hexadecimal digits, and some room for what else stands there. */
const OWNER_MAX_BYTES = 256;
const REMOVED_AT_ONCE = 16;

/** Owns `objects`. */
export class PieceBlobs implements BlobStore, Disposable {
  readonly isShared = true;
  readonly #objects: Objects;
  readonly #random: Random;

  private constructor(objects: Objects, random: Random) {
    this.#objects = objects;
    this.#random = random;
  }

  /** For the server of this id alone. Throws StorageError `another-server`. */
  static async open(objects: Objects, server: string, random: Random): Promise<PieceBlobs> {
    if (await readOwner(objects) === undefined) await objects.put(OWNER, utf8(server));
    // Read again: another server may have begun at the same moment.
    if (await readOwner(objects) !== server) throw anotherServers();
    return new PieceBlobs(objects, random);
  }

  /** That it is nobody's, or of this server. Writes nothing. Throws StorageError `another-server`. */
  static async requireFree(objects: Objects, server: string | undefined): Promise<void> {
    const found = await readOwner(objects);
    if (found !== undefined && found !== server) throw anotherServers();
  }

  open(id: string): Promise<OpenBlob> {
    return Promise.resolve(new PieceBlob(this.#objects, id, this.#random));
  }

  async read(id: string, offset: number): Promise<BlobReader> {
    const layout = layOut(await piecesOf(this.#objects, id));
    if (layout === undefined) {
      throw new StorageError("not-found", `Cannot read upload ${id}: it is gone`);
    }
    return new PieceReader(this.#objects, { id, layout, at: offset });
  }

  async sizeOf(id: string): Promise<number> {
    return layOut(await piecesOf(this.#objects, id))?.sizeBytes ?? 0;
  }

  async remove(id: string): Promise<void> {
    await removeAll(this.#objects, await piecesOf(this.#objects, id));
  }

  async usedBytes(): Promise<number> {
    let bytes = 0;
    for await (const name of this.#objects.list()) bytes += parsePiece(name)?.length ?? 0;
    return bytes;
  }

  async sweep(isKept: (id: string) => Promise<boolean>): Promise<void> {
    const found = new Map<string, Piece[]>();
    for await (const name of this.#objects.list()) {
      const piece = parsePiece(name);
      if (piece === undefined) continue;
      const id = name.slice(0, name.indexOf("/"));
      found.set(id, [...found.get(id) ?? [], piece]);
    }
    for (const [id, pieces] of found) {
      // Those that were there before the question: what another node has begun since then has other names.
      if (!await isKept(id)) await removeAll(this.#objects, pieces);
    }
  }

  [Symbol.dispose](): void {
    this.#objects[Symbol.dispose]();
  }
}

/** Has no opening of its own before it writes: whoever only reads takes nothing away from who writes elsewhere. */
class PieceBlob implements OpenBlob {
  readonly #objects: Objects;
  readonly #id: string;
  readonly #random: Random;
  #opening: string | undefined;
  #endBytes = 0;

  constructor(objects: Objects, id: string, random: Random) {
    this.#objects = objects;
    this.#id = id;
    this.#random = random;
  }

  async sizeBytes(): Promise<number> {
    return layOut(await piecesOf(this.#objects, this.#id))?.sizeBytes ?? 0;
  }

  async append(bytes: Bytes): Promise<number> {
    if (this.#opening === undefined) await this.cutTo(await this.sizeBytes());
    const part = bytes.subarray(0, SPOOL_BLOCK_BYTES);
    await this.#put(part);
    this.#endBytes += part.length;
    return part.length;
  }

  /** Two requests and two lists: once for each beginning, never for each chunk. */
  async cutTo(sizeBytes: number): Promise<void> {
    let pieces = await piecesOf(this.#objects, this.#id);
    for (;;) {
      this.#opening = nextOpening(pieces, randomHex(this.#random, 8));
      this.#endBytes = sizeBytes;
      await this.#put(new Uint8Array());
      pieces = await piecesOf(this.#objects, this.#id);
      // Two at the same moment: one of both sees the other, and goes behind it.
      if (isLast(this.#opening, pieces)) break;
    }
    const opening = this.#opening;
    await removeAll(
      this.#objects,
      pieces.filter((piece) => piece.opening < opening && piece.offset >= sizeBytes),
    );
  }

  /** A piece is there or not, and what came all the same is not counted: whoever goes on has another opening. */
  undo(): Promise<void> {
    this.#opening = undefined;
    return Promise.resolve();
  }

  close(): void {}

  async #put(bytes: Bytes): Promise<void> {
    const [opening = "", offset, length] = [this.#opening, this.#endBytes, bytes.length];
    await this.#objects.put(pieceName(this.#id, { opening, offset, length }), bytes);
  }
}

class PieceReader implements BlobReader {
  readonly #objects: Objects;
  readonly #id: string;
  #layout: Layout | undefined;
  #at: number;

  constructor(objects: Objects, from: { id: string; layout: Layout; at: number }) {
    this.#objects = objects;
    this.#id = from.id;
    this.#layout = from.layout;
    this.#at = from.at;
  }

  async read(into: Bytes): Promise<number | null> {
    if (this.#at >= (this.#layout?.sizeBytes ?? 0)) await this.#look();
    try {
      return await this.#next(into);
    } catch (error) {
      // Cut off meanwhile, and written anew by another opening.
      if (!(error instanceof StorageError) || error.code !== "not-found") throw error;
      await this.#look();
      return await this.#next(into);
    }
  }

  [Symbol.dispose](): void {}

  async #look(): Promise<void> {
    this.#layout = layOut(await piecesOf(this.#objects, this.#id));
  }

  async #next(into: Bytes): Promise<number | null> {
    const { parts, sizeBytes } = this.#layout ?? { parts: [], sizeBytes: 0 };
    const at = this.#at;
    if (at >= sizeBytes || into.length === 0) return null;
    const part = parts.find(({ endBytes }) => endBytes > at);
    const beginBytes = part?.piece.offset ?? sizeBytes;
    const untilBytes = beginBytes > at ? beginBytes : part?.endBytes ?? sizeBytes;
    const length = Math.min(into.length, untilBytes - at);
    if (part === undefined || beginBytes > at) into.fill(0, 0, length);
    const read = part === undefined || beginBytes > at
      ? length
      : await this.#copy(part.piece, into.subarray(0, length));
    this.#at += read;
    return read;
  }

  async #copy({ name, offset }: Piece, into: Bytes): Promise<number> {
    const bytes = await this.#objects.get(name, this.#at - offset, into.length);
    if (bytes.length === 0 || bytes.length > into.length) {
      throw new StorageError(
        "damaged",
        "Cannot read upload: a piece has another length than it says",
      );
    }
    into.set(bytes);
    return bytes.length;
  }
}

async function piecesOf(objects: Objects, id: string): Promise<Piece[]> {
  const pieces: Piece[] = [];
  for await (const name of objects.list(id)) {
    const piece = parsePiece(name);
    if (piece !== undefined && name.startsWith(`${id}/`)) pieces.push(piece);
  }
  return pieces;
}

async function removeAll(objects: Objects, pieces: readonly Piece[]): Promise<void> {
  // The beginnings first: without them the rest is nothing, and nobody goes on with what is half gone.
  const [beginnings, rest] = [
    pieces.filter(({ length }) => length === 0),
    pieces.filter(({ length }) => length > 0),
  ];
  for (const names of [beginnings, rest].map((some) => some.map(({ name }) => name))) {
    for (let at = 0; at < names.length; at += REMOVED_AT_ONCE) {
      await Promise.all(names.slice(at, at + REMOVED_AT_ONCE).map((name) => objects.remove(name)));
    }
  }
}

async function readOwner(objects: Objects): Promise<string | undefined> {
  try {
    return decodeUtf8(await objects.get(OWNER, 0, OWNER_MAX_BYTES));
  } catch (error) {
    if (error instanceof StorageError && error.code === "not-found") return undefined;
    throw error;
  }
}

function anotherServers(): StorageError {
  return new StorageError(
    "another-server",
    "Cannot use the spool: it is another server's. Choose an empty folder or another prefix. " +
      "A node of that server gets its keys first: heliograph-server node ask",
  );
}

/**
 * The headers of a tar archive (POSIX.1-1988 "ustar", with GNU's numbers beyond 8 GiB): plain files in one folder, and nothing
 * else. Pure.
 */

import { type Bytes, decodeUtf8, utf8 } from "../base/bytes.ts";
import { StorageError } from "../base/errors.ts";

/** Everything in an archive begins at a multiple of this. */
export const TAR_BLOCK_BYTES = 512;
/** Two empty blocks end an archive. */
export const TAR_END_BYTES: number = 2 * TAR_BLOCK_BYTES;

/** One file of an archive. */
export interface TarEntry {
  readonly name: string;
  readonly sizeBytes: number;
}

const NAME = { at: 0, length: 100 } as const;
const SIZE = { at: 124, length: 12 } as const;
const CHECKSUM = { at: 148, length: 8 } as const;
const TYPE_AT = 156;
const MAGIC = { at: 257, text: "ustar\x0000" } as const;
/** 11 octal digits. */
const MAX_OCTAL_SIZE = 8 ** 11 - 1;
/** The first byte of a number that is written in base 256. */
const BASE_256 = 0x80;
const PLAIN_FILE = 0x30;

/** What fills a file of this size up to the next block. */
export function tarPaddingBytes(sizeBytes: number): number {
  return (TAR_BLOCK_BYTES - sizeBytes % TAR_BLOCK_BYTES) % TAR_BLOCK_BYTES;
}

/** The block before a file's bytes: readable by its owner only, as of `modifiedMs`. Names are short ASCII. */
export function encodeTarHeader({ name, sizeBytes }: TarEntry, modifiedMs: number): Bytes {
  const block = new Uint8Array(TAR_BLOCK_BYTES);
  block.set(utf8(name), NAME.at);
  const octal = (value: number, digits: number) => utf8(value.toString(8).padStart(digits, "0"));
  block.set(octal(0o600, 7), 100);
  block.set(octal(0, 7), 108);
  block.set(octal(0, 7), 116);
  if (sizeBytes <= MAX_OCTAL_SIZE) block.set(octal(sizeBytes, 11), SIZE.at);
  else writeBase256(block, sizeBytes);
  block.set(octal(Math.max(0, Math.floor(modifiedMs / 1000)), 11), 136);
  block[TYPE_AT] = PLAIN_FILE;
  block.set(utf8(MAGIC.text), MAGIC.at);
  block.set(utf8(`${checksum(block).toString(8).padStart(6, "0")}\0 `), CHECKSUM.at);
  return block;
}

/** Undefined at the end of the archive. Throws `StorageError` `damaged` for anything but the header of a plain file. */
export function decodeTarHeader(block: Bytes): TarEntry | undefined {
  if (block.every((byte) => byte === 0)) return undefined;
  const sum = Number.parseInt(text(block, CHECKSUM.at, 6), 8);
  const isHeader = text(block, MAGIC.at, MAGIC.text.length) === MAGIC.text;
  if (!isHeader || sum !== checksum(block)) throw damaged("a header is damaged");
  const nameBytes = block.subarray(NAME.at, NAME.at + NAME.length);
  const end = nameBytes.indexOf(0);
  const name = decodeUtf8(nameBytes.subarray(0, end < 0 ? undefined : end));
  const sizeBytes = readSize(block);
  if (name === undefined || !Number.isSafeInteger(sizeBytes) || block[TYPE_AT] !== PLAIN_FILE) {
    throw damaged("it holds something else than plain files");
  }
  return { name, sizeBytes };
}

function damaged(why: string): StorageError {
  return new StorageError("damaged", `Cannot read archive: ${why}`);
}

function text(block: Bytes, at: number, length: number): string {
  return String.fromCharCode(...block.subarray(at, at + length));
}

/** Of all bytes, those of the checksum itself counted as blanks. */
function checksum(block: Bytes): number {
  return block.reduce((sum, byte, i) => {
    const isOwn = i >= CHECKSUM.at && i < CHECKSUM.at + CHECKSUM.length;
    return sum + (isOwn ? 0x20 : byte);
  }, 0);
}

function writeBase256(block: Bytes, value: number): void {
  block[SIZE.at] = BASE_256;
  new DataView(block.buffer).setBigUint64(SIZE.at + SIZE.length - 8, BigInt(value));
}

function readSize(block: Bytes): number {
  if (block[SIZE.at] !== BASE_256) {
    const digits = text(block, SIZE.at, SIZE.length).replace(/[\0 ]+$/, "");
    return /^[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : Number.NaN;
  }
  const view = new DataView(block.buffer, block.byteOffset);
  return Number(view.getBigUint64(SIZE.at + SIZE.length - 8));
}

/**
 * The file of a key store: how it is laid out, and what of it is refused.
 *
 *     u16 format ‖ u16 length ‖ "heliograph key store" ‖ store id(16) ‖ u8 number of slots ‖ slots
 *     slot: u8 kind ‖ u32 memory KiB ‖ u8 iterations ‖ u8 parallelism ‖ salt(16) ‖ nonce(12) ‖ wrapped key(48)
 */

import { ByteReader, type Bytes, ByteWriter } from "../../base/bytes.ts";
import { StorageError } from "../../base/errors.ts";

/** Cost of guessing a password against a stolen file. */
export interface Stretching {
  readonly memoryKiB: number;
  readonly iterations: number;
  readonly parallelism: number;
}

/** Which kind of secret opens a slot. */
export type SlotKind = "password" | "session" | "recovery";

/** Argon2id, RFC 9106 §4 second recommendation with one lane: 0.25 s and 74 MiB, measured. */
export const DEFAULT_STRETCHING: Stretching = { memoryKiB: 65_536, iterations: 3, parallelism: 1 };
/** Below: a planted file that is cheap to guess (OWASP's minimum). Above: one that takes the machine's memory (SR-81). */
const MIN_STRETCHING = { memoryKiB: 19_456, iterations: 2 } as const;
/** The greatest effort that a file may ask for. */
const MAX_STRETCHING = { memoryKiB: 1_048_576, iterations: 16, parallelism: 4 } as const;
/** Each password slot costs one stretching to try; an old and a new one is what there ever is. */
export const MAX_PASSWORD_SLOTS = 3;
/** Slots of all kinds: passwords, a session, a recovery code, and room to change them. */
export const MAX_SLOTS = 8;

const FORMAT = 1;
const MAGIC = "heliograph key store";
/** A store's random id. */
export const STORE_ID_BYTES = 16;
/** A slot's salt. */
export const SALT_BYTES = 16;
/** A slot's nonce, AES-GCM. */
export const NONCE_BYTES = 12;
/** A data key, AES-256. */
export const DATA_KEY_BYTES = 32;
const WRAPPED_BYTES = DATA_KEY_BYTES + 16;
const KINDS: readonly SlotKind[] = ["password", "session", "recovery"];

/** One wrapping of the data key. */
export interface Slot {
  readonly kind: SlotKind;
  readonly stretching: Stretching;
  readonly salt: Bytes;
  readonly nonce: Bytes;
  readonly wrapped: Bytes;
}

/** A file, read. */
export interface KeyStoreFile {
  readonly id: Bytes;
  readonly slots: readonly Slot[];
}

/** What stands before the number of slots. */
export function headerBytes(id: Bytes): Bytes {
  return new ByteWriter().u16(FORMAT).text(MAGIC).raw(id).finish();
}

/** A slot up to its nonce. */
export function slotHead({ kind, stretching, salt }: Omit<Slot, "nonce" | "wrapped">): Bytes {
  return new ByteWriter().u8(KINDS.indexOf(kind)).u32(stretching.memoryKiB).u8(
    stretching.iterations,
  )
    .u8(stretching.parallelism).raw(salt).finish();
}

/** Writes the file. */
export function encodeKeyStore({ id, slots }: KeyStoreFile): Bytes {
  const writer = new ByteWriter().raw(headerBytes(id)).u8(slots.length);
  for (const slot of slots) writer.raw(slotHead(slot)).raw(slot.nonce).raw(slot.wrapped);
  return writer.finish();
}

function damaged(): StorageError {
  return new StorageError("damaged", "Cannot read key store: it is damaged");
}

function readSlot(reader: ByteReader): Slot {
  const kind = KINDS[reader.u8()];
  const stretching = { memoryKiB: reader.u32(), iterations: reader.u8(), parallelism: reader.u8() };
  const salt = reader.raw(SALT_BYTES);
  const nonce = reader.raw(NONCE_BYTES);
  const wrapped = reader.raw(WRAPPED_BYTES);
  if (reader.failed || kind === undefined) throw damaged();
  if (kind === "password") checkStretching(stretching);
  else if (stretching.memoryKiB + stretching.iterations + stretching.parallelism > 0) {
    throw damaged();
  }
  return { kind, stretching, salt, nonce, wrapped };
}

/** Throws `StorageError` `bad-stretching` (SR-81). */
export function checkStretching({ memoryKiB, iterations, parallelism }: Stretching): void {
  const weak = memoryKiB < MIN_STRETCHING.memoryKiB || iterations < MIN_STRETCHING.iterations;
  const huge = memoryKiB > MAX_STRETCHING.memoryKiB || iterations > MAX_STRETCHING.iterations;
  if (weak || huge || parallelism < 1 || parallelism > MAX_STRETCHING.parallelism) {
    throw new StorageError(
      "bad-stretching",
      `Cannot use key store: its password stretching of ${memoryKiB} KiB and ${iterations} iterations is out of bounds`,
    );
  }
}

/** Reads the file. Throws `StorageError` `newer-format`, `damaged` or `bad-stretching` (SR-31, SR-81). */
export function decodeKeyStore(file: Bytes): KeyStoreFile {
  const reader = new ByteReader(file);
  const format = reader.u16();
  if (!reader.failed && format > FORMAT) {
    throw new StorageError(
      "newer-format",
      `Cannot read key store: it has format ${format}, but this program knows only up to ${FORMAT}`,
    );
  }
  const magic = reader.text();
  const id = reader.raw(STORE_ID_BYTES);
  const count = reader.u8();
  if (reader.failed || format !== FORMAT || magic !== MAGIC || count < 1 || count > MAX_SLOTS) {
    throw damaged();
  }
  const slots: Slot[] = [];
  for (let i = 0; i < count; i++) slots.push(readSlot(reader));
  if (
    !reader.done || slots.filter((slot) => slot.kind === "password").length > MAX_PASSWORD_SLOTS
  ) {
    throw damaged();
  }
  return { id, slots };
}

/**
 * The key store of a profile: one random data key, wrapped once for each secret that may open it. Bytes in, bytes out; the
 * caller replaces the file atomically. Everything else of the profile is sealed under keys derived from the data key.
 *
 *     u16 format ‖ u16 length ‖ "heliograph key store" ‖ store id(16) ‖ u8 number of slots ‖ slots
 *     slot: u8 kind ‖ u32 memory KiB ‖ u8 iterations ‖ u8 parallelism ‖ salt(16) ‖ nonce(12) ‖ wrapped key(48)
 *
 * A slot's additional data is the header and all of the slot before its nonce. Slots stand for themselves: one is added or
 * removed without opening the others, so an old and a new password can both work until the server confirmed (SR-45).
 */

import { argon2id } from "hash-wasm";
import { asBytes, ByteReader, type Bytes, ByteWriter, concatBytes } from "../base/bytes.ts";
import { Bug, StorageError, UsageError } from "../base/errors.ts";
import type { Random } from "../base/random.ts";
import { deriveSealKey, importRootKey, type RootKey } from "./kdf.ts";

/** Cost of guessing a password against a stolen file. */
export interface Stretching {
  readonly memoryKiB: number;
  readonly iterations: number;
  readonly parallelism: number;
}

/** What opens a store. Keys are random and not stretched: 32 bytes for a session, 16 of a recovery code. */
export type StoreSecret =
  | { readonly kind: "password"; readonly password: string }
  | { readonly kind: "session"; readonly key: Bytes }
  | { readonly kind: "recovery"; readonly key: Bytes };

/** Which kind of secret opens a slot. */
export type SlotKind = StoreSecret["kind"];

/** Argon2id, RFC 9106 §4 second recommendation with one lane: 0.25 s and 74 MiB, measured. */
export const DEFAULT_STRETCHING: Stretching = { memoryKiB: 65_536, iterations: 3, parallelism: 1 };
/** Below: a planted file that is cheap to guess (OWASP's minimum). Above: one that takes the machine's memory (SR-81). */
export const MIN_STRETCHING = { memoryKiB: 19_456, iterations: 2 } as const;
/** The greatest effort that a file may ask for. */
export const MAX_STRETCHING = { memoryKiB: 1_048_576, iterations: 16, parallelism: 4 } as const;
/** Each password slot costs one stretching to try; an old and a new one is what there ever is. */
export const MAX_PASSWORD_SLOTS = 3;
/** Slots of all kinds: passwords, a session, a recovery code, and room to change them. */
export const MAX_SLOTS = 8;

const FORMAT = 1;
const MAGIC = "heliograph key store";
const STORE_ID_BYTES = 16;
const SALT_BYTES = 16;
const NONCE_BYTES = 12;
const DATA_KEY_BYTES = 32;
const WRAPPED_BYTES = DATA_KEY_BYTES + 16;
const KINDS: readonly SlotKind[] = ["password", "session", "recovery"];
const NO_STRETCHING: Stretching = { memoryKiB: 0, iterations: 0, parallelism: 0 };
const SLOT_PURPOSE = "Heliograph v1 key store slot\0";

interface Slot {
  readonly kind: SlotKind;
  readonly stretching: Stretching;
  readonly salt: Bytes;
  readonly nonce: Bytes;
  readonly wrapped: Bytes;
}

interface Store {
  readonly id: Bytes;
  readonly slots: readonly Slot[];
}

function headerBytes(id: Bytes): Bytes {
  return new ByteWriter().u16(FORMAT).text(MAGIC).raw(id).finish();
}

function slotHead({ kind, stretching, salt }: Omit<Slot, "nonce" | "wrapped">): Bytes {
  return new ByteWriter().u8(KINDS.indexOf(kind)).u32(stretching.memoryKiB).u8(
    stretching.iterations,
  )
    .u8(stretching.parallelism).raw(salt).finish();
}

function encode({ id, slots }: Store): Bytes {
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

function checkStretching({ memoryKiB, iterations, parallelism }: Stretching): void {
  const weak = memoryKiB < MIN_STRETCHING.memoryKiB || iterations < MIN_STRETCHING.iterations;
  const huge = memoryKiB > MAX_STRETCHING.memoryKiB || iterations > MAX_STRETCHING.iterations;
  if (weak || huge || parallelism < 1 || parallelism > MAX_STRETCHING.parallelism) {
    throw new StorageError(
      "bad-stretching",
      `Cannot use key store: its password stretching of ${memoryKiB} KiB and ${iterations} iterations is out of bounds`,
    );
  }
}

function decode(file: Bytes): Store {
  const reader = new ByteReader(file);
  const format = reader.u16();
  if (!reader.failed && format > FORMAT) {
    throw new StorageError(
      "newer-format",
      `Cannot read key store: it has format ${format}, this program knows up to ${FORMAT}`,
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

/** The key that wraps the data key in one slot. */
async function slotKey(
  secret: StoreSecret,
  slot: Pick<Slot, "stretching" | "salt">,
): Promise<CryptoKey> {
  let strong: Bytes;
  if (secret.kind === "password") {
    strong = asBytes(
      await argon2id({
        password: secret.password.normalize("NFC"),
        salt: slot.salt,
        memorySize: slot.stretching.memoryKiB,
        iterations: slot.stretching.iterations,
        parallelism: slot.stretching.parallelism,
        hashLength: 32,
        outputType: "binary",
      }),
    );
  } else {
    strong = secret.key;
  }
  return deriveSealKey(await importRootKey(strong), { purpose: SLOT_PURPOSE, salt: slot.salt });
}

function gcm(id: Bytes, slot: Omit<Slot, "wrapped">): AesGcmParams {
  return {
    name: "AES-GCM",
    iv: slot.nonce,
    additionalData: concatBytes(headerBytes(id), slotHead(slot)),
  };
}

async function makeSlot(
  store: { readonly id: Bytes; readonly dataKey: Bytes },
  secret: StoreSecret,
  { random, stretching }: { random: Random; stretching: Stretching },
): Promise<Slot> {
  checkSecret(secret);
  const own = secret.kind === "password" ? stretching : NO_STRETCHING;
  if (secret.kind === "password") checkStretching(own);
  const slot = {
    kind: secret.kind,
    stretching: own,
    salt: random.bytes(SALT_BYTES),
    nonce: random.bytes(NONCE_BYTES),
  };
  const key = await slotKey(secret, slot);
  const wrapped = await crypto.subtle.encrypt(gcm(store.id, slot), key, store.dataKey);
  return { ...slot, wrapped: asBytes(new Uint8Array(wrapped)) };
}

function checkSecret(secret: StoreSecret): void {
  if (secret.kind === "password") {
    if (secret.password === "") {
      throw new UsageError("empty-password", "Cannot use an empty password");
    }
  } else if (secret.key.length < 16) {
    throw new Bug(`Cannot use ${secret.kind} key: ${secret.key.length} bytes, must be 16 or more`);
  }
}

/** The slot that `secret` opens, and its data key as bytes, which the caller wipes. */
async function findSlot(
  store: Store,
  secret: StoreSecret,
): Promise<{ slot: Slot; dataKey: Bytes } | undefined> {
  if (secret.kind === "password" && secret.password === "") return undefined;
  for (const slot of store.slots) {
    if (slot.kind !== secret.kind) continue;
    const key = await slotKey(secret, slot);
    try {
      const opened = await crypto.subtle.decrypt(gcm(store.id, slot), key, slot.wrapped);
      return { slot, dataKey: asBytes(new Uint8Array(opened)) };
    } catch (error) {
      // WebCrypto's word for a tag that does not fit: another secret, or a damaged slot.
      if (!(error instanceof DOMException && error.name === "OperationError")) throw error;
    }
  }
  return undefined;
}

async function intoRootKey(dataKey: Bytes): Promise<RootKey> {
  const root = await importRootKey(dataKey);
  dataKey.fill(0);
  return root;
}

/** A new store with one slot. Throws `UsageError` for an empty password. */
export async function createKeyStore(
  secret: StoreSecret,
  { random, stretching = DEFAULT_STRETCHING }: { random: Random; stretching?: Stretching },
): Promise<{ file: Bytes; root: RootKey }> {
  const id = random.bytes(STORE_ID_BYTES);
  const dataKey = random.bytes(DATA_KEY_BYTES);
  const slot = await makeSlot({ id, dataKey }, secret, { random, stretching });
  return { file: encode({ id, slots: [slot] }), root: await intoRootKey(dataKey) };
}

/**
 * The root of all keys of the profile, or undefined when `secret` opens no slot. Every function that takes a file throws
 * `StorageError`: `newer-format`, `damaged`, or `bad-stretching` before any work is done (SR-31, SR-81).
 */
export async function openKeyStore(file: Bytes, secret: StoreSecret): Promise<RootKey | undefined> {
  const found = await findSlot(decode(file), secret);
  return found && await intoRootKey(found.dataKey);
}

/**
 * The file with one more slot, which `added` opens. Undefined when `secret` opens none. Throws `UsageError` `too-many-slots`.
 */
export async function addSlot(
  file: Bytes,
  secret: StoreSecret,
  { added, random, stretching = DEFAULT_STRETCHING }: {
    added: StoreSecret;
    random: Random;
    stretching?: Stretching;
  },
): Promise<Bytes | undefined> {
  const store = decode(file);
  const ofKind = store.slots.filter((slot) => slot.kind === added.kind).length;
  const limit = added.kind === "password" ? MAX_PASSWORD_SLOTS : MAX_SLOTS;
  if (ofKind >= limit || store.slots.length >= MAX_SLOTS) {
    throw new UsageError(
      "too-many-slots",
      `Cannot add ${added.kind} to key store: it has ${ofKind} already`,
    );
  }
  const found = await findSlot(store, secret);
  if (found === undefined) return undefined;
  const { dataKey } = found;
  const slot = await makeSlot({ id: store.id, dataKey }, added, { random, stretching });
  dataKey.fill(0);
  return encode({ id: store.id, slots: [...store.slots, slot] });
}

/**
 * The file without the other slots of `secret`'s kind: after a change of password was confirmed, the old one; after a new
 * session key, the earlier ones. Undefined when `secret` opens none, so the last working secret is never taken away.
 */
export async function keepOnlySlot(file: Bytes, secret: StoreSecret): Promise<Bytes | undefined> {
  const store = decode(file);
  const found = await findSlot(store, secret);
  if (found === undefined) return undefined;
  found.dataKey.fill(0);
  return encode({
    id: store.id,
    slots: store.slots.filter((slot) => slot.kind !== secret.kind || slot === found.slot),
  });
}

/** The file without slots of `kind` (logout). Needs no secret. Throws `UsageError` when nothing would open it any more. */
export function removeSlots(file: Bytes, kind: SlotKind): Bytes {
  const { id, slots } = decode(file);
  const kept = slots.filter((slot) => slot.kind !== kind);
  if (kept.length === 0) {
    throw new UsageError(
      "last-slot",
      `Cannot remove ${kind} from key store: nothing else opens it`,
    );
  }
  return encode({ id, slots: kept });
}

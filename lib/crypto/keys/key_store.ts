/**
 * The key store of a profile: one random data key, wrapped once for each secret that may open it. Bytes in, bytes out; the
 * caller replaces the file atomically. Everything else of the profile is sealed under keys derived from the data key.
 * `key_store_format` has the layout.
 *
 * A slot's additional data is the header and all of the slot before its nonce. Slots stand for themselves: one is added or
 * removed without opening the others, so an old and a new password can both work until the server confirmed (SR-45).
 */

import { asBytes, type Bytes, concatBytes } from "../../base/bytes.ts";
import { Bug, UsageError } from "../../base/errors.ts";
import type { Random } from "../../base/random.ts";
import { deriveSealKey, importRootKey, type RootKey } from "./kdf.ts";
import {
  checkStretching,
  DATA_KEY_BYTES,
  decodeKeyStore,
  DEFAULT_STRETCHING,
  encodeKeyStore,
  headerBytes,
  type KeyStoreFile,
  MAX_PASSWORD_SLOTS,
  MAX_SLOTS,
  NONCE_BYTES,
  SALT_BYTES,
  type Slot,
  slotHead,
  type SlotKind,
  STORE_ID_BYTES,
  type Stretching,
} from "./key_store_format.ts";

/** What opens a store. Keys are random and not stretched: 32 bytes for a session, 16 of a recovery code. */
export type StoreSecret =
  | { readonly kind: "password"; readonly password: string }
  | { readonly kind: "session"; readonly key: Bytes }
  | { readonly kind: "recovery"; readonly key: Bytes };

const NO_STRETCHING: Stretching = { memoryKiB: 0, iterations: 0, parallelism: 0 };
const SLOT_PURPOSE = "Heliograph v1 key store slot\0";

/**
 * What a secret was stretched to already, by the slot's bytes. Stretching is slow on purpose, and whoever registers opens the
 * same slot four times; the keys live as long as the caller holds the secret.
 */
const STRETCHED = new WeakMap<StoreSecret, Map<string, Promise<CryptoKey>>>();

/** The key that wraps the data key in one slot. Stretches once for each slot and secret object. */
function slotKey(
  secret: StoreSecret,
  slot: Pick<Slot, "stretching" | "salt">,
): Promise<CryptoKey> {
  const { memoryKiB, iterations, parallelism } = slot.stretching;
  const name = `${slot.salt} ${memoryKiB} ${iterations} ${parallelism}`;
  const known = STRETCHED.get(secret) ?? new Map<string, Promise<CryptoKey>>();
  STRETCHED.set(secret, known);
  const key = known.get(name) ?? deriveSlotKey(secret, slot);
  known.set(name, key);
  return key;
}

async function deriveSlotKey(
  secret: StoreSecret,
  slot: Pick<Slot, "stretching" | "salt">,
): Promise<CryptoKey> {
  let strong: Bytes;
  if (secret.kind === "password") {
    // Loaded when a password is used at last: most starts need none.
    const { argon2id } = await import("hash-wasm");
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
  store: KeyStoreFile,
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
  return { file: encodeKeyStore({ id, slots: [slot] }), root: await intoRootKey(dataKey) };
}

/**
 * The root of all keys of the profile, or undefined when `secret` opens no slot. Every function that takes a file throws
 * `StorageError`: `newer-format`, `damaged`, or `bad-stretching` before any work is done (SR-31, SR-81).
 */
export async function openKeyStore(file: Bytes, secret: StoreSecret): Promise<RootKey | undefined> {
  const found = await findSlot(decodeKeyStore(file), secret);
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
  const store = decodeKeyStore(file);
  const ofKind = store.slots.filter((slot) => slot.kind === added.kind).length;
  const limit = added.kind === "password" ? MAX_PASSWORD_SLOTS : MAX_SLOTS;
  if (ofKind >= limit || store.slots.length >= MAX_SLOTS) {
    throw new UsageError(
      "too-many-slots",
      `Cannot add ${added.kind} to key store: it already has ${ofKind}`,
    );
  }
  const found = await findSlot(store, secret);
  if (found === undefined) return undefined;
  const { dataKey } = found;
  const slot = await makeSlot({ id: store.id, dataKey }, added, { random, stretching });
  dataKey.fill(0);
  return encodeKeyStore({ id: store.id, slots: [...store.slots, slot] });
}

/**
 * The file without the other slots of `secret`'s kind: after a change of password was confirmed, the old one; after a new
 * session key, the earlier ones. Undefined when `secret` opens none, so the last working secret is never taken away.
 */
export async function keepOnlySlot(file: Bytes, secret: StoreSecret): Promise<Bytes | undefined> {
  const store = decodeKeyStore(file);
  const found = await findSlot(store, secret);
  if (found === undefined) return undefined;
  found.dataKey.fill(0);
  return encodeKeyStore({
    id: store.id,
    slots: store.slots.filter((slot) => slot.kind !== secret.kind || slot === found.slot),
  });
}

/** The file without slots of `kind` (logout). Needs no secret. Throws `UsageError` when nothing would open it any more. */
export function removeSlots(file: Bytes, kind: SlotKind): Bytes {
  const { id, slots } = decodeKeyStore(file);
  const kept = slots.filter((slot) => slot.kind !== kind);
  if (kept.length === 0) {
    throw new UsageError(
      "last-slot",
      `Cannot remove ${kind} from key store: nothing else opens it`,
    );
  }
  return encodeKeyStore({ id, slots: kept });
}

/**
 * What the nodes of one server say to each other, over a bus that others may reach: AES-256-GCM under a key that only the nodes
 * of this server can derive. Whoever runs the bus can lose, delay, double and reorder it, and nothing else.
 *
 *     instance(16) ‖ u64 counter ‖ ciphertext ‖ tag(16)
 *
 * Each run of a node has an instance of its own and with it a key of its own, so a counter is nonce enough. The calls are
 * synchronous, so that what comes in one order is taken in that order.
 */

import { createCipheriv, createDecipheriv, hkdfSync } from "node:crypto";
import { asBytes, type Bytes, ByteWriter, concatBytes, encodeHex, utf8 } from "../../base/bytes.ts";

const PURPOSE = "Heliograph v1 bus of a server's nodes\0";
const MARK_PURPOSE = "Heliograph v1 mark of the secret of a server's nodes\0";
const MARK_BYTES = 16;
/** Random bytes that tell one run of a node from another. */
export const INSTANCE_BYTES = 16;
const COUNTER_BYTES = 8;
const HEAD_BYTES = INSTANCE_BYTES + COUNTER_BYTES;
const TAG_BYTES = 16;
const CIPHER = "aes-256-gcm";
/** What comes later than so many others of the same instance counts as lost: an entry each, some 100 KB a node. */
const WINDOW = 4096;
/** Instances whose past is open: of more the longest known are forgotten, as somebody may say again what many runs once said. */
const MAX_OPEN = 256;

function keyOf(secret: Bytes, instance: Uint8Array): Bytes {
  return asBytes(new Uint8Array(hkdfSync("sha256", secret, instance, utf8(PURPOSE), 32)));
}

/** By which nodes know that they have the same `secret`, as hex; it says nothing else of one of full strength. */
export function markOfSecret(secret: Bytes): string {
  const none = new Uint8Array();
  return encodeHex(
    new Uint8Array(hkdfSync("sha256", secret, none, utf8(MARK_PURPOSE), MARK_BYTES)),
  );
}

/** The counter as the lower eight bytes of a nonce (NIST SP 800-38D §8.2.1, without a fixed field: the key is the instance's). */
function nonceOf(counter: number): Bytes {
  return new ByteWriter().u32(0).u64(counter).finish();
}

/** What one run of a node says. */
export class BusSealer {
  readonly #instance: Bytes;
  readonly #key: Bytes;
  #counter = 0;

  /** `secret`: of full strength, the same at all nodes. `instance`: 16 random bytes, new for each sealer. */
  constructor(secret: Bytes, instance: Bytes) {
    this.#instance = instance;
    this.#key = keyOf(secret, instance);
  }

  /** It opens under the same `subject` only. */
  seal(subject: string, plain: Uint8Array): Bytes {
    const counter = ++this.#counter;
    const cipher = createCipheriv(CIPHER, this.#key, nonceOf(counter));
    cipher.setAAD(utf8(subject));
    const sealed = [cipher.update(plain), cipher.final()];
    const head = new ByteWriter().raw(this.#instance).u64(counter).finish();
    return concatBytes(head, ...sealed, cipher.getAuthTag());
  }
}

/** An instance whose word was opened, and what of it came lately. */
class Known {
  readonly key: Bytes;
  readonly #lately = new Set<number>();
  #highest = 0;
  /** Nothing up to here opens. */
  #closed = 0;

  constructor(key: Bytes) {
    this.key = key;
  }

  isNew(counter: number): boolean {
    const closed = Math.max(this.#closed, this.#highest - WINDOW);
    return counter > closed && !this.#lately.has(counter);
  }

  take(counter: number): void {
    this.#lately.add(counter);
    this.#highest = Math.max(this.#highest, counter);
    // In the order in which they came: nearly the oldest ones, and `isNew` refuses what is below the window.
    for (const early of this.#lately) {
      if (this.#lately.size <= 2 * WINDOW) break;
      this.#lately.delete(early);
    }
  }

  closePast(): void {
    this.#closed = this.#highest;
    this.#lately.clear();
  }
}

/** What was opened, and the instance that said it, as hex. */
export interface BusOpened {
  readonly instance: string;
  readonly plain: Bytes;
}

/** Opens what any instance said, each once. */
export class BusOpener {
  readonly #secret: Bytes;
  /** Those whose past is open. */
  readonly #open = new Map<string, Known>();
  /** The others, one for each run of a node that this one has met. */
  readonly #closed = new Map<string, Known>();

  /** `secret`: as for `BusSealer`. */
  constructor(secret: Bytes) {
    this.#secret = secret;
  }

  /** Undefined for what another server said, nobody of ours said under `subject`, or came before. */
  open(subject: string, sealed: Uint8Array): BusOpened | undefined {
    if (sealed.length < HEAD_BYTES + TAG_BYTES) return undefined;
    const instance = encodeHex(sealed.subarray(0, INSTANCE_BYTES));
    const counter = readCounter(sealed);
    const known = this.#closed.get(instance) ?? this.#open.get(instance) ??
      new Known(keyOf(this.#secret, sealed.subarray(0, INSTANCE_BYTES)));
    if (counter === undefined || !known.isNew(counter)) return undefined;
    const plain = decipher(known.key, { subject, counter, sealed });
    if (plain === undefined) return undefined;
    known.take(counter);
    if (!this.#closed.has(instance)) this.#remember(instance, known);
    return { instance, plain };
  }

  /** Nothing opens any more that the instance has said so far, however much others say. */
  closePast(instance: string): void {
    const known = this.#closed.get(instance) ?? this.#open.get(instance);
    if (known === undefined) return;
    known.closePast();
    this.#open.delete(instance);
    this.#closed.set(instance, known);
  }

  #remember(instance: string, known: Known): void {
    this.#open.set(instance, known);
    const [first] = this.#open.size > MAX_OPEN ? this.#open.keys() : [];
    if (first !== undefined) this.#open.delete(first);
  }
}

/** Undefined for one that no sealer comes to. */
function readCounter(sealed: Uint8Array): number | undefined {
  const view = new DataView(sealed.buffer, sealed.byteOffset, sealed.byteLength);
  const counter = Number(view.getBigUint64(INSTANCE_BYTES));
  return Number.isSafeInteger(counter) ? counter : undefined;
}

function decipher(
  key: Bytes,
  { subject, counter, sealed }: { subject: string; counter: number; sealed: Uint8Array },
): Bytes | undefined {
  const opening = createDecipheriv(CIPHER, key, nonceOf(counter));
  opening.setAAD(utf8(subject));
  opening.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
  const plain = opening.update(sealed.subarray(HEAD_BYTES, sealed.length - TAG_BYTES));
  try {
    return concatBytes(plain, opening.final());
  } catch {
    // The tag is another: node:crypto says it by throwing, and there is nothing to learn from why.
    return undefined;
  }
}

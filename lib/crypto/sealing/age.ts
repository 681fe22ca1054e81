/**
 * Sealing files in the format of age (age-encryption.org/v1), for what leaves the server's own disk. The library is loaded when it
 * is needed: no start of a server waits for it.
 */

import { type Bytes, concatBytes, utf8 } from "../../base/bytes.ts";
import { CryptoError, UsageError } from "../../base/errors.ts";

/** For whom a file is sealed. */
export type AgeLock =
  /** Public keys, `age1…`. */
  | { readonly kind: "recipients"; readonly recipients: readonly string[] }
  | { readonly kind: "passphrase"; readonly passphrase: string };

/** What opens a file. */
export type AgeKey =
  /** The text of an identity file, as `age-keygen` writes it. */
  | { readonly kind: "identities"; readonly text: string }
  | { readonly kind: "passphrase"; readonly passphrase: string };

/** How a file of age begins. */
const MAGIC = utf8("age-encryption.org/v1\n");
/** So many bytes tell whether it is one. */
export const AGE_MAGIC_BYTES: number = MAGIC.length;
/** scrypt makes guessing slow, not impossible: the file may lie somewhere for years. */
const PASSPHRASE_LEAST_LENGTH = 12;

/** What age-encryption 0.3.1 says when the header is whole and none of its stanzas is for the key, or passphrase. */
const NOT_FOR_THIS_KEY = "no identity matched any of the file's recipients";

/** Whether these first `AGE_MAGIC_BYTES` are of a sealed file. */
export function isAgeFile(head: Bytes): boolean {
  return head.length >= MAGIC.length && MAGIC.every((byte, i) => head[i] === byte);
}

/** `plain` sealed, as it comes. Throws UsageError `bad-recipient` or `short-passphrase`. */
export async function sealAge(
  plain: ReadableStream<Bytes>,
  lock: AgeLock,
): Promise<ReadableStream<Uint8Array>> {
  const { Encrypter } = await import("age-encryption");
  const encrypter = new Encrypter();
  if (lock.kind === "passphrase") {
    if (lock.passphrase.length < PASSPHRASE_LEAST_LENGTH) {
      throw new UsageError(
        "short-passphrase",
        `Cannot encrypt: the passphrase has fewer than ${PASSPHRASE_LEAST_LENGTH} characters`,
      );
    }
    encrypter.setPassphrase(lock.passphrase);
    return await encrypter.encrypt(plain);
  }
  for (const recipient of lock.recipients) {
    try {
      encrypter.addRecipient(recipient);
    } catch (error) {
      // Not shown: somebody may have mixed it up with the identity.
      throw new UsageError("bad-recipient", "Cannot encrypt: an age recipient starts with age1", {
        cause: error,
      });
    }
  }
  return await encrypter.encrypt(plain);
}

/**
 * What is in `sealed`, as it comes; each piece is authentic, and reading fails at the first one that is not, or where the file is
 * cut. Throws UsageError `bad-identity`, CryptoError `wrong-key` when this key does not open it, and `damaged` when none can.
 */
export async function openAge(
  sealed: ReadableStream<Uint8Array>,
  key: AgeKey,
): Promise<ReadableStream<Uint8Array>> {
  const { Decrypter } = await import("age-encryption");
  const decrypter = new Decrypter();
  if (key.kind === "passphrase") decrypter.addPassphrase(key.passphrase);
  else for (const identity of identitiesOf(key.text)) addIdentity(decrypter, identity);
  try {
    return await decrypter.decrypt(sealed);
  } catch (error) {
    if (!(error instanceof Error) || error.message !== NOT_FOR_THIS_KEY) {
      throw new CryptoError("damaged", "Cannot open: it is damaged, or its end is missing", {
        cause: error,
      });
    }
    const what = key.kind === "passphrase" ? "passphrase" : "identity";
    throw new CryptoError("wrong-key", `Cannot open: this ${what} does not open it`, {
      cause: error,
    });
  }
}

/** A new identity, for a single use. */
export async function makeAgeKey(): Promise<string> {
  const { generateX25519Identity } = await import("age-encryption");
  return await generateX25519Identity();
}

/** Its public half, `age1…`. Throws UsageError `bad-identity`. */
export async function recipientOf(identity: string): Promise<string> {
  const { identityToRecipient } = await import("age-encryption");
  try {
    return await identityToRecipient(identity.trim());
  } catch {
    // What was thrown may hold the secret.
    throw new UsageError("bad-identity", "Cannot use the key: it is no identity of age");
  }
}

/** Something small, sealed to one recipient. Throws UsageError `bad-recipient`. */
export async function sealAgeBytes(plain: Bytes, recipient: string): Promise<Bytes> {
  const lock = { kind: "recipients", recipients: [recipient] } as const;
  return await joined(await sealAge(ReadableStream.from([plain]), lock), Infinity);
}

/** What `sealAgeBytes` made, of at most so many bytes. Throws UsageError, CryptoError `wrong-key` and `damaged`. */
export async function openAgeBytes(
  sealed: Bytes,
  identity: string,
  limitBytes: number,
): Promise<Bytes> {
  const key = { kind: "identities", text: identity } as const;
  const plain = await openAge(ReadableStream.from([sealed]), key);
  try {
    return await joined(plain, limitBytes);
  } catch (cause) {
    throw new CryptoError("damaged", "Cannot open: it is damaged, or its end is missing", {
      cause,
    });
  }
}

async function joined(stream: ReadableStream<Uint8Array>, limitBytes: number): Promise<Bytes> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of stream) {
    length += piece.length;
    if (length > limitBytes) throw new CryptoError("damaged", "Cannot open: it is too large");
    pieces.push(piece);
  }
  return concatBytes(...pieces);
}

function identitiesOf(text: string): readonly string[] {
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  const found = lines.filter((line) => line !== "" && !line.startsWith("#"));
  if (found.length > 0) return found;
  throw new UsageError("bad-identity", "Cannot open: there is no identity in the file");
}

function addIdentity(decrypter: { addIdentity(identity: string): void }, identity: string): void {
  try {
    decrypter.addIdentity(identity);
  } catch {
    // What was thrown may hold the secret.
    throw new UsageError("bad-identity", "Cannot open: a line of the file is no identity of age");
  }
}

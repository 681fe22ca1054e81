/** What only the owner may read: the process's umask, its folders, and the secret files that a person hands over. */

import { type Bytes, concatBytes, decodeUtf8, utf8, writeAll } from "../base/bytes.ts";
import { StorageError, UsageError } from "../base/errors.ts";
import { storageError } from "./failures.ts";

/** No group, no others. */
const OTHERS_MASK = 0o077;
/** Whoever is in the file's group may read it. */
const GROUP_READ_BIT = 0o040;
/** Sticky: a folder that many share, like /tmp. */
const STICKY_BIT = 0o1000;
/** A password, a token, an invite or a recovery code; more is a wrong file. */
const SECRET_FILE_LIMIT_BYTES = 4096;

/**
 * Makes everything that this process creates private (SR-52): the first act of both programs, before any file or socket.
 * Without it SQLite's files are 0644. Windows has no umask; there, the profile's folder is private by inheritance.
 */
export function restrictUmask(): void {
  if (Deno.build.os !== "windows") Deno.umask(OTHERS_MASK);
}

/**
 * Makes `path` and what is missing above it, 0700; takes group and others off when it is there already (SR-52). Throws
 * `StorageError` when it cannot, and when the folder is one that people share, which must not be closed to them.
 */
export async function makePrivateFolder(path: string): Promise<void> {
  try {
    await Deno.mkdir(path, { recursive: true, mode: 0o700 });
    const { mode } = await Deno.stat(path);
    // Windows has no mode.
    if (mode === null || (mode & OTHERS_MASK) === 0) return;
    if ((mode & STICKY_BIT) !== 0) {
      throw new StorageError(
        "no-permission",
        `Cannot use folder ${path}: it is shared by all users, choose one inside it`,
      );
    }
    await Deno.chmod(path, 0o700);
  } catch (error) {
    throw storageError(`Cannot make private folder ${path}`, error);
  }
}

async function readAtMost(file: Deno.FsFile, limitBytes: number): Promise<Bytes | undefined> {
  const parts: Uint8Array[] = [];
  let sizeBytes = 0;
  for (;;) {
    const buffer = new Uint8Array(Math.min(limitBytes + 1, 65_536));
    const count = await file.read(buffer);
    if (count === null) return concatBytes(...parts);
    sizeBytes += count;
    if (sizeBytes > limitBytes) return undefined;
    parts.push(buffer.subarray(0, count));
  }
}

/** The whole file, or undefined when there is none. Throws `StorageError`, also when it has more than `limitBytes`. */
export async function readSmallFile(path: string, limitBytes: number): Promise<Bytes | undefined> {
  try {
    using file = await Deno.open(path, { read: true });
    const bytes = await readAtMost(file, limitBytes);
    if (bytes !== undefined) return bytes;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw storageError(`Cannot read ${path}`, error);
  }
  throw new StorageError("damaged", `Cannot read ${path}: it is larger than ${limitBytes} bytes`);
}

/** The same as text; undefined, too, when it is not UTF-8. */
export async function readSmallText(
  path: string,
  limitBytes: number,
): Promise<string | undefined> {
  const bytes = await readSmallFile(path, limitBytes);
  return bytes && decodeUtf8(bytes);
}

/**
 * Overwrites a secret in place that is replaced or removed next. On an SSD, and on a file system that keeps old blocks, that
 * is not certain. No file is fine. Throws `StorageError`.
 */
export async function overwriteFile(path: string): Promise<void> {
  try {
    using file = await Deno.open(path, { write: true });
    const zeros = new Uint8Array((await file.stat()).size);
    await writeAll(file, zeros);
    await file.sync();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) {
      throw storageError(`Cannot overwrite ${path}`, error);
    }
  }
}

/** A shell word, for a command that a person is told to run. */
function shellWord(text: string): string {
  return /^[\w./+@%-]+$/.test(text) && !text.startsWith("-")
    ? text
    : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** What is asked of a file with a secret. */
export interface SecretFileRules {
  /** Others of the file's group may read it, though never write it. Left out: nobody but its owner. */
  readonly mayGroupRead?: boolean;
  readonly limitBytes?: number;
}

/**
 * The text of a file with a password or another secret, one trailing newline removed (SR-81). Throws `UsageError`
 * `file-open-to-others` with the command to run when others may read it, `StorageError` when it cannot be read.
 */
export async function readSecretFile(
  path: string,
  { mayGroupRead = false, limitBytes = SECRET_FILE_LIMIT_BYTES }: SecretFileRules = {},
): Promise<string> {
  const closed = mayGroupRead ? OTHERS_MASK & ~GROUP_READ_BIT : OTHERS_MASK;
  let bytes: Bytes | undefined;
  try {
    using file = await Deno.open(path, { read: true });
    // Of the open file, not of the path: it cannot be swapped in between.
    const { mode } = await file.stat();
    if (mode !== null && (mode & closed) !== 0) {
      const right = mayGroupRead ? "640" : "600";
      throw new UsageError(
        "file-open-to-others",
        `Cannot read ${path}: other users can read it, run: chmod ${right} ${shellWord(path)}`,
      );
    }
    bytes = await readAtMost(file, limitBytes);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw storageError(`Cannot read ${path}`, error);
  }
  const text = bytes === undefined ? undefined : decodeUtf8(bytes);
  if (text === undefined) {
    throw new UsageError(
      "bad-secret-file",
      `Cannot read ${path}: it is not text of at most ${limitBytes} bytes`,
    );
  }
  return withoutTrailingNewline(text);
}

/** `text` without one line end, which editors and `echo` add (SR-81); for secrets from standard input too. */
export function withoutTrailingNewline(text: string): string {
  return text.replace(/\r?\n$/, "");
}

/**
 * Adds text to a file, which is made 0600 where there is none. Throws `StorageError`, also for one that others may read and for
 * a link: what is written there would not stay with its owner.
 */
export async function appendPrivately(path: string, text: string): Promise<void> {
  try {
    const isLink = await isSymlink(path);
    using file = await Deno.open(path, { append: true, create: !isLink, mode: 0o600 });
    const { mode } = await file.stat();
    if (isLink || mode !== null && (mode & OTHERS_MASK) !== 0) {
      throw new StorageError(
        "no-permission",
        `Cannot write to ${path}: it is a link, or others may read it`,
      );
    }
    await writeAll(file, utf8(text));
  } catch (error) {
    throw storageError(`Cannot write to ${path}`, error);
  }
}

async function isSymlink(path: string): Promise<boolean> {
  try {
    return (await Deno.lstat(path)).isSymlink;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

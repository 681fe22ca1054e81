/** Small private files that are either the old one or the new one, whatever happens while they are written. */

import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { describeError, StorageError } from "../base/errors.ts";
import { logger } from "../base/log.ts";
import { isSystemFailure, storageError } from "./failures.ts";

const log = logger("storage");

async function writeAndSync(path: string, bytes: Uint8Array): Promise<void> {
  using file = await Deno.open(path, { write: true });
  for (let written = 0; written < bytes.length;) {
    written += await file.write(bytes.subarray(written));
  }
  await file.sync();
}

/** Makes a rename or removal in a folder survive a power cut. Windows cannot open folders and does not need it. */
export async function syncFolder(path: string): Promise<void> {
  if (Deno.build.os === "windows") return;
  using folder = await Deno.open(path, { read: true });
  await folder.sync();
}

/**
 * Replaces the file at `path` by `bytes`, mode 0600 (SR-51, SR-52): written beside it under another name, synced, renamed.
 * A reader, and a crash at any point, sees the whole old file or the whole new one. Throws `StorageError`; the old file is
 * then untouched.
 */
export async function writeFileAtomically(path: string, bytes: Uint8Array): Promise<void> {
  const folder = dirname(path);
  let temporary: string | undefined;
  try {
    // Makes it exclusively and with mode 0600, so no other user can have planted or opened it.
    temporary = await Deno.makeTempFile({ dir: folder, prefix: ".writing-" });
    await writeAndSync(temporary, bytes);
    await Deno.rename(temporary, path);
    temporary = undefined;
    await syncFolder(folder);
  } catch (error) {
    throw storageError(`Cannot write ${path}`, error);
  } finally {
    // Only after a failure. That the temporary file cannot be removed either must not hide why.
    if (temporary !== undefined) await Deno.remove(temporary).catch(() => undefined);
  }
}

/** Removes a file, so that it stays removed after a power cut. One that is gone is fine. Throws `StorageError`. */
export async function removeFile(path: string): Promise<void> {
  try {
    await Deno.remove(path);
    await syncFolder(dirname(path));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    throw storageError(`Cannot remove ${path}`, error);
  }
}

/**
 * Makes a file that was not there before, mode 0600, synced: for what must never replace something else, like a recovery
 * code. Throws `StorageError` `already-exists`; a file that could not be written whole is removed again.
 */
export async function createPrivateFile(path: string, bytes: Uint8Array): Promise<void> {
  try {
    await Deno.open(path, { write: true, createNew: true, mode: 0o600 }).then((file) =>
      file.close()
    );
  } catch (error) {
    throw storageError(`Cannot create ${path}`, error);
  }
  try {
    await writeAndSync(path, bytes);
    await syncFolder(dirname(path));
  } catch (error) {
    await Deno.remove(path).catch(() => undefined);
    throw storageError(`Cannot create ${path}`, error);
  }
}

/**
 * Makes a large file that was not there before, mode 0600: `write` fills another name beside it, which is synced and then
 * becomes `path`, whole or not at all, and never in the place of something else. Throws `StorageError` `already-exists`, and
 * what `write` throws; then nothing of it stays.
 */
export async function createFileAtomically<Result>(
  path: string,
  write: (file: Deno.FsFile) => Promise<Result>,
): Promise<Result> {
  const partial = `${path}.${Deno.pid}.part`;
  try {
    requireFree(path);
    using file = await Deno.open(partial, { write: true, createNew: true, mode: 0o600 });
    const result = await write(file);
    await file.sync();
    await takeName(partial, path);
    await syncFolder(dirname(path));
    return result;
  } catch (error) {
    if (!isSystemFailure(error)) throw error;
    throw storageError(`Cannot create ${path}`, error);
  } finally {
    // Gone already when all went well.
    await Deno.remove(partial).catch(() => undefined);
  }
}

function requireFree(path: string): void {
  if (!existsSync(path)) return;
  throw new StorageError("already-exists", `Cannot create ${path}: it already exists`);
}

/** A second name for the file fails when there is one of that name; a rename would replace it. */
async function takeName(partial: string, path: string): Promise<void> {
  try {
    await Deno.link(partial, path);
  } catch (error) {
    requireFree(path);
    log.debug("no hard links here", { reason: describeError(error) });
    await Deno.rename(partial, path);
  }
}

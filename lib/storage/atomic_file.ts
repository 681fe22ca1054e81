/** Small private files that are either the old one or the new one, whatever happens while they are written. */

import { dirname } from "node:path";
import { storageError } from "./failures.ts";
import { syncFolder } from "./sync_folder.ts";

async function writeAndSync(path: string, bytes: Uint8Array): Promise<void> {
  using file = await Deno.open(path, { write: true });
  for (let written = 0; written < bytes.length;) {
    written += await file.write(bytes.subarray(written));
  }
  await file.sync();
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

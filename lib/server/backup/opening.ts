/** Restores a backup that may be sealed: it is opened into the folder first, and then restored as any other. */

import { join } from "node:path";
import { UsageError } from "../../base/errors.ts";
import type { AgeKey } from "../../crypto/sealing/age.ts";
import { InstanceLock } from "../../storage/instance_lock.ts";
import { requireEmpty } from "../config/data_folder.ts";
import {
  openBackup,
  putInPlace,
  removeAll,
  restoreBackup,
  type Restored,
  verifyBackup,
} from "./restoring.ts";
import { isSealed, openSealed } from "./sealing.ts";

/** What was sealed, until it is restored. */
const OPENED_FILE = "backup.part";

/**
 * As `restoreBackup`, with the `key` of a sealed one. Throws also what `openAge` throws, and UsageError `sealed` or `not-sealed`
 * where key and backup do not go together.
 */
export async function restoreAnyBackup(
  path: string,
  folder: string,
  key: AgeKey | undefined,
): Promise<Restored> {
  await requireKeyIfSealed(path, key);
  if (key === undefined) return await restoreBackup(path, folder);
  using _lock = InstanceLock.take(folder);
  await requireEmpty(folder);
  const opened = join(folder, OPENED_FILE);
  try {
    await openInto(path, opened, key);
    const restored = await putInPlace(opened, folder, await verifyBackup(opened));
    await Deno.remove(opened);
    return restored;
  } catch (error) {
    await removeAll(folder);
    throw error;
  }
}

async function requireKeyIfSealed(path: string, key: AgeKey | undefined): Promise<void> {
  using file = await openBackup(path);
  const hasSeal = await isSealed(file);
  if (hasSeal && key === undefined) {
    throw new UsageError(
      "sealed",
      `Cannot restore ${path}: it is encrypted. Give --identity-file or --passphrase-file`,
    );
  }
  // Somebody may have put it in the place of the sealed one.
  if (!hasSeal && key !== undefined) {
    throw new UsageError("not-sealed", `Cannot restore ${path}: it is not encrypted`);
  }
}

async function openInto(path: string, opened: string, key: AgeKey): Promise<void> {
  using sealed = await openBackup(path);
  using plain = await Deno.open(opened, { write: true, createNew: true, mode: 0o600 });
  await openSealed(sealed, plain, key);
}

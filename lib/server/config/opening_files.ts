/** Files that let a server into what it stands on, a database, a bus or a bucket: their passwords, and whom to trust there. */

import { StorageError } from "../../base/errors.ts";
import { readSecretFile, readSmallText } from "../../storage/private_files.ts";

const MAX_BYTES = 64 * 1024;

/** How such a secret is kept. */
export const OPENING_FILES = { mayGroupRead: true, limitBytes: MAX_BYTES } as const;

/** Undefined where there is no file: none is needed. Rejects with StorageError, UsageError. */
export async function readPassword(file: string | undefined): Promise<string | undefined> {
  return file === undefined ? undefined : (await readSecretFile(file, OPENING_FILES)).trim();
}

/** PEM of whom to trust besides those that the system does. Rejects with StorageError. */
export async function readTrusted(caFile: string | undefined): Promise<readonly string[]> {
  if (caFile === undefined) return [];
  const text = await readSmallText(caFile, MAX_BYTES);
  if (text?.includes("-----BEGIN CERTIFICATE-----") === true) return [text];
  throw new StorageError("not-found", `Cannot use ${caFile}: no certificate in PEM there`);
}

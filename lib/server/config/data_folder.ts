/** Which files of a data folder are a server, and which only of the process that runs. */

import { StorageError } from "../../base/errors.ts";

/** The database, in the folder and in the archive. */
export const DATABASE_FILE = "server.db";

/** Small files; those that a server does not have are left out. */
export const KEY_FILES: readonly string[] = [
  "ca.pem",
  "ca.key",
  // Of a rotation that was cut off: it is finished at the next start.
  "ca.next",
  "opaque.setup",
  "tls.pem",
  "tls.key",
];

/** Made anew by whoever runs; a test looks that a server has no file that is neither here nor above. */
export const LEFT_OUT: readonly RegExp[] = [
  // The log is in the copy of the database.
  /^server\.db-(wal|shm)$/,
  /^lock\.db(-.*)?$/,
  /^server\.json$/,
  // Where the database is, of a server that has none here.
  /^store\.json$/,
  // That it was moved elsewhere, and that one is being moved in.
  /^mov(ed|ing)\.json$/,
  /^control\.sock$/,
  /^\.writing-/,
  // Of a migration; it is older than what is backed up.
  /^server\.db\.v\d+\.backup$/,
  // Of a node that has asked for keys: it opens what was sealed to it, once.
  /^node\.key$/,
  /\.part$/,
];

/** In the archive. */
export const CONFIG_FILE = "server.toml";

/** Of whoever works on the folder. */
export const LOCK_FILE = /^lock\.db(-.*)?$/;

/** Throws `StorageError` `not-empty` when there is anything in a folder but its lock. */
export async function requireEmpty(folder: string): Promise<void> {
  for await (const { name } of Deno.readDir(folder)) {
    if (LOCK_FILE.test(name)) continue;
    throw new StorageError(
      "not-empty",
      `Cannot restore into ${folder}: it is not empty. Choose a new folder`,
    );
  }
}

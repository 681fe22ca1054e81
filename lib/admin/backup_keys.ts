/** What a backup is sealed for and opened with, from the options. */

import { UsageError } from "../base/errors.ts";
import type { CommandValues } from "../commands/command_values.ts";
import type { AgeKey, AgeLock } from "../crypto/sealing/age.ts";
import { readSecretFile } from "../storage/private_files.ts";
import { type AdminIo, resolvePath } from "./admin_io.ts";

/** Undefined for a plain backup. Throws UsageError, StorageError. */
export async function readLock(io: AdminIo, values: CommandValues): Promise<AgeLock | undefined> {
  const recipients = values.option("--recipient");
  const file = values.option("--passphrase-file");
  if (recipients !== undefined && file !== undefined) throw both("--recipient");
  if (recipients !== undefined) return { kind: "recipients", recipients: recipients.split(",") };
  return file === undefined ? undefined : await readPassphrase(io, file);
}

/** Undefined when none was given. Throws UsageError, StorageError. */
export async function readKey(io: AdminIo, values: CommandValues): Promise<AgeKey | undefined> {
  const identities = values.option("--identity-file");
  const file = values.option("--passphrase-file");
  if (identities !== undefined && file !== undefined) throw both("--identity-file");
  if (identities !== undefined) {
    return { kind: "identities", text: await readSecretFile(resolvePath(io, identities)) };
  }
  return file === undefined ? undefined : await readPassphrase(io, file);
}

async function readPassphrase(io: AdminIo, file: string) {
  const passphrase = await readSecretFile(resolvePath(io, file));
  return { kind: "passphrase", passphrase } as const;
}

function both(option: string): UsageError {
  return new UsageError("bad-options", `Give ${option} or --passphrase-file, not both`);
}

/** `backup`: a server in one file (SR-58, journey J9). */

import { StorageError, UsageError } from "../base/errors.ts";
import type { CommandValues } from "../commands/command_values.ts";
import { EXIT, type ExitCode } from "../commands/exit_code.ts";
import { makeBackup } from "../server/backup/making.ts";
import { tallyWords } from "../server/backup/tally.ts";
import { CONFIG_FILE, DATABASE_FILE } from "../server/config/data_folder.ts";
import { refuseMovedFolder } from "../server/config/move_marks.ts";
import { readStoreMark } from "../server/config/store_mark.ts";
import type { StoreChoice } from "../server/config/store_url.ts";
import { readSecretFile } from "../storage/private_files.ts";
import { type AdminCommand, DATA_OPTION, JSON_OPTION, jsonLine } from "./admin_command.ts";
import { type AdminIo, dataFolder, resolvePath, serverFolders } from "./admin_io.ts";
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { AgeLock } from "../crypto/sealing/age.ts";

/** Makes a backup, beside a running server or without one. Throws StorageError. */
async function backUp(io: AdminIo, values: CommandValues): Promise<ExitCode> {
  const folder = dataFolder(io, values.option("--data"));
  refuseMovedFolder(folder);
  const elsewhere = readStoreMark(folder);
  if (elsewhere === undefined && !existsSync(join(folder, DATABASE_FILE))) {
    throw new StorageError("not-found", `Cannot back up ${folder}: no server has run there yet`);
  }
  const path = resolvePath(io, values.required("FILE"));
  const lock = await readLock(io, values);
  const startedMs = io.clock.monotonicMs();
  const { counts, createdMs, files } = await withDatabase(
    { io, folder, path, choice: elsewhere },
    (databaseFile) =>
      makeBackup(path, {
        ...{ dataFolder: folder, configFile: configPath(io), nowMs: io.clock.nowMs(), lock },
        ...(databaseFile === undefined ? {} : { databaseFile }),
      }),
  );
  const sizeBytes = files.reduce((sum, file) => sum + file.sizeBytes, 0);
  const took = Math.round(io.clock.monotonicMs() - startedMs);
  if (values.has("--json")) {
    const created = new Date(createdMs).toISOString();
    const encrypted = lock !== undefined;
    const facts = { file: path, created, sizeBytes, ms: took, encrypted };
    await io.out(jsonLine("backup", { ...facts, ...counts }));
  } else await io.out(`Backed up to ${path}: ${tallyWords(counts)}`);
  await io.note(
    lock === undefined
      ? "Keep it secret: it holds the server's keys, and everything needed to guess passwords offline"
      : "It is encrypted. Keep the key or passphrase apart from the backup and the server",
  );
  return EXIT.done;
}

/** With the rows of a database that lies elsewhere in a file beside the backup, for as long as it is made. */
async function withDatabase<T>(
  { io, folder, path, choice }: {
    readonly io: AdminIo;
    readonly folder: string;
    readonly path: string;
    readonly choice: StoreChoice | undefined;
  },
  make: (databaseFile: string | undefined) => Promise<T>,
): Promise<T> {
  if (choice === undefined) return await make(undefined);
  if (existsSync(path)) throw new StorageError("already-exists", `${path} exists already`);
  const { removeSnapshot, snapshotPostgres } = await import("../server/moving/snapshot.ts");
  const { clock, random } = io;
  const file = `${path}.snapshot`;
  try {
    await snapshotPostgres({ choice, dataFolder: folder, clock, random }, file);
    return await make(file);
  } finally {
    await removeSnapshot(file);
  }
}

function configPath(io: AdminIo): string {
  return join(serverFolders(io).config, CONFIG_FILE);
}

/** The verb. */
export const BACKUP: AdminCommand = {
  name: "backup",
  group: "Server",
  summary: "copy the server into one file, while it runs",
  details:
    "The file holds accounts, waiting messages, the server's keys and its configuration, but no videos. It shows the server " +
    "at one moment, is readable by you only, and never replaces another file. Keep it secret: it holds everything " +
    "needed to guess passwords offline and to impersonate the server. Of a server on PostgreSQL it has everything, too, from any " +
    "node: one moment, while all nodes run. With --recipient or --passphrase-file it is encrypted in the " +
    "format of age, and may be stored where others can read it.",
  arguments: [{ name: "FILE", summary: "a new file, a tar archive", required: true }],
  options: [
    DATA_OPTION,
    {
      flag: "--recipient",
      valueName: "KEYS",
      summary: "encrypt for these age public keys, age1…, separated by commas",
    },
    {
      flag: "--passphrase-file",
      valueName: "FILE",
      summary: "encrypt with the passphrase in this file, at least 12 characters",
    },
    JSON_OPTION,
  ],
  examples: [
    { line: "backup /backup/h.tar", summary: "while the server runs" },
    { line: "backup h.age --recipient age1…", summary: "for the owner of that key" },
  ],
  exitCodes: [5],
  run: backUp,
};

/** Undefined for a plain backup. Throws UsageError, StorageError. */
async function readLock(io: AdminIo, values: CommandValues): Promise<AgeLock | undefined> {
  const recipients = values.option("--recipient");
  const file = values.option("--passphrase-file");
  if (recipients !== undefined && file !== undefined) throw both("--recipient");
  if (recipients !== undefined) return { kind: "recipients", recipients: recipients.split(",") };
  return file === undefined ? undefined : await readPassphrase(io, file);
}

/** Throws UsageError, StorageError. */
export async function readPassphrase(
  io: AdminIo,
  file: string,
): Promise<{ readonly kind: "passphrase"; readonly passphrase: string }> {
  return { kind: "passphrase", passphrase: await readSecretFile(resolvePath(io, file)) };
}

/** Of two options that say the same. */
export function both(option: string): UsageError {
  return new UsageError("bad-options", `Give ${option} or --passphrase-file, not both`);
}

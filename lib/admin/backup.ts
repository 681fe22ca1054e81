/** `backup`: a server in one file (SR-58, journey J9). */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { StorageError } from "../base/errors.ts";
import type { CommandValues } from "../commands/command_values.ts";
import { EXIT, type ExitCode } from "../commands/exit_code.ts";
import { CONFIG_FILE, DATABASE_FILE } from "../server/config/data_folder.ts";
import { makeBackup } from "../server/backup/making.ts";
import { tallyWords } from "../server/backup/tally.ts";
import { jsonLine } from "./admin_command.ts";
import { readLock } from "./backup_keys.ts";
import { type AdminIo, dataFolder, resolvePath, serverFolders } from "./admin_io.ts";

/** Makes a backup, beside a running server or without one. Throws StorageError. */
export async function backUp(io: AdminIo, values: CommandValues): Promise<ExitCode> {
  const folder = dataFolder(io, values.option("--data"));
  if (!existsSync(join(folder, DATABASE_FILE))) {
    throw new StorageError("not-found", `Cannot back up ${folder}: no server has run there yet`);
  }
  const path = resolvePath(io, values.required("FILE"));
  const lock = await readLock(io, values);
  const startedMs = io.clock.monotonicMs();
  const { counts, createdMs, files } = await makeBackup(path, {
    dataFolder: folder,
    configFile: configPath(io),
    nowMs: io.clock.nowMs(),
    lock,
  });
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
      : "It is encrypted. Keep what opens it elsewhere than the backup and the server",
  );
  return EXIT.done;
}

function configPath(io: AdminIo): string {
  return join(serverFolders(io).config, CONFIG_FILE);
}

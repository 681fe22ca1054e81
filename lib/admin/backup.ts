/** `backup` and `restore`: a server in one file, and back (SR-58, journey J9). */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { StorageError } from "../base/errors.ts";
import type { CommandValues } from "../commands/command_values.ts";
import { EXIT, type ExitCode } from "../commands/exit_code.ts";
import { CONFIG_FILE, DATABASE_FILE } from "../server/backup/contents.ts";
import { makeBackup } from "../server/backup/making.ts";
import { requireEmpty, restoreBackup } from "../server/backup/restoring.ts";
import { tallyWords } from "../server/backup/tally.ts";
import { createPrivateFile } from "../storage/atomic_file.ts";
import { makePrivateFolder } from "../storage/private_files.ts";
import { jsonLine } from "./admin_command.ts";
import { type AdminIo, dataFolder, resolvePath, serverFolders } from "./admin_io.ts";
import { isServerRunning } from "./data_store.ts";

/** Makes a backup, beside a running server or without one. Throws StorageError. */
export async function backUp(io: AdminIo, values: CommandValues): Promise<ExitCode> {
  const folder = dataFolder(io, values.option("--data"));
  if (!existsSync(join(folder, DATABASE_FILE))) {
    throw new StorageError("not-found", `Cannot back up ${folder}: no server has run there yet`);
  }
  const path = resolvePath(io, values.required("FILE"));
  const startedMs = io.clock.monotonicMs();
  const { counts, createdMs, files } = await makeBackup(path, {
    dataFolder: folder,
    configFile: configPath(io),
    nowMs: io.clock.nowMs(),
  });
  const sizeBytes = files.reduce((sum, file) => sum + file.sizeBytes, 0);
  const took = Math.round(io.clock.monotonicMs() - startedMs);
  if (values.has("--json")) {
    const created = new Date(createdMs).toISOString();
    await io.out(jsonLine("backup", { file: path, created, sizeBytes, ms: took, ...counts }));
  } else await io.out(`Backed up to ${path}: ${tallyWords(counts)}`);
  await io.note(
    "Keep it secret: it holds the server's keys, and everything needed to guess passwords offline",
  );
  return EXIT.done;
}

/** Puts a backup into an empty folder. Returns 7 for one that is damaged. Throws StorageError. */
export async function restore(io: AdminIo, values: CommandValues): Promise<ExitCode> {
  const path = resolvePath(io, values.required("FILE"));
  const folder = dataFolder(io, values.option("--data"));
  if (existsSync(folder)) {
    if (isServerRunning(folder)) {
      throw new StorageError("in-use", `Cannot restore into ${folder}: a server is running on it`);
    }
    await requireEmpty(folder);
  }
  await makePrivateFolder(folder);
  try {
    const { manifest, counts, config } = await restoreBackup(path, folder);
    const created = new Date(manifest.createdMs).toISOString();
    if (values.has("--json")) {
      await io.out(jsonLine("restored", { data: folder, created, ...counts }));
    } else await io.out(`Restored into ${folder}, as of ${created}: ${tallyWords(counts)}`);
    if (config !== undefined) await restoreConfig(io, config);
    await io.note("What was said, changed and registered after that moment is gone");
    await io.note("Clients are told, and take up each conversation that went on since anew");
    return EXIT.done;
  } catch (error) {
    if (!(error instanceof StorageError) || error.code !== "damaged") throw error;
    await io.note(error.message);
    return EXIT.notVerified;
  }
}

/** Never in the place of a configuration that is there. */
async function restoreConfig(io: AdminIo, config: Uint8Array): Promise<void> {
  const path = configPath(io);
  if (existsSync(path)) {
    return await io.note(`Kept ${path} as it is; the backup's is in it as ${CONFIG_FILE}`);
  }
  await makePrivateFolder(serverFolders(io).config);
  await createPrivateFile(path, config);
  await io.note(`Restored ${path}`);
}

function configPath(io: AdminIo): string {
  return join(serverFolders(io).config, CONFIG_FILE);
}

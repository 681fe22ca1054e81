/** `restore`: a server out of its backup (SR-58, journey J9). */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { StorageError } from "../base/errors.ts";
import type { CommandValues } from "../commands/command_values.ts";
import { EXIT, type ExitCode } from "../commands/exit_code.ts";
import { CONFIG_FILE, requireEmpty } from "../server/config/data_folder.ts";
import { restoreAnyBackup } from "../server/backup/opening.ts";
import { tallyWords } from "../server/backup/tally.ts";
import { createPrivateFile } from "../storage/atomic_file.ts";
import { makePrivateFolder } from "../storage/private_files.ts";
import { type AdminCommand, DATA_OPTION, JSON_OPTION, jsonLine } from "./admin_command.ts";
import { type AdminIo, dataFolder, resolvePath, serverFolders } from "./admin_io.ts";
import { readKey } from "./backup_keys.ts";
import { isServerRunning } from "./data_store.ts";

/** Puts a backup into an empty folder. Returns 7 for one that is damaged. Throws StorageError. */
async function restore(io: AdminIo, values: CommandValues): Promise<ExitCode> {
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
    const key = await readKey(io, values);
    const { manifest, counts, config } = await restoreAnyBackup(path, folder, key);
    const created = new Date(manifest.createdMs).toISOString();
    if (values.has("--json")) {
      await io.out(jsonLine("restored", { data: folder, created, ...counts }));
    } else await io.out(`Restored into ${folder}, as of ${created}: ${tallyWords(counts)}`);
    if (config !== undefined) await restoreConfig(io, config);
    await io.note("Messages, changes and accounts from after that moment are gone");
    await io.note("Clients see it, and restart each conversation that went on since");
    return EXIT.done;
  } catch (error) {
    if (!(error instanceof StorageError) || error.code !== "damaged") throw error;
    await io.note(error.message);
    return EXIT.notVerified;
  }
}

/** Never in the place of a configuration that is there. */
async function restoreConfig(io: AdminIo, config: Uint8Array): Promise<void> {
  const path = join(serverFolders(io).config, CONFIG_FILE);
  if (existsSync(path)) {
    return await io.note(`Kept ${path}; the backup's version is beside it as ${CONFIG_FILE}`);
  }
  await makePrivateFolder(serverFolders(io).config);
  await createPrivateFile(path, config);
  await io.note(`Restored ${path}`);
}

/** The verb. */
export const RESTORE: AdminCommand = {
  name: "restore",
  group: "Server",
  summary: "restore a backup into an empty folder",
  details:
    "Checks the whole backup before it writes anything. Messages, changes and accounts from after the backup are gone from the " +
    "server: passwords, kicks and used invites are as they were. Clients notice it, report what was lost, and continue; see docs/backup.md.",
  arguments: [{ name: "FILE", summary: "a backup", required: true }],
  options: [
    DATA_OPTION,
    {
      flag: "--identity-file",
      valueName: "FILE",
      summary: "the age identities that open an encrypted backup, as age-keygen writes them",
    },
    {
      flag: "--passphrase-file",
      valueName: "FILE",
      summary: "the passphrase of an encrypted backup",
    },
    JSON_OPTION,
  ],
  examples: [{ line: "restore /backup/h.tar --data new", summary: "then: serve --data new" }],
  exitCodes: [5, 7, 10],
  run: restore,
};

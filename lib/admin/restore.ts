/** `restore`: a server out of its backup (SR-58, journey J9). */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { utf8 } from "../base/bytes.ts";
import { StorageError, UsageError } from "../base/errors.ts";
import type { CommandValues } from "../commands/command_values.ts";
import { EXIT, type ExitCode } from "../commands/exit_code.ts";
import type { AgeKey } from "../crypto/sealing/age.ts";
import { restoreAnyBackup } from "../server/backup/opening.ts";
import { type Tally, tallyWords } from "../server/backup/tally.ts";
import { CONFIG_FILE, requireEmpty } from "../server/config/data_folder.ts";
import type { StoreChoice } from "../server/config/store_url.ts";
import type { MoveNews } from "../server/moving/moving.ts";
import { createPrivateFile } from "../storage/atomic_file.ts";
import { makePrivateFolder, readSecretFile } from "../storage/private_files.ts";
import { type AdminCommand, DATA_OPTION, JSON_OPTION, jsonLine } from "./admin_command.ts";
import { type AdminIo, dataFolder, resolvePath, serverFolders } from "./admin_io.ts";
import { both, readPassphrase } from "./backup.ts";
import { isServerRunning } from "./data_store.ts";
import { newsWords, STORE_PASSWORD_OPTION, storeOf } from "./move.ts";

const STORE = {
  flag: "--store",
  valueName: "URL",
  summary: "an empty PostgreSQL database, postgres://USER@HOST/DATABASE",
} as const;

/** Puts a backup into an empty folder, or into one and a database. Returns 7 for one that is damaged. Throws StorageError. */
async function restore(io: AdminIo, values: CommandValues): Promise<ExitCode> {
  const folder = dataFolder(io, values.option("--data"));
  const choice = values.option(STORE.flag) === undefined
    ? undefined
    : storeOf(io, values, STORE.flag);
  if (choice === undefined && values.option(STORE_PASSWORD_OPTION.flag) !== undefined) {
    throw new UsageError("bad-option", `${STORE_PASSWORD_OPTION.flag} needs ${STORE.flag}`);
  }
  try {
    const facts = choice === undefined
      ? await restoreInto(io, values, folder)
      : await restoreOver(io, values, { folder, choice });
    if (values.has("--json")) await io.out(jsonLine("restored", { data: folder, ...facts }));
    else {
      const { created, store, ...counts } = facts;
      const where = store === undefined ? folder : `${store} and ${folder}`;
      await io.out(`Restored into ${where}, as of ${created}: ${tallyWords(counts)}`);
    }
    await io.note("Messages, changes and accounts from after that moment are gone");
    await io.note("Clients see it, and restart each conversation that went on since");
    return EXIT.done;
  } catch (error) {
    if (!(error instanceof StorageError) || error.code !== "damaged") throw error;
    await io.note(error.message);
    return EXIT.notVerified;
  }
}

/** What is said of a server that was restored. */
type Facts = Tally & { readonly created: string; readonly store?: string };

/** Puts it into an empty folder. */
async function restoreInto(io: AdminIo, values: CommandValues, folder: string): Promise<Facts> {
  const path = resolvePath(io, values.required("FILE"));
  await requireFree(folder);
  await makePrivateFolder(folder);
  const restored = await restoreAnyBackup(path, folder, await readKey(io, values));
  const { manifest, counts, config } = restored;
  if (config !== undefined) await restoreConfig(io, config);
  return { created: new Date(manifest.createdMs).toISOString(), ...counts };
}

/** Throws StorageError `in-use`, `not-empty`. */
async function requireFree(folder: string): Promise<void> {
  if (!existsSync(folder)) return;
  if (isServerRunning(folder)) {
    throw new StorageError("in-use", `Cannot restore into ${folder}: a server is running on it`);
  }
  await requireEmpty(folder);
}

/**
 * Puts it into a folder beside, whole, and moves that into the database (decision 0141). Cut off in the middle, the next call goes
 * on: what is in the database by then is of that folder.
 */
async function restoreOver(
  io: AdminIo,
  values: CommandValues,
  { folder, choice }: { readonly folder: string; readonly choice: StoreChoice },
): Promise<Facts> {
  const [whole, part] = [`${folder}.restored`, `${folder}.restoring`];
  if (existsSync(whole)) {
    await io.note(`Going on with what was restored into ${whole}. Remove it to begin again`);
  } else {
    await requireFree(folder);
    await remove(part);
    try {
      const facts = await restoreInto(io, values, part);
      await createPrivateFile(join(part, FACTS), utf8(JSON.stringify(facts)));
    } catch (error) {
      await remove(part);
      throw error;
    }
    await Deno.rename(part, whole);
  }
  let hasBegun = false;
  const told = async (news: MoveNews) => {
    hasBegun = true;
    if (!values.has("--json") && news.step !== "begun") await io.note(newsWords(news));
  };
  const { clock, random } = io;
  // With its client, only for who wants it.
  const { moveToPostgres } = await import("../server/moving/moving.ts");
  try {
    await moveToPostgres({ from: whole, to: folder, choice }, { clock, random, told });
  } catch (error) {
    if (!hasBegun) await remove(whole);
    throw error;
  }
  const facts: Facts = JSON.parse(await Deno.readTextFile(join(whole, FACTS)));
  await remove(whole);
  return { ...facts, store: choice.url };
}

/** In the folder beside, of its backup. */
const FACTS = "restored.json";

async function remove(folder: string): Promise<void> {
  if (existsSync(folder)) await Deno.remove(folder, { recursive: true });
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
  summary: "restore a backup into an empty folder or database",
  details:
    "Checks the whole backup before it writes anything. Messages, changes and accounts from after the backup are gone from the " +
    "server: passwords, kicks and used invites are as they were. Clients notice it, report what was lost, and continue; see docs/backup.md. " +
    "With --store accounts and messages come into an empty PostgreSQL database, keys into the folder; the server may have been on a file or " +
    "on PostgreSQL. Broken off then, it goes on where it was when called again.",
  arguments: [{ name: "FILE", summary: "a backup", required: true }],
  options: [
    DATA_OPTION,
    STORE,
    STORE_PASSWORD_OPTION,
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
  examples: [
    { line: "restore /backup/h.tar --data new", summary: "then: serve --data new" },
    {
      line: "restore h.tar --data node --store postgres://h@db/h",
      summary: "then: serve --data node --store postgres://…",
    },
  ],
  exitCodes: [5, 7, 10],
  run: restore,
};

/** Undefined when none was given. Throws UsageError, StorageError. */
async function readKey(io: AdminIo, values: CommandValues): Promise<AgeKey | undefined> {
  const identities = values.option("--identity-file");
  const file = values.option("--passphrase-file");
  if (identities !== undefined && file !== undefined) throw both("--identity-file");
  if (identities !== undefined) {
    return { kind: "identities", text: await readSecretFile(resolvePath(io, identities)) };
  }
  return file === undefined ? undefined : await readPassphrase(io, file);
}

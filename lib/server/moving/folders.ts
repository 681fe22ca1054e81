/** What of a server lies in its data folder, as it is copied into another: keys, and the files that wait. */

import { join } from "node:path";
import { equalBytes, utf8 } from "../../base/bytes.ts";
import { StorageError } from "../../base/errors.ts";
import { Authority } from "../../crypto/certificates/authority.ts";
import { PasswordServer } from "../../crypto/keys/password.ts";
import { markOfSecret } from "../../crypto/sealing/bus_seal.ts";
import { Digest } from "../../storage/archive.ts";
import { syncFolder, writeFileAtomically } from "../../storage/atomic_file.ts";
import { storageError } from "../../storage/failures.ts";
import { makePrivateFolder, readSmallFile, readSmallText } from "../../storage/private_files.ts";
import { KEY_FILES, LOCK_FILE } from "../config/data_folder.ts";
import { readMoveMark } from "../config/move_marks.ts";
import { MAX_KEY_FILE_BYTES } from "../keys/ca_rotation.ts";
import type { StoreOwner } from "../store/opened_store.ts";

/** Below a data folder. */
const SPOOL = "spool";
const CHUNK_BYTES = 256 * 1024;

/** Whose folder it is; nothing is written. Throws StorageError `keys-missing`, `busy`. */
export async function ownerOf(folder: string): Promise<StoreOwner> {
  const read = async (name: string) => {
    const text = await readSmallText(join(folder, name), MAX_KEY_FILE_BYTES);
    if (text !== undefined) return text;
    throw new StorageError("keys-missing", `Cannot move: ${join(folder, name)} is missing`);
  };
  if (await readSmallFile(join(folder, "ca.next"), MAX_KEY_FILE_BYTES) !== undefined) {
    throw new StorageError(
      "busy",
      `Cannot move ${folder}: a new CA is not in its place yet. Start the server on it once`,
    );
  }
  const [certificate, privateKey, setup] = [
    await read("ca.pem"),
    await read("ca.key"),
    await read("opaque.setup"),
  ];
  const { succession } = await Authority.open({ certificate, privateKey });
  const passwords = await PasswordServer.open(setup);
  return { serverId: succession.serverId, setupMark: markOfSecret(utf8(passwords.setup)) };
}

/** Whether a move of this server into the folder was begun. Throws StorageError `not-empty` for anything else that is there. */
export async function wasBegun(folder: string, { setupMark }: StoreOwner): Promise<boolean> {
  const mark = readMoveMark(folder, "moving");
  if (mark?.setup === setupMark) return true;
  for await (const { name } of Deno.readDir(folder)) {
    if (LOCK_FILE.test(name)) continue;
    const why = mark === undefined ? "it is not empty" : "another server is being moved into it";
    throw new StorageError("not-empty", `Cannot move into ${folder}: ${why}. Choose a new folder`);
  }
  return false;
}

/** Those that are there. */
export async function copyKeys(from: string, to: string): Promise<void> {
  for (const name of KEY_FILES) {
    const bytes = await readSmallFile(join(from, name), MAX_KEY_FILE_BYTES);
    if (bytes === undefined) continue;
    const there = await readSmallFile(join(to, name), MAX_KEY_FILE_BYTES);
    if (there === undefined || !equalBytes(bytes, there)) {
      await writeFileAtomically(join(to, name), bytes);
    }
  }
}

/** What waits in a spool. */
export interface SpoolTally {
  readonly files: number;
  readonly bytes: number;
}

/**
 * Has the files of one spool in the other and no others, each compared by its SHA-256; those that are there already are not copied
 * again. Throws StorageError.
 */
export async function copySpool(from: string, to: string): Promise<SpoolTally> {
  const [source, target] = [join(from, SPOOL), join(to, SPOOL)];
  await makePrivateFolder(target);
  const names = await namesIn(source);
  for (const name of await namesIn(target)) {
    if (!names.includes(name)) await Deno.remove(join(target, name));
  }
  let bytes = 0;
  for (const name of names) bytes += await copyFile(join(source, name), join(target, name));
  await syncFolder(target);
  return { files: names.length, bytes };
}

async function copyFile(from: string, to: string): Promise<number> {
  try {
    const wanted = await digestOf(from);
    if ((await digestOf(to).catch(() => undefined))?.sha256 === wanted.sha256) return wanted.bytes;
    await Deno.copyFile(from, to);
    {
      using file = await Deno.open(to, { write: true });
      await file.sync();
    }
    const written = await digestOf(to);
    if (written.sha256 === wanted.sha256) return wanted.bytes;
  } catch (error) {
    throw storageError(`Cannot copy ${from}`, error);
  }
  throw new StorageError("damaged", `Cannot copy ${from}: the copy differs from it`);
}

async function digestOf(path: string): Promise<{ sha256: string; bytes: number }> {
  using file = await Deno.open(path);
  const digest = new Digest();
  const chunk = new Uint8Array(CHUNK_BYTES);
  for (let bytes = 0;;) {
    const count = await file.read(chunk);
    if (count === null) return { sha256: digest.finish(), bytes };
    digest.add(chunk.subarray(0, count));
    bytes += count;
  }
}

/** In order; none for a folder that is not there. */
async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    const names: string[] = [];
    for await (const { name, isFile } of Deno.readDir(folder)) if (isFile) names.push(name);
    return names.sort();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw storageError(`Cannot read ${folder}`, error);
  }
}

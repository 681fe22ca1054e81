/**
 * What a data folder says of where its accounts and messages are, when that is not `server.db`: commands of the operator that
 * work without a server find them by it. Without a password, which has a file of its own.
 */

import { join } from "node:path";
import { type Static, Type } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";
import { utf8 } from "../../base/bytes.ts";
import { StorageError } from "../../base/errors.ts";
import { parseJson } from "../../base/json_line.ts";
import { writeFileAtomically } from "../../storage/atomic_file.ts";
import { readMarkFile } from "./move_marks.ts";
import { parseStoreUrl, type StoreChoice } from "./store_url.ts";

const MARK = Type.Object({ store: Type.String(), passwordFile: Type.Optional(Type.String()) });

const markPath = (dataFolder: string) => join(dataFolder, "store.json");

/** Throws StorageError. */
export async function writeStoreMark(
  dataFolder: string,
  { url, passwordFile }: StoreChoice,
): Promise<void> {
  const mark: Static<typeof MARK> = {
    store: url,
    ...(passwordFile === undefined ? {} : { passwordFile }),
  };
  await writeFileAtomically(markPath(dataFolder), utf8(`${JSON.stringify(mark)}\n`));
}

/** Undefined where `server.db` is what there is. Throws StorageError. */
export function readStoreMark(dataFolder: string): StoreChoice | undefined {
  const path = markPath(dataFolder);
  const text = readMarkFile(path);
  if (text === undefined) return undefined;
  const value = parseJson(text);
  const parsed = Value.Check(MARK, value) ? parseStoreUrl(value.store) : undefined;
  if (!Value.Check(MARK, value) || parsed?.ok !== true) {
    throw new StorageError("damaged", `Cannot read ${path}: it names no database`);
  }
  return { place: parsed.place, url: value.store, passwordFile: value.passwordFile };
}

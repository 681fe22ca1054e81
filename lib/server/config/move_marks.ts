/** What a data folder says of a move: that its server was moved elsewhere, or that one is being moved into it. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Static, Type } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";
import { utf8 } from "../../base/bytes.ts";
import { StorageError } from "../../base/errors.ts";
import { parseJson } from "../../base/json_line.ts";
import { removeFile, writeFileAtomically } from "../../storage/atomic_file.ts";
import { storageError } from "../../storage/failures.ts";

const MARKS = {
  /** `to`: where its accounts and messages are by now. */
  moved: Type.Object({ to: Type.String() }),
  /** `setup`: by which the server that comes is known. */
  moving: Type.Object({ setup: Type.String() }),
} as const;

type Kind = keyof typeof MARKS;

const pathOf = (folder: string, kind: Kind) => join(folder, `${kind}.json`);

/** Throws StorageError. */
export async function writeMoveMark<K extends Kind>(
  folder: string,
  kind: K,
  mark: Static<typeof MARKS[K]>,
): Promise<void> {
  await writeFileAtomically(pathOf(folder, kind), utf8(`${JSON.stringify(mark)}\n`));
}

/** Undefined without one. Throws StorageError. */
export function readMoveMark<K extends Kind>(
  folder: string,
  kind: K,
): Static<typeof MARKS[K]> | undefined {
  const path = pathOf(folder, kind);
  const text = readMarkFile(path);
  if (text === undefined) return undefined;
  const mark = parseJson(text);
  if (Value.Check(MARKS[kind], mark)) return mark;
  throw new StorageError("damaged", `Cannot read ${path}: it is no mark of a move`);
}

/** The text of a mark; undefined without one. Throws StorageError. */
export function readMarkFile(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const failure = storageError(`Cannot read ${path}`, error);
    if (failure.code === "not-found") return undefined;
    throw failure;
  }
}

/** Throws StorageError. */
export async function removeMoveMark(folder: string, kind: Kind): Promise<void> {
  await removeFile(pathOf(folder, kind));
}

/** Nobody works on a folder whose server is elsewhere, or not all there. Throws StorageError `moved-away`, `move-unfinished`. */
export function refuseMovedFolder(folder: string): void {
  const moved = readMoveMark(folder, "moved");
  if (moved !== undefined) {
    throw new StorageError(
      "moved-away",
      `Cannot open ${folder}: its server was moved to ${moved.to}. ` +
        "To go back to how it was before, end that one for good and delete moved.json",
    );
  }
  if (readMoveMark(folder, "moving") === undefined) return;
  throw new StorageError(
    "move-unfinished",
    `Cannot open ${folder}: a server is being moved into it. Run heliograph-server move again, to the end`,
  );
}

/** Texts of the person's that become files. */

import { join } from "node:path";
import { utf8 } from "../../base/bytes.ts";
import { StorageError } from "../../base/errors.ts";
import { storageError } from "../../storage/failures.ts";
import { createPrivateFile } from "../../storage/atomic_file.ts";

/** As many in one second are enough. */
const MAX_TRIES = 20;

/** Writes a text into a new file of the folder, its owner's only; returns where. Throws StorageError. */
export async function keepText(folder: string, text: string, nowMs: number): Promise<string> {
  try {
    await Deno.mkdir(folder, { recursive: true });
  } catch (error) {
    throw storageError(`Cannot make the folder ${folder}`, error);
  }
  const name = `pasted-${stampOf(new Date(nowMs))}`;
  for (let attempt = 1;; attempt++) {
    const path = join(folder, `${name}${attempt === 1 ? "" : `-${attempt}`}.txt`);
    try {
      await createPrivateFile(path, utf8(text));
      return path;
    } catch (error) {
      const isThere = error instanceof StorageError && error.code === "already-exists";
      if (!isThere || attempt === MAX_TRIES) throw error;
    }
  }
}

/** `2026-11-24-190507`, local time. */
function stampOf(now: Date): string {
  const two = (number: number) => `${number}`.padStart(2, "0");
  const date = [now.getFullYear(), two(now.getMonth() + 1), two(now.getDate())].join("-");
  return `${date}-${two(now.getHours())}${two(now.getMinutes())}${two(now.getSeconds())}`;
}

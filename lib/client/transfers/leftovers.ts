/** What a transfer that was cancelled has left beside the files: removed, since nobody can go on with it. */

import { dirname, join, relative } from "node:path";
import { describeError } from "../../base/errors.ts";
import type { TransferId } from "../../base/ids.ts";
import { logger } from "../../base/log.ts";
import { discardPart } from "../../storage/part_file.ts";
import { PieceSums } from "../../storage/piece_sums.ts";
import type { Messenger } from "../store/messenger.ts";
import type { Profile } from "../profile/profile.ts";
import { tell } from "./control_messages.ts";
import { incomingOf, type IncomingTransfer, placeOf } from "./transfer.ts";
import { TransferStore } from "./transfer_store.ts";

const log = logger("client", "transfers");

/** Where the sums of a transfer's present part are: with the profile, beside nothing of the person's. */
export function sumsPathOf({ database }: Pick<Profile, "database">, id: TransferId): string {
  return join(dirname(database.path), "parts", id);
}

/**
 * Removes the part of one that came in and was cancelled, with folders that are empty for it. What cannot be removed now stays
 * noted and is tried again at the next connection: never does it stop anything else. Returns why it stays.
 */
export async function removeLeftovers(
  profile: Profile,
  id: TransferId,
): Promise<string | undefined> {
  try {
    await remove(profile, id);
    return undefined;
  } catch (error) {
    const reason = describeError(error);
    log.warn("leftovers stay", { transfer: id, reason });
    return reason;
  }
}

/** The same at once when the person cancels, who is told what stays: it is cancelled all the same. */
export async function clearAway(
  messenger: Messenger,
  transfer: IncomingTransfer,
): Promise<void> {
  const why = await removeLeftovers(messenger.profile, transfer.id);
  if (why === undefined) return;
  const text =
    `Cannot delete what transfer ${transfer.number} left behind: ${why}. It will be tried again`;
  await tell(messenger, { peer: placeOf(transfer), code: "file-leftover", text });
}

/** Throws StorageError. */
async function remove(profile: Profile, id: TransferId): Promise<void> {
  const store = new TransferStore(profile);
  const found = await store.find(id);
  if (found?.direction !== "in" || found.state.state !== "cancelled") return;
  await PieceSums.remove(sumsPathOf(profile, id));
  const { part, folder } = found;
  if (part === undefined) return;
  await discardPart(part);
  if (folder !== undefined) await removeEmpty(dirname(part), folder);
  const { part: _, ...rest } = incomingOf(found);
  store.replace(id, await store.seal(id, rest));
}

/** Folders from `path` up, as far as they are below `folder`: all of them were made for what was offered. */
async function removeEmpty(path: string, folder: string): Promise<void> {
  for (let at = path; isBelow(at, folder); at = dirname(at)) {
    try {
      await Deno.remove(at);
    } catch {
      // Something is in it, or somebody else was first.
      return;
    }
  }
}

function isBelow(path: string, folder: string): boolean {
  const below = relative(folder, path);
  return below !== "" && !below.startsWith("..");
}

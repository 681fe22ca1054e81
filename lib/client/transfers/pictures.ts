/**
 * The bytes of a picture that was sent, for whoever draws it without being asked: only what the person sent, and what came from a
 * contact and was verified (SR-67a). Whose file it is, is looked up each time: somebody may have been blocked since.
 */

import { type Bytes, decodeBase64 } from "../../base/bytes.ts";
import { describeError } from "../../base/errors.ts";
import type { TransferId } from "../../base/ids.ts";
import { logger } from "../../base/log.ts";
import { readSmallFile } from "../../storage/private_files.ts";
import { STILL_MAX_BYTES } from "../../media/stills/still.ts";
import { judgeStill } from "../../media/stills/still_header.ts";
import type { Messenger } from "../store/messenger.ts";
import { postersOf, type Transfer } from "./transfer.ts";
import { TransferStore } from "./transfer_store.ts";

const log = logger("client", "pictures");

/** One file of a transfer. */
export interface SentFile {
  readonly transfer: TransferId;
  /** Which of its files, from 0. */
  readonly index: number;
  /** It is a video: the picture that came with the offer. */
  readonly isPoster: boolean;
}

/** The file, or why it is not opened. `not-here`: it has not come, or is gone. */
export type ReadPicture =
  | { readonly ok: true; readonly bytes: Bytes }
  | { readonly ok: false; readonly why: "not-a-contact" | "not-here" | "too-many-bytes" };

/** Reads it, if it is one that may be drawn. Never throws for what is on the disk. */
export async function readPicture(
  { profile, contacts: { contactStatuses } }: Pick<Messenger, "profile" | "contacts">,
  { transfer: id, index, isPoster }: SentFile,
  limitBytes: number,
): Promise<ReadPicture> {
  const transfer = await new TransferStore(profile).find(id);
  const path = transfer && pathOf(transfer, index);
  if (transfer === undefined || path === undefined) return { ok: false, why: "not-here" };
  if (transfer.direction === "in" && contactStatuses.of(transfer.peer) !== "known") {
    return { ok: false, why: "not-a-contact" };
  }
  return isPoster ? posterOf(transfer, index) : await readFile(path, limitBytes);
}

function posterOf(transfer: Transfer, index: number): ReadPicture {
  const poster = postersOf(transfer).find(({ item }) => item === index);
  const bytes = poster && decodeBase64(poster.jpeg);
  return bytes === undefined ? { ok: false, why: "not-here" } : { ok: true, bytes };
}

/** `picture, 640×480` for those who hear of it in words; empty for what is no picture, or is none that is decoded here. */
export async function pictureKind(path: string): Promise<string> {
  if (!PICTURE_NAME.test(path)) return "";
  const read = await readFile(path, STILL_MAX_BYTES);
  const judged = read.ok ? judgeStill(read.bytes) : read;
  if (!judged.ok) return "";
  const { widthPx, heightPx } = judged.still.facts;
  return `picture, ${widthPx}×${heightPx}`;
}

/** Names that pictures have. What the file is, its bytes say. */
export const PICTURE_NAME = /\.(?:png|jpe?g|gif|webp)$/i;

async function readFile(path: string, limitBytes: number): Promise<ReadPicture> {
  try {
    // A pipe of that name would be waited for.
    const { isFile, size } = await Deno.stat(path);
    if (!isFile) return { ok: false, why: "not-here" };
    if (size > limitBytes) return { ok: false, why: "too-many-bytes" };
    const bytes = await readSmallFile(path, limitBytes);
    return bytes === undefined ? { ok: false, why: "not-here" } : { ok: true, bytes };
  } catch (error) {
    // A folder that is a file now, a disk that was taken out: there are more ways to be gone than names for them.
    log.debug("picture not read", { reason: describeError(error) });
    return { ok: false, why: "not-here" };
  }
}

/** Of an own one where it is; of another one where it was put, once all of the transfer was verified. */
function pathOf(transfer: Transfer, index: number): string | undefined {
  if (transfer.direction === "out") return transfer.items[index]?.source;
  return transfer.state.state === "done" ? transfer.finished[index] : undefined;
}

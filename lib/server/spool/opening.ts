/** The place of uploads that a server is started with: its own folder, or one that it shares with other nodes. */

import type { Clock } from "../../base/clock.ts";
import { UsageError } from "../../base/errors.ts";
import type { Fingerprint } from "../../base/ids.ts";
import type { Random } from "../../base/random.ts";
import type { BlobStore } from "../../relay/blob_store.ts";
import { readSecretFile } from "../../storage/private_files.ts";
import { OPENING_FILES, readTrusted } from "../config/opening_files.ts";
import type { SpoolChoice } from "../config/spool_url.ts";
import { DiskBlobs } from "./disk_blobs.ts";
import { FolderObjects } from "./folder_objects.ts";
import type { Objects } from "./objects.ts";
import { PieceBlobs } from "./piece_blobs.ts";
import type { S3Credentials } from "./s3_objects.ts";

/** What it is opened with. */
interface BlobsOptions {
  readonly dataFolder: string;
  /** Left out: in the data folder. */
  readonly choice: SpoolChoice | undefined;
  readonly serverId: Fingerprint;
  readonly clock: Clock;
  readonly random: Random;
}

/** It belongs to `owned`. Rejects with StorageError, `another-server` among them, and UsageError for a file that cannot be used. */
export async function openBlobs(
  options: BlobsOptions,
  owned: AsyncDisposableStack,
): Promise<BlobStore> {
  const { dataFolder, choice, serverId, random } = options;
  if (choice === undefined) return await DiskBlobs.make(`${dataFolder}/spool`);
  const objects = owned.use(await openObjects(choice, options));
  return await PieceBlobs.open(objects, serverId, random);
}

/** Before anything is written elsewhere: rejects as `openBlobs` does. `serverId` is undefined for a server that has no keys yet. */
export async function requireFreeBlobs(
  { choice, serverId, ...options }:
    & Pick<BlobsOptions, "choice" | "clock" | "random">
    & { readonly serverId: Fingerprint | undefined },
): Promise<void> {
  if (choice === undefined) return;
  using objects = await openObjects(choice, options);
  await PieceBlobs.requireFree(objects, serverId);
}

async function openObjects(
  { place, credentialsFile }: SpoolChoice,
  { clock, random }: Pick<BlobsOptions, "clock" | "random">,
): Promise<Objects> {
  if (place.kind === "folder") return await FolderObjects.open(place.path, random);
  if (credentialsFile === undefined) {
    throw new UsageError("bad-option", "spool needs what opens the bucket: spool-credentials-file");
  }
  const credentials = await readCredentials(credentialsFile);
  const caCerts = await readTrusted(place.caFile);
  // With its client, only for who wants it.
  const { S3Objects } = await import("./s3_objects.ts");
  return new S3Objects({ place, credentials, caCerts, clock });
}

/** Two lines: the id of the key, and the key. Nothing of them is ever said. */
async function readCredentials(path: string): Promise<S3Credentials> {
  const text = await readSecretFile(path, OPENING_FILES);
  const lines = text.split("\n").map((line) => line.trim()).filter((line) => line !== "");
  const [accessKeyId, secretAccessKey] = lines;
  if (lines.length === 2 && lines.every((line) => /^[\x21-\x7e]+$/.test(line))) {
    return { accessKeyId, secretAccessKey };
  }
  throw new UsageError(
    "bad-secret-file",
    `Cannot use ${path}: two lines are needed, the id of the access key and the secret key`,
  );
}

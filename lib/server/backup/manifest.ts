/** What a backup says of itself: its last file, `manifest.json`. The format is described in docs/backup.md. */

import { type Static, type TInteger, type TLiteral, type TObject, Type } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";
import { type Bytes, decodeUtf8, utf8 } from "../../base/bytes.ts";
import { StorageError } from "../../base/errors.ts";
import { parseJson } from "../../base/json_line.ts";
import { type Tally, TALLY_SCHEMA } from "./tally.ts";

/** Of the archive's layout; the tables have a version of their own. */
export const BACKUP_FORMAT = 1;
/** The name of the manifest in the archive. */
export const MANIFEST = "manifest.json";

const FILE = Type.Object({
  name: Type.String(),
  sizeBytes: Type.Integer({ minimum: 0 }),
  sha256: Type.String({ pattern: "^[0-9a-f]{64}$" }),
});

const FORMAT: TObject<{ v: TInteger }> = Type.Object({ v: Type.Integer({ minimum: 1 }) });

const SCHEMA = Type.Object({
  v: Type.Literal(BACKUP_FORMAT) as TLiteral<typeof BACKUP_FORMAT>,
  /** The program that made it. */
  program: Type.String(),
  createdMs: Type.Integer({ minimum: 0 }),
  /** Of the database's tables. */
  tables: Type.Integer({ minimum: 1 }),
  counts: TALLY_SCHEMA,
  /** All others of the archive, in their order. */
  files: Type.Array(FILE),
});

/** A file of a backup. */
export type BackedUpFile = Static<typeof FILE>;

/** What a backup holds. */
export interface Manifest extends Omit<Static<typeof SCHEMA>, "counts"> {
  readonly counts: Tally;
}

/** As it stands in the archive. */
export function encodeManifest(manifest: Manifest): Bytes {
  return utf8(`${JSON.stringify(manifest, undefined, 2)}\n`);
}

/** Throws `StorageError`: `newer-format` for a backup of a later program, `damaged` for anything else that is none. */
export function decodeManifest(bytes: Bytes): Manifest {
  const value = parseJson(decodeUtf8(bytes) ?? "");
  if (Value.Check(FORMAT, value) && value.v > BACKUP_FORMAT) {
    throw new StorageError(
      "newer-format",
      `Cannot restore: the backup was made by a newer version of the program. Update first`,
    );
  }
  if (!Value.Check(SCHEMA, value)) {
    throw new StorageError("damaged", "Cannot restore: the backup's manifest is damaged");
  }
  return value;
}

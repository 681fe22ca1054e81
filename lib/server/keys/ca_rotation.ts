/**
 * Giving a server a new CA key (SR-50). The old key signs who comes next and is erased. Both files change or none: the new
 * ones are written whole to `ca.next`, which is the step; taking them over from there can be repeated.
 */

import { utf8 } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import { StorageError } from "../../base/errors.ts";
import type { Random } from "../../base/random.ts";
import { Authority } from "../../crypto/certificates/authority.ts";
import {
  type AuthorityFiles,
  joinAuthorityFiles,
  splitAuthorityFiles,
} from "../../crypto/certificates/authority_files.ts";
import type { ServerCertificate } from "../../crypto/certificates/server_certificate.ts";
import type { Succession } from "../../crypto/certificates/server_succession.ts";
import { SUCCESSION_PARTS_MAX } from "../../protocol/hop/server.ts";
import { removeFile, writeFileAtomically } from "../../storage/atomic_file.ts";
import { overwriteFile, readSmallText } from "../../storage/private_files.ts";

/** A certificate, its key, and 31 statements in base64 have under 32 KiB. */
export const MAX_KEY_FILE_BYTES = 64 * 1024;

/**
 * Makes the next CA of the server in `folder`, whose lock the caller holds. Throws StorageError `keys-missing` or
 * `too-many-rotations`, CryptoError `bad-authority`. The next start of the server makes a leaf under the new CA.
 */
export async function rotateAuthority(
  folder: string,
  { clock, random }: { clock: Clock; random: Random },
): Promise<{ from: ServerCertificate; succession: Succession }> {
  await finishRotation(folder);
  const certificate = await readSmallText(`${folder}/ca.pem`, MAX_KEY_FILE_BYTES);
  const privateKey = await readSmallText(`${folder}/ca.key`, MAX_KEY_FILE_BYTES);
  if (certificate === undefined || privateKey === undefined) {
    throw new StorageError(
      "keys-missing",
      `Cannot rotate the CA: ${folder} has none, start the server once first`,
    );
  }
  const authority = await Authority.open({ certificate, privateKey });
  if (authority.succession.parts.length >= SUCCESSION_PARTS_MAX) {
    throw new StorageError(
      "too-many-rotations",
      `Cannot rotate the CA: it was rotated ${SUCCESSION_PARTS_MAX - 1} times, which is the limit`,
    );
  }
  const files = await authority.succeed({ nowMs: clock.nowMs(), random });
  const { succession } = await Authority.open(files);
  await replaceAuthority(folder, files);
  return { from: authority.certificate, succession };
}

/** Puts `files`, of a CA that the one there led to, in its place and erases that. The caller holds the folder's lock. */
export async function replaceAuthority(folder: string, files: AuthorityFiles): Promise<void> {
  await writeFileAtomically(`${folder}/ca.next`, utf8(joinAuthorityFiles(files)));
  await takeOver(folder, files);
}

/** Ends a rotation that was cut off. MUST run, under the folder's lock, before anybody reads the CA's files. */
export async function finishRotation(folder: string): Promise<void> {
  const text = await readSmallText(`${folder}/ca.next`, MAX_KEY_FILE_BYTES);
  if (text === undefined) return;
  const files = splitAuthorityFiles(text);
  // Throws before the files in place are touched.
  await Authority.open(files);
  await takeOver(folder, files);
}

async function takeOver(folder: string, files: AuthorityFiles): Promise<void> {
  // The bytes of the old key too, as far as the disk lets them be overwritten: whoever finds it could name another successor.
  await overwriteFile(`${folder}/ca.key`);
  await writeFileAtomically(`${folder}/ca.key`, utf8(files.privateKey));
  await writeFileAtomically(`${folder}/ca.pem`, utf8(files.certificate));
  // Not overwritten: a crash between the two would leave a step that cannot be repeated. It holds the key in use anyway.
  await removeFile(`${folder}/ca.next`);
}

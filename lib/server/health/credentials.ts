/** What health and metrics are guarded with, read from the operator's files: at the start, and again by `reload`. */

import { TransportError, UsageError } from "../../base/errors.ts";
import { readStoredLeaf } from "../../crypto/certificates/stored_leaf.ts";
import { checkIdentity, type TlsIdentity } from "../../net/listening/acceptor.ts";
import { readSecretFile, readSmallText } from "../../storage/private_files.ts";

/** Whoever asks must say the token, and is answered in TLS, where there are such. */
export interface HealthCredentials {
  readonly token?: string;
  readonly tls?: TlsIdentity;
}

/** A chain with its intermediates is some KiB, a key of RSA three. */
const PEM_MAX_BYTES = 64 * 1024;
/** As many as 16 bytes of chance have in hexadecimal: guessing is not worth counting then. */
const TOKEN_MIN_LENGTH = 32;

/**
 * Systemd's credentials, and keys of a group that may read them, have a mode that shows the group: it is the operator's word who
 * is in it.
 */
const RULES = { mayGroupRead: true, limitBytes: PEM_MAX_BYTES } as const;

/**
 * The token in a file. Throws UsageError `file-open-to-others` or `bad-token`, StorageError when it cannot be read.
 */
export async function readMetricsToken(path: string): Promise<string> {
  const token = await readSecretFile(path, RULES);
  if (/^[\x21-\x7e]+$/.test(token) && token.length >= TOKEN_MIN_LENGTH) return token;
  throw new UsageError(
    "bad-token",
    `Cannot use the token in ${path}: it is one line of at least ${TOKEN_MIN_LENGTH} letters, digits and signs`,
  );
}

/**
 * The operator's own certificate, its chain behind it, and the key of it. Throws UsageError `file-open-to-others` or
 * `bad-certificate`, StorageError when one cannot be read.
 */
export async function readOwnCertificate(
  { cert, key }: { readonly cert: string; readonly key: string },
): Promise<TlsIdentity> {
  const privateKeyPem = await readSecretFile(key, RULES);
  const certificateChainPem = await readSmallText(cert, PEM_MAX_BYTES);
  if (certificateChainPem === undefined) throw unusable(cert, "no such PEM file");
  if (readStoredLeaf(certificateChainPem) === undefined) {
    throw unusable(cert, "its first certificate cannot be read");
  }
  const identity = { certificateChainPem, privateKeyPem };
  try {
    checkIdentity(identity);
  } catch (error) {
    if (!(error instanceof TransportError)) throw error;
    throw unusable(cert, `${key} is not its key, or cannot be read`);
  }
  return identity;
}

function unusable(path: string, why: string): UsageError {
  return new UsageError("bad-certificate", `Cannot use ${path}: ${why}`);
}

/**
 * The server's long-lived secrets in its data folder: the CA that clients pin, the TLS leaf under it, the OPAQUE setup.
 * Lost, no client could sign in any more; so they are made only for a server without accounts (SR-50).
 */

import { utf8 } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import { StorageError } from "../../base/errors.ts";
import type { Random } from "../../base/random.ts";
import { Authority } from "../../crypto/certificates/authority.ts";
import { PasswordServer } from "../../crypto/keys/password.ts";
import type { TlsIdentity } from "../../net/listening/acceptor.ts";
import { writeFileAtomically } from "../../storage/atomic_file.ts";
import { readSmallFile, readSmallText } from "../../storage/private_files.ts";
import { finishRotation, MAX_KEY_FILE_BYTES } from "./ca_rotation.ts";

/** The secrets, ready for use. */
export interface ServerKeys {
  readonly authority: Authority;
  readonly passwords: PasswordServer;
  readonly tls: TlsIdentity;
}

/**
 * Reads the secrets, or makes them when the server has no accounts yet. Throws StorageError `keys-missing` when it has, and
 * CryptoError when a file is damaged.
 */
export async function openServerKeys(
  folder: string,
  options: { hasAccounts: boolean; clock: Clock; random: Random },
): Promise<ServerKeys> {
  await finishRotation(folder);
  const files = new KeyFiles(folder, options.hasAccounts);
  const nowMs = options.clock.nowMs();
  const { random } = options;
  const certificate = await files.read("ca.pem");
  const privateKey = await files.read("ca.key");
  const setup = await files.read("opaque.setup");
  let authority: Authority;
  if (certificate === undefined || privateKey === undefined) {
    const made = await Authority.create({ nowMs, random });
    await files.write("ca.pem", made.files.certificate);
    await files.write("ca.key", made.files.privateKey);
    authority = made.authority;
  } else {
    authority = await Authority.open({ certificate, privateKey });
  }
  const passwords = setup === undefined
    ? await PasswordServer.create()
    : await PasswordServer.open(setup);
  if (setup === undefined) await files.write("opaque.setup", passwords.setup);
  return { authority, passwords, tls: await openLeaf(folder, authority, { nowMs, random }) };
}

/**
 * The TLS leaf, renewed when it is missing, damaged or near its end: clients pin the CA, so they do not notice. Throws
 * StorageError.
 */
export async function openLeaf(
  folder: string,
  authority: Authority,
  facts: { nowMs: number; random: Random },
): Promise<TlsIdentity> {
  const files = new KeyFiles(folder, false);
  const chain = await files.read("tls.pem");
  const privateKeyPem = await files.read("tls.key");
  if (
    chain !== undefined && privateKeyPem !== undefined &&
    !authority.needsRenewal(chain, facts.nowMs)
  ) {
    return { certificateChainPem: chain, privateKeyPem };
  }
  const leaf = await authority.issueLeaf(facts);
  // The key first: a chain without its key would be found fresh after a crash.
  await files.write("tls.key", leaf.privateKey);
  await files.write("tls.pem", leaf.chain);
  return { certificateChainPem: leaf.chain, privateKeyPem: leaf.privateKey };
}

/** What a node has in common with the others: its leaf is its own. */
const COMMON_FILES: readonly string[] = ["ca.pem", "ca.key", "opaque.setup", "store.json"];

/** Gives another node of this machine the keys of the one in `from`. Throws StorageError. */
export async function copyServerKeys(from: string, to: string): Promise<void> {
  for (const name of COMMON_FILES) {
    const bytes = await readSmallFile(`${from}/${name}`, MAX_KEY_FILE_BYTES);
    if (bytes !== undefined) await writeFileAtomically(`${to}/${name}`, bytes);
  }
}

class KeyFiles {
  readonly #folder: string;
  readonly #mustExist: boolean;

  constructor(folder: string, mustExist: boolean) {
    this.#folder = folder;
    this.#mustExist = mustExist;
  }

  async read(name: string): Promise<string | undefined> {
    const text = await readSmallText(`${this.#folder}/${name}`, MAX_KEY_FILE_BYTES);
    if (text === undefined && this.#mustExist) {
      throw new StorageError(
        "keys-missing",
        `Cannot start: ${this.#folder}/${name} is missing, and there are accounts that need it. Restore it from a backup`,
      );
    }
    return text;
  }

  async write(name: string, text: string): Promise<void> {
    await writeFileAtomically(`${this.#folder}/${name}`, utf8(text));
  }
}

/**
 * How a server's secrets reach a new node (docs/decisions/0139-keys-of-a-new-node.md): it makes a one-time key and asks; a node
 * seals them to that; the new one opens them, once, and erases its key.
 */

import { type Static, Type } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";
import { type Bytes, decodeUtf8, utf8 } from "../../base/bytes.ts";
import { StorageError } from "../../base/errors.ts";
import type { Fingerprint } from "../../base/ids.ts";
import { parseJson } from "../../base/json_line.ts";
import { Authority } from "../../crypto/certificates/authority.ts";
import { PasswordServer } from "../../crypto/keys/password.ts";
import { makeAgeKey, openAgeBytes, recipientOf, sealAgeBytes } from "../../crypto/sealing/age.ts";
import { markOfSecret } from "../../crypto/sealing/bus_seal.ts";
import type { Succession } from "../../crypto/certificates/server_succession.ts";
import { removeFile, writeFileAtomically } from "../../storage/atomic_file.ts";
import { overwriteFile, readSmallText } from "../../storage/private_files.ts";
import { finishRotation, MAX_KEY_FILE_BYTES, replaceAuthority } from "./ca_rotation.ts";

/** The one-time key of a node that has asked. */
const ASKING_FILE = "node.key";
/** Three files and their names. */
export const SEALED_MAX_BYTES = 4 * MAX_KEY_FILE_BYTES;

const FILE = Type.String({ minLength: 1, maxLength: MAX_KEY_FILE_BYTES });
const KEYS = Type.Object({
  heliograph: Type.Literal("node keys"),
  version: Type.Literal(1),
  certificate: FILE,
  privateKey: FILE,
  setup: FILE,
}, { additionalProperties: false });
type Keys = Static<typeof KEYS>;

/** For the new node: what it asks with, the same until it was admitted. The caller holds the folder's lock, or nobody runs there yet. */
export async function askForKeys(folder: string): Promise<string> {
  const known = await readSmallText(`${folder}/${ASKING_FILE}`, MAX_KEY_FILE_BYTES);
  const key = known ?? await makeAgeKey();
  if (known === undefined) await writeFileAtomically(`${folder}/${ASKING_FILE}`, utf8(key));
  return await recipientOf(key);
}

/**
 * The secrets of the server in `folder`, sealed to who asked. Throws StorageError `keys-missing`, UsageError `bad-recipient`,
 * CryptoError for keys that are damaged, or just being changed.
 */
export async function sealKeys(
  folder: string,
  recipient: string,
): Promise<{ readonly sealed: Bytes; readonly succession: Succession }> {
  const keys = await readKeys(folder);
  const { succession } = await judge(keys);
  return { sealed: await sealAgeBytes(utf8(JSON.stringify(keys)), recipient), succession };
}

/** What became of a node's keys. */
export type Joined = "joined" | "rotated" | "unchanged";

/**
 * Opens what was sealed to this node, whose lock the caller holds, and makes it the folder's. Over keys that are there only a CA
 * that they led to. Throws StorageError `not-asked`, `another-server`, `older-keys`; CryptoError `wrong-key` or `damaged`. Nothing
 * is changed then.
 */
export async function takeKeys(
  folder: string,
  sealed: Bytes,
): Promise<{ readonly result: Joined; readonly succession: Succession }> {
  const asking = await readSmallText(`${folder}/${ASKING_FILE}`, MAX_KEY_FILE_BYTES);
  if (asking === undefined) {
    throw new StorageError(
      "not-asked",
      `Cannot join: ${folder} has asked for no keys, or was given them already. Run node ask, and have that admitted`,
    );
  }
  const keys = readSealed(await openAgeBytes(sealed, asking, SEALED_MAX_BYTES));
  const { succession } = await judge(keys);
  await finishRotation(folder);
  const result = await take(folder, keys, succession);
  // The last step: until then all of it can be done again.
  await overwriteFile(`${folder}/${ASKING_FILE}`);
  await removeFile(`${folder}/${ASKING_FILE}`);
  return { result, succession };
}

/** By which databases and other nodes know a server. */
export interface KeyOwner {
  readonly serverId: Fingerprint;
  readonly setupMark: string;
  /** What all nodes of it have and nobody else. */
  readonly secret: Bytes;
  /** The how manyth CA of the server it is. */
  readonly authority: number;
}

/** Whose keys are in `folder`. Undefined without keys, or with some of them missing. */
export async function findKeyOwner(folder: string): Promise<KeyOwner | undefined> {
  await finishRotation(folder);
  const [certificate, privateKey, setup] = await readFiles(folder);
  if (certificate === undefined || privateKey === undefined || setup === undefined) {
    return undefined;
  }
  const { succession } = await Authority.open({ certificate, privateKey });
  const secret = utf8(setup);
  const { serverId, parts } = succession;
  return { serverId, setupMark: markOfSecret(secret), secret, authority: parts.length };
}

async function take(folder: string, keys: Keys, succession: Succession): Promise<Joined> {
  const [certificate, privateKey, setup] = await readFiles(folder);
  if (setup !== undefined && setup !== keys.setup) throw anotherServer(folder);
  if (certificate !== undefined && privateKey !== undefined) {
    const present = (await Authority.open({ certificate, privateKey })).succession;
    if (present.serverId !== succession.serverId) throw anotherServer(folder);
    const [older, newer] = [present.parts, succession.parts].map((parts) => parts.map(String));
    if (!older.every((part, index) => part === newer[index])) {
      throw new StorageError(
        "older-keys",
        `Cannot join: ${folder} has a CA that the one in the file did not come from. Have it admitted by a node with the newest CA`,
      );
    }
    if (older.length === newer.length) return "unchanged";
    await replaceAuthority(folder, keys);
    return "rotated";
  }
  // What a joining that was cut off has left, and nothing else.
  const [isOwnCa, isOwnKey] = [
    certificate === undefined || certificate === keys.certificate,
    privateKey === undefined || privateKey === keys.privateKey,
  ];
  if (!isOwnCa || !isOwnKey) throw anotherServer(folder);
  await writeFileAtomically(`${folder}/opaque.setup`, utf8(keys.setup));
  await writeFileAtomically(`${folder}/ca.pem`, utf8(keys.certificate));
  await writeFileAtomically(`${folder}/ca.key`, utf8(keys.privateKey));
  return "joined";
}

async function readKeys(folder: string): Promise<Keys> {
  const [certificate, privateKey, setup] = await readFiles(folder);
  if (certificate === undefined || privateKey === undefined || setup === undefined) {
    throw new StorageError(
      "keys-missing",
      `Cannot admit a node: ${folder} has no keys, start the server once first`,
    );
  }
  return { heliograph: "node keys", version: 1, certificate, privateKey, setup };
}

/** Throws CryptoError unless they are a server's. */
async function judge(keys: Keys): Promise<Authority> {
  await PasswordServer.open(keys.setup);
  return await Authority.open(keys);
}

function readSealed(plain: Bytes): Keys {
  const value = parseJson(decodeUtf8(plain) ?? "");
  if (Value.Check(KEYS, value)) return value;
  throw new StorageError("damaged", "Cannot join: there are no keys of a server in the file");
}

function anotherServer(folder: string): StorageError {
  return new StorageError(
    "another-server",
    `Cannot join: ${folder} has the keys of another server. Choose an empty folder`,
  );
}

async function readFiles(folder: string) {
  return await Promise.all(
    ["ca.pem", "ca.key", "opaque.setup"].map((name) =>
      readSmallText(`${folder}/${name}`, MAX_KEY_FILE_BYTES)
    ),
  );
}

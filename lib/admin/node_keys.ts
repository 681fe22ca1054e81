/** `node ask`, `node admit`, `node join`: how a server's secrets reach a new node, sealed to it. */

import type { CommandValues } from "../commands/command_values.ts";
import { StorageError } from "../base/errors.ts";
import { EXIT, type ExitCode } from "../commands/exit_code.ts";
import { formatServerFingerprint } from "../net/addresses/server_fingerprint.ts";
import {
  askForKeys,
  type Joined,
  SEALED_MAX_BYTES,
  sealKeys,
  takeKeys,
} from "../server/keys/admission.ts";
import { hasDatabaseFile } from "../server/store/database_file.ts";
import { createPrivateFile } from "../storage/atomic_file.ts";
import { InstanceLock } from "../storage/instance_lock.ts";
import { makePrivateFolder, readSmallFile } from "../storage/private_files.ts";
import { type AdminCommand, DATA_OPTION, JSON_OPTION, jsonLine } from "./admin_command.ts";
import { type AdminIo, dataFolder, resolvePath } from "./admin_io.ts";

/** On the new machine, or before a rotated CA is taken over. */
async function ask(io: AdminIo, values: CommandValues): Promise<ExitCode> {
  const folder = await ownFolder(io, values);
  using _lock = InstanceLock.take(folder);
  const key = await askForKeys(folder);
  if (values.has("--json")) await io.out(jsonLine("node", { key }));
  else await io.out(key);
  await io.note(
    "Have it admitted at a node of the server: heliograph-server node admit RECIPIENT FILE",
  );
  return EXIT.done;
}

/** Beside a running server or without one. */
async function admit(io: AdminIo, values: CommandValues): Promise<ExitCode> {
  const folder = dataFolder(io, values.option("--data"));
  const path = resolvePath(io, values.required("FILE"));
  const { sealed, succession } = await sealKeys(folder, values.required("RECIPIENT"));
  await createPrivateFile(path, sealed);
  const fingerprint = formatServerFingerprint(succession.present.fingerprint);
  if (values.has("--json")) await io.out(jsonLine("node", { file: path, fingerprint }));
  else {
    await io.out(`Encrypted the keys of the server to ${path}`);
    await io.out(`Fingerprint ${fingerprint}`);
  }
  await io.note(
    "Compare RECIPIENT with what the new machine shows: whoever made it gets all secrets",
  );
  await io.note("Carry the file there: heliograph-server node join FILE");
  return EXIT.done;
}

const WORDS: Readonly<Record<Joined, string>> = {
  joined: "This node has the keys of its server",
  rotated: "This node has the new CA of its server",
  unchanged: "This node had these keys already",
};

async function join(io: AdminIo, values: CommandValues): Promise<ExitCode> {
  const folder = await ownFolder(io, values);
  // Nobody may start the server while its keys change.
  using _lock = InstanceLock.take(folder);
  const path = resolvePath(io, values.required("FILE"));
  const sealed = await readSmallFile(path, SEALED_MAX_BYTES);
  if (sealed === undefined) {
    throw new StorageError("not-found", `Cannot read ${path}: it is missing, or too large`);
  }
  const { result, succession } = await takeKeys(folder, sealed);
  const fingerprint = formatServerFingerprint(succession.present.fingerprint);
  if (values.has("--json")) await io.out(jsonLine("node", { result, fingerprint }));
  else {
    await io.out(WORDS[result]);
    await io.out(`Fingerprint ${fingerprint}`);
  }
  await io.note(
    "Compare the fingerprint with the one that node admit showed. The file opens no more",
  );
  return EXIT.done;
}

/** Made when it is not there. A server with accounts in a file is no node. */
async function ownFolder(io: AdminIo, values: CommandValues): Promise<string> {
  const folder = dataFolder(io, values.option("--data"));
  if (await hasDatabaseFile(folder)) {
    throw new StorageError(
      "database-elsewhere",
      `Cannot make ${folder} a node: its accounts and messages are in server.db. Choose an empty folder`,
    );
  }
  await makePrivateFolder(folder);
  return folder;
}

const COMMON = { group: "Server", exitCodes: [5, 7] } as const;

/** The verbs, in the order of their use. */
export const NODE_KEY_VERBS: readonly AdminCommand[] = [
  {
    ...COMMON,
    name: "node ask",
    summary: "on a new node: print the key that its server's secrets are to be encrypted for",
    details:
      "The node must not run. The secret half stays in the data folder until node join has used it, and is erased then.",
    options: [DATA_OPTION, JSON_OPTION],
    examples: [{ line: "node ask", summary: "prints age1…" }],
    run: ask,
  },
  {
    ...COMMON,
    name: "node admit",
    summary: "encrypt the server's secrets for a node that asked",
    details:
      "CA and opaque.setup: whoever has them is the server. Only the node that printed RECIPIENT opens the file, once. The server may " +
      "run.",
    arguments: [
      { name: "RECIPIENT", summary: "what node ask printed there", required: true },
      { name: "FILE", summary: "the file to make", required: true },
    ],
    options: [DATA_OPTION, JSON_OPTION],
    examples: [{
      line: "node admit age1lvyvwawkr0mc… two.keys",
      summary: "then carry two.keys to that machine",
    }],
    run: admit,
  },
  {
    ...COMMON,
    name: "node join",
    summary: "on a new node: take the secrets that were encrypted for it",
    details:
      "The node must not run. Where it has keys already, only a CA that theirs led to is taken: so a rotated CA reaches the other " +
      "nodes.",
    arguments: [{ name: "FILE", summary: "what node admit made", required: true }],
    options: [DATA_OPTION, JSON_OPTION],
    examples: [{ line: "node join two.keys", summary: "then start it with --store and --bus" }],
    run: join,
  },
];

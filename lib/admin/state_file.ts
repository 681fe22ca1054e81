/** What a running server tells other processes: the ready file for scripts, the state file in its data folder for `status`. */

import { join } from "node:path";
import { type Static, Type } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";
import { utf8 } from "../base/bytes.ts";
import { parseJson } from "../base/json_line.ts";
import { writeFileAtomically } from "../storage/atomic_file.ts";
import { readSmallText } from "../storage/private_files.ts";

const LAYER = Type.Object({
  name: Type.String(),
  state: Type.Union([Type.Literal("on"), Type.Literal("off")]),
  reason: Type.Optional(Type.String()),
});

const STATE = Type.Object({
  pid: Type.Integer(),
  host: Type.String(),
  port: Type.Integer(),
  publicAddress: Type.Optional(Type.String()),
  tls: Type.Union([Type.Literal("auto"), Type.Literal("off")]),
  fingerprint: Type.String(),
  registration: Type.String(),
  startedMs: Type.Integer(),
  version: Type.String(),
  deno: Type.String(),
  videos: Type.String(),
  /** Where accounts and messages are, when that is not the data folder. */
  store: Type.Optional(Type.String()),
  /** The worse line that is simulated, in words. */
  simulate: Type.Optional(Type.String()),
  ffmpeg: Type.Optional(
    Type.Object({ path: Type.String(), version: Type.String(), sandbox: Type.Array(LAYER) }),
  ),
});

/** What `status` shows of a server. */
export type ServerState = Static<typeof STATE>;

const MAX_FILE_BYTES = 64 * 1024;

/** Where the state file of a data folder lies. */
export function stateFilePath(dataFolder: string): string {
  return join(dataFolder, "server.json");
}

/** Replaces the state file of a data folder. Throws StorageError. */
export async function writeState(dataFolder: string, state: ServerState): Promise<void> {
  await writeFileAtomically(stateFilePath(dataFolder), utf8(JSON.stringify(state)));
}

/** What the last server on this folder wrote; it may have died since. Undefined when there is nothing to read. */
export async function readState(dataFolder: string): Promise<ServerState | undefined> {
  const text = await readSmallText(stateFilePath(dataFolder), MAX_FILE_BYTES);
  if (text === undefined) return undefined;
  const value = parseJson(text);
  return Value.Check(STATE, value) ? value : undefined;
}

/** For scripts that wait for the server: address, fingerprint, invite (SR-51: 0600). */
export async function writeReadyFile(
  path: string,
  ready: { host: string; port: number; fingerprint: string; invite: string; pid: number },
): Promise<void> {
  await writeFileAtomically(path, utf8(`${JSON.stringify(ready)}\n`));
}

/** Removes a file that says that the server runs. One that is gone is fine. */
export function removeQuietly(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

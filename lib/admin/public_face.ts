/** Where others find the server of a data folder, and by what they know it. */

import { join } from "node:path";
import { StorageError, UsageError } from "../base/errors.ts";
import type { Fingerprint } from "../base/ids.ts";
import { type HostPort, parseHostPort } from "../net/addresses/address.ts";
import { fingerprintOfPem } from "../net/addresses/server_fingerprint.ts";
import { invitedAddress } from "../net/addresses/reachable.ts";
import { readState } from "./state_file.ts";
import { readSmallText } from "../storage/private_files.ts";

/** With all statements of a CA that was rotated as often as it may be. */
const MAX_PEM_BYTES = 64 * 1024;

/** The CA certificate that clients pin. Throws StorageError `not-found`. */
export async function readCaPem(folder: string): Promise<string> {
  const path = join(folder, "ca.pem");
  const pem = await readSmallText(path, MAX_PEM_BYTES);
  if (pem === undefined) throw new StorageError("not-found", `Cannot read ${path}: it is missing`);
  return pem;
}

/** Throws StorageError `not-found`, `damaged`. */
export async function readFingerprint(folder: string): Promise<Fingerprint> {
  const fingerprint = await fingerprintOfPem(await readCaPem(folder));
  if (fingerprint !== undefined) return fingerprint;
  throw new StorageError("damaged", `Cannot read ${folder}/ca.pem: it is not a certificate`);
}

/** Where others reach the server: as given, else as the one that runs was told, or found out. Throws UsageError. */
export async function findAddress(
  { folder, isRunning }: { readonly folder: string; readonly isRunning: boolean },
  given: string | undefined,
): Promise<HostPort> {
  if (given !== undefined) {
    const address = parseHostPort(given);
    if (address !== undefined && address.port !== 0) return address;
    throw new UsageError("bad-address", `Cannot use --address ${given}: it is not HOST:PORT`);
  }
  // A dead one may have left it.
  const state = isRunning ? await readState(folder) : undefined;
  if (state === undefined) {
    throw new UsageError(
      "no-address",
      "Cannot make an invite: no server runs on this machine. Name its address: --address HOST:PORT",
    );
  }
  return invitedAddress(state, state.publicAddress, Deno.networkInterfaces());
}

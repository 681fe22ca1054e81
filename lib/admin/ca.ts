/** `ca rotate`: a new CA key for a server that stands still (SR-50). `ca show`: its certificate, for who verifies it. */

import { existsSync } from "node:fs";
import { StorageError } from "../base/errors.ts";
import type { CommandValues } from "../commands/command_values.ts";
import { EXIT, type ExitCode } from "../commands/exit_code.ts";
import { formatServerFingerprint } from "../net/addresses/server_fingerprint.ts";
import { rotateAuthority } from "../server/keys/ca_rotation.ts";
import { InstanceLock } from "../storage/instance_lock.ts";
import { type AdminCommand, DATA_OPTION, JSON_OPTION, jsonLine } from "./admin_command.ts";
import { type AdminIo, dataFolder } from "./admin_io.ts";
import { readCaPem, readFingerprint } from "./public_face.ts";

/** Returns 6 when the person says no. Throws UsageError without anybody to ask, StorageError, CryptoError. */
async function rotateCa(io: AdminIo, values: CommandValues): Promise<ExitCode> {
  const folder = dataFolder(io, values.option("--data"));
  if (!existsSync(folder)) {
    throw new StorageError("not-found", `Cannot open ${folder}: no server has run there yet`);
  }
  // Held over the question: nobody may start the server while its key changes.
  using _lock = InstanceLock.take(folder);
  const question = `Give the server of ${folder} a new CA key and erase the old one`;
  if (!values.has("--yes") && !await io.confirm(question)) {
    await io.note("Nothing changed");
    return EXIT.refused;
  }
  const { from, succession } = await rotateAuthority(folder, io);
  const [before, now] = [from, succession.present].map((ca) =>
    formatServerFingerprint(ca.fingerprint)
  );
  const rotations = succession.authorities.length - 1;
  if (values.has("--json")) {
    await io.out(jsonLine("ca", { before, fingerprint: now, rotations }));
  } else {
    await io.out(`Old fingerprint ${before}`);
    await io.out(`New fingerprint ${now}`);
  }
  await io.note("Clients that know the server follow by themselves, and invites stay valid");
  await io.note("Make a new backup and destroy the old ones: they still hold the old key");
  return EXIT.done;
}

const CERTIFICATE_END = "-----END CERTIFICATE-----";

/**
 * Prints the certificate that clients pin, as a collector or a monitor takes its root; how it came to be is left out. Throws
 * StorageError.
 */
async function showCa(io: AdminIo, values: CommandValues): Promise<ExitCode> {
  const folder = dataFolder(io, values.option("--data"));
  const text = await readCaPem(folder);
  const fingerprint = formatServerFingerprint(await readFingerprint(folder));
  const pem = text.slice(0, text.indexOf(CERTIFICATE_END) + CERTIFICATE_END.length);
  if (values.has("--json")) await io.out(jsonLine("ca", { fingerprint, pem: `${pem}\n` }));
  else for (const line of pem.split("\n")) await io.out(line);
  return EXIT.done;
}

/** The verb. */
export const CA_ROTATE: AdminCommand = {
  name: "ca rotate",
  group: "Server",
  summary: "give the server a new CA key that its clients follow by themselves",
  details:
    "The server must not run. The old key signs the new one and is erased; clients that pinned it check that and pin the " +
    "new certificate. The fingerprint changes. Old invites stay valid.",
  options: [
    DATA_OPTION,
    { flag: "--yes", summary: "do not ask" },
    JSON_OPTION,
  ],
  examples: [{ line: "ca rotate", summary: "after a copy of the data folder was lost" }],
  exitCodes: [5, 6, 7],
  run: rotateCa,
};

/** The same. */
export const CA_SHOW: AdminCommand = {
  name: "ca show",
  group: "Server",
  summary: "print the certificate that clients pin, as PEM",
  details:
    "For programs that verify the server in another way than clients do: metrics collectors, port monitors. It is " +
    "their root; the server's name is heliograph.internal. It is not secret.",
  options: [DATA_OPTION, JSON_OPTION],
  examples: [{ line: "ca show > heliograph-ca.pem", summary: "for a metrics collector" }],
  run: showCa,
};

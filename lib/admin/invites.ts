/** `invite`: a link that makes the first contact certain and lets somebody register (SR-44, SR-51). */

import type { CommandValues } from "../commands/command_values.ts";
import { EXIT, type ExitCode } from "../commands/exit_code.ts";
import { hashToken, newToken } from "../crypto/token.ts";
import { formatInvite } from "../net/invite.ts";
import { jsonLine } from "./admin_command.ts";
import { type AdminIo, dataFolder } from "./admin_io.ts";
import { openDataStore } from "./data_store.ts";
import { readExpires } from "./durations.ts";
import { findAddress, readFingerprint } from "./public_face.ts";
import { readCount } from "./serve_settings.ts";

/** Prints the invite on standard output: a secret, for a file or for one person. Throws StorageError, UsageError. */
export async function invite(io: AdminIo, values: CommandValues): Promise<ExitCode> {
  const uses = readCount("--uses", values.option("--uses"), {
    least: 1,
    most: 10_000,
    otherwise: 1,
  });
  const expiresMs = io.clock.nowMs() + readExpires(values.option("--expires") ?? "7d");
  const folder = dataFolder(io, values.option("--data"));
  await using store = await openDataStore(folder);
  const address = await findAddress(folder, values.option("--address"));
  const fingerprint = await readFingerprint(folder);
  const token = newToken(io.random);
  await store.addToken({ hash: await hashToken(token), uses, expiresMs });
  const link = formatInvite({ address, fingerprint, token });
  const expires = new Date(expiresMs).toISOString();
  await io.out(values.has("--json") ? jsonLine("invite", { invite: link, uses, expires }) : link);
  await io.note(`Good for ${uses === 1 ? "one account" : `${uses} accounts`} until ${expires}`);
  return EXIT.done;
}

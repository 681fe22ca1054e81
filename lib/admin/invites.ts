/** `invite`: a link that makes the first contact certain and lets somebody register (SR-44, SR-51). */

import { UsageError } from "../base/errors.ts";
import type { CommandValues } from "../commands/command_values.ts";
import { EXIT, type ExitCode } from "../commands/exit_code.ts";
import { hashToken, newToken } from "../crypto/token.ts";
import { formatInvite } from "../net/invite.ts";
import { jsonLine } from "./admin_command.ts";
import { type AdminIo, dataFolder } from "./admin_io.ts";
import { openDataStore } from "./data_store.ts";
import { findAddress, readFingerprint } from "./public_face.ts";
import { readCount } from "./serve_settings.ts";

const UNIT_MS = { m: 60_000, h: 3600_000, d: 86_400_000 } as const;
const MAX_EXPIRES_MS = 365 * UNIT_MS.d;

/** Prints the invite on standard output: a secret, for a file or for one person. Throws StorageError, UsageError. */
export async function invite(io: AdminIo, values: CommandValues): Promise<ExitCode> {
  const uses = readCount("--uses", values.option("--uses"), {
    least: 1,
    most: 10_000,
    otherwise: 1,
  });
  const expiresMs = io.clock.nowMs() + readDuration(values.option("--expires") ?? "7d");
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

/** `30m`, `12h`, `7d`; at most a year. */
function readDuration(text: string): number {
  const match = /^(\d{1,6})([mhd])$/.exec(text);
  // The pattern allows these three only.
  const ms = match === null ? 0 : Number(match[1]) * UNIT_MS[match[2] as keyof typeof UNIT_MS];
  if (ms > 0 && ms <= MAX_EXPIRES_MS) return ms;
  throw new UsageError(
    "bad-duration",
    `Cannot use --expires ${text}: write 30m, 12h or 7d, at most 365d`,
  );
}

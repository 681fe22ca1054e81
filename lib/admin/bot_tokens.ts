/** `token …`: what a bot's device signs in with, and what it may do then (SR-48). */

import { utf8 } from "../base/bytes.ts";
import type { CommandValues } from "../commands/command_values.ts";
import { EXIT, type ExitCode } from "../commands/exit_code.ts";
import { formatBotToken, hashBotToken, newBotToken } from "../crypto/token.ts";
import { createPrivateFile } from "../storage/atomic_file.ts";
import { jsonLine } from "./admin_command.ts";
import { type AdminIo, dataFolder, resolvePath } from "./admin_io.ts";
import { eachToken, endSessions, findDevice, readScopes } from "./bot_device.ts";
import { openDataStore } from "./data_store.ts";
import { readExpires } from "./durations.ts";

const DEFAULT_SCOPES = "receive,send,rooms";

/** Makes a token for a device of an account. Throws StorageError, UsageError, Refusal. */
export async function newToken(io: AdminIo, values: CommandValues): Promise<ExitCode> {
  const scopes = readScopes(values.option("--scope") ?? DEFAULT_SCOPES);
  const nowMs = io.clock.nowMs();
  const expiresMs = nowMs + readExpires(values.option("--expires") ?? "90d");
  const folder = dataFolder(io, values.option("--data"));
  await using store = await openDataStore(folder);
  const { account, device } = await findDevice(store, values);
  const token = newBotToken(io.random);
  const file = values.option("--token-file");
  // Before the token before it ends: a file that cannot be written must not lock the bot out.
  if (file !== undefined) {
    await createPrivateFile(resolvePath(io, file), utf8(`${formatBotToken(token)}\n`));
  }
  const hash = await hashBotToken(token);
  await store.setBotToken({ account, device, hash, scopes, createdMs: nowMs, expiresMs });
  const detail = `token new ${account} ${scopes.join(",")}`;
  await store.recordCommand({ detail, nowMs });
  await endSessions(io, folder, device);
  const expires = new Date(expiresMs).toISOString();
  const secret = file === undefined ? { token: formatBotToken(token) } : {};
  if (values.has("--json")) {
    await io.out(jsonLine("token", { account, device, scopes, expires, ...secret }));
  } else if (file === undefined) await io.out(formatBotToken(token));
  await io.note(
    `${account} signs in with this token only, and may ${scopes.join(", ")}, until ${expires}`,
  );
  return EXIT.done;
}

/** Throws StorageError. */
export async function listTokens(io: AdminIo, values: CommandValues): Promise<ExitCode> {
  await using store = await openDataStore(dataFolder(io, values.option("--data")));
  const nowMs = io.clock.nowMs();
  for await (const { account, device, scopes, createdMs, expiresMs } of eachToken(store)) {
    const [created, expires] = [createdMs, expiresMs].map((ms) => new Date(ms).toISOString());
    const isExpired = expiresMs <= nowMs;
    const fields = { account, device, scopes, created, expires, isExpired };
    const until = isExpired ? `expired ${expires}` : `until ${expires}`;
    const line = `${account} ${device}: ${scopes.join(", ")}, ${until}`;
    await io.out(values.has("--json") ? jsonLine("token", fields) : line);
  }
  return EXIT.done;
}

/** Ends a token; the device is signed out, unless it is to keep on without. Throws StorageError, UsageError, Refusal. */
export async function removeToken(io: AdminIo, values: CommandValues): Promise<ExitCode> {
  const folder = dataFolder(io, values.option("--data"));
  await using store = await openDataStore(folder);
  const { account, device } = await findDevice(store, values);
  if (!values.has("--keep")) {
    await store.setSignedIn({ account, device, signedIn: false });
  }
  const removed = await store.removeBotToken(device);
  await store.recordCommand({ detail: `token remove ${account}`, nowMs: io.clock.nowMs() });
  await endSessions(io, folder, device);
  if (values.has("--json")) await io.out(jsonLine("token-removed", { account, device, removed }));
  else await io.out(removed ? `Removed the token of ${account}` : `${account} had no token`);
  return EXIT.done;
}

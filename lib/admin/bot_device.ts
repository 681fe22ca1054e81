/** Bots' devices for the verbs of `token …`: which one, what it may do, and the end of what it does now. */

import { parseAccountName } from "../base/account_name.ts";
import { Refusal, TransportError, UsageError } from "../base/errors.ts";
import type { AccountId, DeviceId } from "../base/ids.ts";
import type { CommandValues } from "../commands/command_values.ts";
import { parseScopes, type Scope, SCOPES } from "../protocol/permissions.ts";
import type { BotToken } from "../server/store/bot_token_store.ts";
import type { Store } from "../server/store/store.ts";
import type { AdminIo } from "./admin_io.ts";
import { askServer } from "./control_client.ts";
import { ENDED_REPLY } from "./control_commands.ts";
import { isServerRunning } from "./data_store.ts";

const PAGE = 500;

/** Throws UsageError `bad-scope`. */
export function readScopes(text: string): readonly Scope[] {
  const scopes = parseScopes(text);
  if (scopes !== undefined) return scopes;
  throw new UsageError(
    "bad-scope",
    `Cannot use --scope ${text}: write some of ${SCOPES.join(", ")}, such as send,rooms`,
  );
}

/** The device of `NAME` and `--device`. Throws UsageError, Refusal `unknown-account`. */
export async function findDevice(
  store: Store,
  values: CommandValues,
): Promise<{ account: AccountId; device: DeviceId }> {
  const parsed = parseAccountName(values.required("NAME"));
  if (!parsed.ok) throw new UsageError("bad-name", parsed.message);
  const account = parsed.id;
  if (await store.findAccount(account) === undefined) {
    throw new Refusal("unknown-account", "No account has this name");
  }
  const devices = await store.listDevices(account);
  const asked = values.option("--device");
  const found = devices.filter(({ device }) => asked === undefined || device === asked);
  if (found.length === 1) return { account, device: found[0].device };
  const list = devices.map(({ device }) => device).join(", ");
  throw new UsageError(
    "which-device",
    `Cannot choose a device of ${account}: say --device with one of ${list || "none"}`,
  );
}

/** All of them, by account. */
export async function* eachToken(store: Store): AsyncGenerator<BotToken> {
  let after: AccountId | undefined;
  for (;;) {
    const page = await store.listBotTokens({
      limit: PAGE,
      ...(after === undefined ? {} : { after }),
    });
    // An account whose tokens go over the end of the page is read whole with the next one.
    const last = page[page.length - 1]?.account;
    const isLast = page.length < PAGE;
    const whole = isLast ? page : page.filter(({ account }) => account !== last);
    yield* whole;
    if (isLast || whole.length === 0) return;
    after = whole[whole.length - 1].account;
  }
}

/** In the server that runs, if it can be asked: a session goes on as it began. */
export async function endSessions(io: AdminIo, folder: string, device: DeviceId): Promise<void> {
  if (!isServerRunning(folder)) return;
  try {
    const request = { command: "end-device", device } as const;
    await askServer(folder, { request, reply: ENDED_REPLY, clock: io.clock });
  } catch (error) {
    if (!(error instanceof TransportError)) throw error;
    await io.note("The server could not be told: what is signed in now stays so until it ends");
  }
}

/** `token …`: what a bot's device signs in with, and what it may do then (SR-48). */

import { parseAccountName } from "../../base/account_name.ts";
import { utf8 } from "../../base/bytes.ts";
import { Refusal, UsageError } from "../../base/errors.ts";
import type { AccountId, DeviceId } from "../../base/ids.ts";
import { logger } from "../../base/log.ts";
import { type CommandResult, result } from "../../commands/command_row.ts";
import type { OptionSpec } from "../../commands/command_table.ts";
import type { CommandValues } from "../../commands/command_values.ts";
import { readExpires } from "../../commands/invite_options.ts";
import {
  formatBotToken,
  hashBotToken,
  newBotToken,
  parseBotToken,
} from "../../crypto/keys/token.ts";
import { parseScopes, type Scope, SCOPES } from "../../protocol/permissions.ts";
import type { BotToken } from "../../server/store/account_store.ts";
import type { Store } from "../../server/store/store.ts";
import { createPrivateFile } from "../../storage/atomic_file.ts";
import { type AdminIo, resolvePath } from "../admin_io.ts";
import {
  type Gathered,
  type OperatorCommands,
  type OperatorContext,
  type OperatorRow,
} from "../operator_row.ts";

const log = logger("server", "operator");

const PAGE = 500;
const DEFAULT_SCOPES = "receive,send,rooms";

type TokenFacts = Pick<BotToken, "account" | "device" | "scopes"> & { readonly expires: string };

/** Every kind of report of these commands. */
interface TokenKinds {
  /** Without the token when it is in a file. */
  "token": TokenFacts & { readonly token: string | undefined };
  "token-allows": TokenFacts;
  "token-listed": TokenFacts & { readonly created: string; readonly isExpired: boolean };
  "token-removed": Pick<BotToken, "account" | "device"> & { readonly removed: boolean };
  "untold": Record<never, never>;
}

type TokenRow = OperatorRow<TokenKinds>;

/** Throws UsageError `bad-scope`. */
function readScopes(text: string): readonly Scope[] {
  const scopes = parseScopes(text);
  if (scopes !== undefined) return scopes;
  throw new UsageError(
    "bad-scope",
    `Cannot use --scope ${text}: write some of ${SCOPES.join(", ")}, such as send,rooms`,
  );
}

/** The device of `NAME` and `--device`. Throws UsageError, Refusal `unknown-account`. */
async function findDevice(
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
    `Cannot choose a device of ${account}: add --device with one of ${list || "none"}`,
  );
}

/** All of them, by account. */
async function* eachToken(store: Store): AsyncGenerator<BotToken> {
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

/** A session goes on as it began, so those of the device end. A report where the server that runs cannot be told. */
async function endSessions({ server, isUntold }: OperatorContext, device: DeviceId) {
  if (server === undefined) return isUntold ? result("untold", {}).reports : [];
  const ended = await server.operator.endDevice(device);
  log.info("operator.end-device", { ended });
  return [];
}

const DEVICE_OPTION: OptionSpec = {
  flag: "--device",
  valueName: "ID",
  summary: "which one, if the account has several",
};
const TOKEN_FILE = "--token-file";

/** The token is made where its file is written: before the token before it ends, since a file that cannot be written must not lock the bot out. */
async function writeTokenFile(io: AdminIo, values: CommandValues): Promise<Gathered> {
  const file = values.option(TOKEN_FILE);
  if (file === undefined) return { given: {} };
  const path = resolvePath(io, file);
  const token = formatBotToken(newBotToken(io.random));
  await createPrivateFile(path, utf8(`${token}\n`));
  return { given: { token }, undo: () => Deno.remove(path) };
}

async function newToken(
  context: OperatorContext,
  values: CommandValues,
): Promise<CommandResult<TokenKinds>> {
  const { store, clock, random, gathered } = context;
  const scopes = readScopes(values.option("--scope") ?? DEFAULT_SCOPES);
  const nowMs = clock.nowMs();
  const expiresMs = nowMs + readExpires(values, "90d");
  const isInFile = values.has(TOKEN_FILE);
  const token = isInFile ? parseBotToken(gathered.token ?? "") : newBotToken(random);
  if (token === undefined) throw new UsageError("no-input", "Cannot write the token to a file");
  const { account, device } = await findDevice(store, values);
  const hash = await hashBotToken(token);
  await store.setBotToken({ account, device, hash, scopes, createdMs: nowMs, expiresMs });
  const detail = `token new ${account} ${scopes.join(",")}`;
  await store.recordCommand({ detail, nowMs });
  const facts = { account, device, scopes, expires: new Date(expiresMs).toISOString() };
  const shown = isInFile ? undefined : formatBotToken(token);
  return {
    reports: [
      ...await endSessions(context, device),
      { kind: "token", facts: { ...facts, token: shown } },
      { kind: "token-allows", facts },
    ],
  };
}

async function listTokens(
  { store, clock }: OperatorContext,
): Promise<CommandResult<TokenKinds>> {
  const nowMs = clock.nowMs();
  const reports = [];
  for await (const { account, device, scopes, createdMs, expiresMs } of eachToken(store)) {
    const [created, expires] = [createdMs, expiresMs].map((ms) => new Date(ms).toISOString());
    const isExpired = expiresMs <= nowMs;
    const facts = { account, device, scopes, created, expires, isExpired };
    reports.push({ kind: "token-listed", facts } as const);
  }
  return { reports };
}

/** Ends a token; the device is signed out, unless it is to keep on without. */
async function removeToken(
  context: OperatorContext,
  values: CommandValues,
): Promise<CommandResult<TokenKinds>> {
  const { store, clock } = context;
  const { account, device } = await findDevice(store, values);
  if (!values.has("--keep")) await store.setSignedIn({ account, device, signedIn: false });
  const removed = await store.removeBotToken(device);
  await store.recordCommand({ detail: `token remove ${account}`, nowMs: clock.nowMs() });
  return {
    reports: [
      ...await endSessions(context, device),
      { kind: "token-removed", facts: { account, device, removed } },
    ],
  };
}

const COMMON = { group: "Bots", needs: [] } as const;

const TOKEN_NEW: TokenRow = {
  ...COMMON,
  name: "token new",
  summary: "make the token that a bot's device signs in with",
  details:
    "From then on the device needs the token beside its own key, and may only do what the token allows: receive, " +
    "and what --scope names. Never passwords, devices or roles. The token is a secret: --token-file writes it to a " +
    "new file that only you can read; otherwise it is printed. A new token replaces the previous one. Works beside a running server.",
  arguments: [{ name: "NAME", summary: "the bot's account", required: true }],
  options: [
    {
      flag: "--scope",
      valueName: "LIST",
      summary:
        "of receive, send, rooms, files, broadcast, presence, videos (default: receive,send,rooms)",
    },
    { flag: "--expires", valueName: "TIME", summary: "such as 12h or 7d (default: 90d)" },
    { flag: "--token-file", valueName: "FILE", summary: "write the token to this new file" },
    DEVICE_OPTION,
  ],
  examples: [
    {
      line: "token new ops-bot --scope send,rooms --token-file bot.token",
      summary: "for a cron job that writes to a room",
    },
  ],
  exitCodes: [4],
  gather: writeTokenFile,
  run: newToken,
};

const TOKEN_LIST: TokenRow = {
  ...COMMON,
  name: "token list",
  summary: "list devices with a token, and what it allows",
  examples: [{
    line: "token list --json",
    summary: "one object per token, without the token itself",
  }],
  run: listTokens,
};

const TOKEN_REMOVE: TokenRow = {
  ...COMMON,
  name: "token remove",
  summary: "remove a bot's token",
  details:
    "The device is signed out: it must sign in by password first, and may then do everything. With --keep it stays signed in.",
  arguments: [{ name: "NAME", summary: "the bot's account", required: true }],
  options: [
    { flag: "--keep", summary: "let the device sign in by its key alone again" },
    DEVICE_OPTION,
  ],
  examples: [{ line: "token remove ops-bot", summary: "when a token was lost" }],
  exitCodes: [4],
  run: removeToken,
};

/** What is done with bots' tokens. */
export const TOKEN_COMMANDS: OperatorCommands<TokenKinds> = {
  rows: [TOKEN_NEW, TOKEN_LIST, TOKEN_REMOVE],
  wording: {
    "token": { line: ({ token }) => token ?? [] },
    "token-allows": {
      isNote: true,
      line: ({ account, scopes, expires }) =>
        `${account} signs in with this token only, and may ${scopes.join(", ")}, until ${expires}`,
    },
    "token-listed": {
      type: "token",
      line: ({ account, device, scopes, expires, isExpired }) =>
        `${account} ${device}: ${scopes.join(", ")}, ${isExpired ? "expired" : "until"} ${expires}`,
    },
    "token-removed": {
      line: ({ account, removed }) =>
        removed ? `Removed the token of ${account}` : `${account} had no token`,
    },
    "untold": {
      isNote: true,
      line: () => "The server could not be reached: open sessions stay signed in until they end",
    },
  },
};

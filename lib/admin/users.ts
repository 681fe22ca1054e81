/** `user …`: the accounts, never their secrets (row S0.10). */

import { existsSync } from "node:fs";
import type { CommandValues } from "../commands/command_values.ts";
import { EXIT, type ExitCode } from "../commands/exit_code.ts";
import type { Account, Store } from "../server/store.ts";
import { jsonLine } from "./admin_command.ts";
import { type AdminIo, dataFolder } from "./admin_io.ts";
import { askServer } from "./control_client.ts";
import { UNLOCK_REPLY } from "./control_commands.ts";
import { isServerRunning, openDataStore } from "./data_store.ts";

const PAGE = 500;

/** Throws StorageError. */
export async function listUsers(io: AdminIo, values: CommandValues): Promise<ExitCode> {
  await using store = await openDataStore(dataFolder(io, values.option("--data")));
  const isJson = values.has("--json");
  const rows: string[][] = [["NAME", "CREATED", "LAST SEEN", "DEVICES"]];
  for await (const { account, devices } of eachAccount(store)) {
    const { name, createdMs, lastSeenMs } = account;
    const [created, lastSeen] = [createdMs, lastSeenMs].map((ms) => new Date(ms).toISOString());
    if (isJson) await io.out(jsonLine("account", { name, created, lastSeen, devices }));
    else rows.push([name, minute(created), minute(lastSeen), String(devices)]);
  }
  if (!isJson) { for (const line of columns(rows)) await io.out(line); }
  return EXIT.done;
}

/** Ends the lock of `user unlock NAME` in the server that runs. Throws TransportError `no-control`. */
export async function unlockUser(io: AdminIo, values: CommandValues): Promise<ExitCode> {
  const folder = dataFolder(io, values.option("--data"));
  const name = values.required("NAME");
  if (!existsSync(folder) || !isServerRunning(folder)) {
    // Locks are in memory only.
    await io.note(`No server is running on ${folder}: nobody is locked`);
    return EXIT.unreachable;
  }
  const request = { command: "unlock", name } as const;
  const { result } = await askServer(folder, { request, reply: UNLOCK_REPLY, clock: io.clock });
  if (values.has("--json")) await io.out(jsonLine("unlock", { name, result }));
  if (result === "unknown-account") {
    await io.note("No account has this name");
    return EXIT.unknown;
  }
  const text = result === "unlocked" ? "Unlocked" : "It was not locked";
  if (!values.has("--json")) await io.out(text);
  return EXIT.done;
}

async function* eachAccount(store: Store): AsyncGenerator<{ account: Account; devices: number }> {
  let after: Account["account"] | undefined;
  for (;;) {
    const page = { limit: PAGE, ...(after === undefined ? {} : { after }) };
    const { accounts } = await store.listAccounts(page);
    for (const account of accounts) {
      yield { account, devices: (await store.listDevices(account.account)).length };
    }
    if (accounts.length < PAGE) return;
    after = accounts[accounts.length - 1].account;
  }
}

/** `2026-01-01 00:00Z` of an ISO time. */
function minute(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 16)}Z`;
}

/** The last column is not padded. Names are counted by characters: good enough for a list. */
function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0].map((_, i) => Math.max(...rows.map((row) => [...row[i]].length)));
  return rows.map((row) =>
    row.map((cell, i) =>
      i === row.length - 1 ? cell : cell + " ".repeat(widths[i] - [...cell].length + 2)
    ).join("")
  );
}

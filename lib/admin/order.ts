/**
 * The operator keeps order: roles, kicks, the record, over the server's data folder, beside a running server or without
 * one. A server that runs sees what was done within a second.
 */

import { parseAccountName } from "../base/account_name.ts";
import { UsageError } from "../base/errors.ts";
import type { AccountId } from "../base/ids.ts";
import type { CommandValues } from "../commands/command_values.ts";
import { EXIT, type ExitCode } from "../commands/exit_code.ts";
import { parseTerms } from "../commands/terms.ts";
import { parseRole } from "../protocol/permissions.ts";
import { denialRefusal, untilWords } from "../server/moderation_words.ts";
import type { Store } from "../server/store.ts";
import { jsonLine } from "./admin_command.ts";
import { type AdminIo, dataFolder } from "./admin_io.ts";
import { openDataStore } from "./data_store.ts";

const PAGE = 500;

/** Who does it, on whom, when. */
interface Target {
  readonly by: "operator";
  readonly account: AccountId;
  readonly nowMs: number;
}

/** Something done, for programs and for the person. */
type Done = readonly [type: string, fields: Readonly<Record<string, unknown>>, line: string];

async function act(
  io: AdminIo,
  values: CommandValues,
  action: (store: Store, target: Target) => Promise<Done>,
): Promise<ExitCode> {
  const parsed = parseAccountName(values.required("NAME"));
  if (!parsed.ok) throw new UsageError("bad-name", parsed.message);
  await using store = await openDataStore(dataFolder(io, values.option("--data")));
  const target = { by: "operator", account: parsed.id, nowMs: io.clock.nowMs() } as const;
  const [type, fields, line] = await action(store, target);
  const { account } = target;
  await io.out(values.has("--json") ? jsonLine(type, { account, ...fields }) : line);
  return EXIT.done;
}

/** `user grant NAME ROLE`. Throws StorageError, UsageError, Refusal. */
export function grantRole(io: AdminIo, values: CommandValues): Promise<ExitCode> {
  const role = parseRole(values.required("ROLE"));
  if (role === undefined) {
    throw new UsageError("bad-role", "A role is owner, moderator or member; or 1, 0");
  }
  return act(io, values, async (store, target) => {
    const done = await store.grantRole({ ...target, role });
    if (done.result !== "done") throw denialRefusal(done, "grant", target.account);
    const { before } = done;
    return ["role", { role, before }, `${target.account} is ${role} now, and was ${before}`];
  });
}

/** `user kick NAME [TERMS…]`. Throws StorageError, UsageError, Refusal. */
export function kickUser(io: AdminIo, values: CommandValues): Promise<ExitCode> {
  const terms = parseTerms(values.argument("TERMS"));
  if (!terms.ok) throw new UsageError("bad-duration", terms.message);
  const { durationMs, reason } = terms;
  return act(io, values, async (store, target) => {
    const untilMs = durationMs === undefined ? undefined : target.nowMs + durationMs;
    const done = await store.addSanction({ ...target, kind: "kick", untilMs, reason });
    if (done.result !== "done") throw denialRefusal(done, "kick", target.account);
    const end = untilMs === undefined ? "was banned" : `was kicked until ${untilWords(untilMs)}`;
    const undo = `Undo: heliograph-server user unkick ${target.account}`;
    return ["kick", { untilMs, reason }, `${target.account} ${end}. ${undo}`];
  });
}

/** `user unkick NAME`. Throws StorageError, UsageError, Refusal. */
export function unkickUser(io: AdminIo, values: CommandValues): Promise<ExitCode> {
  return act(io, values, async (store, target) => {
    const done = await store.liftSanction({ ...target, kind: "kick" });
    switch (done.result) {
      case "done":
        return ["unkick", {}, `${target.account} may come back`];
      case "none":
        return ["unkick", { wasKicked: false }, `${target.account} was not kicked`];
      default:
        throw denialRefusal(done, "unkick", target.account);
    }
  });
}

/** `user kicklist`. Throws StorageError. */
export async function listKicks(io: AdminIo, values: CommandValues): Promise<ExitCode> {
  await using store = await openDataStore(dataFolder(io, values.option("--data")));
  const nowMs = io.clock.nowMs();
  let after: AccountId | undefined;
  for (;;) {
    const page = {
      kind: "kick",
      limit: PAGE,
      nowMs,
      ...(after === undefined ? {} : { after }),
    } as const;
    const kicks = await store.listSanctions(page);
    for (const { name, by = "the operator", untilMs, reason, account, atMs } of kicks) {
      const end = untilMs === undefined ? "until it is taken back" : `until ${untilWords(untilMs)}`;
      const line = `${name} by ${by} ${end}${reason === "" ? "" : `: ${reason}`}`;
      const fields = { account, name, by, atMs, untilMs, reason };
      await io.out(values.has("--json") ? jsonLine("kicked", fields) : line);
    }
    if (kicks.length < PAGE) return EXIT.done;
    after = kicks[kicks.length - 1].account;
  }
}

/** `audit`: the whole record, the newest first. Throws StorageError. */
export async function showAudit(io: AdminIo, values: CommandValues): Promise<ExitCode> {
  await using store = await openDataStore(dataFolder(io, values.option("--data")));
  let before: number | undefined;
  for (;;) {
    const page = { limit: PAGE, ...(before === undefined ? {} : { before }) };
    const lines = await store.listAudit(page);
    for (
      const { by = "the operator", target = "", untilMs, detail, action, atMs, entry } of lines
    ) {
      const at = new Date(atMs).toISOString();
      const end = untilMs === undefined ? "" : ` until ${untilWords(untilMs)}`;
      const line = `${at} ${by}: ${action} ${target}${end}${detail === "" ? "" : `: ${detail}`}`;
      const fields = { entry, at, by, action, target, untilMs, detail };
      await io.out(values.has("--json") ? jsonLine("audit", fields) : line);
    }
    if (lines.length < PAGE) return EXIT.done;
    before = lines[lines.length - 1].entry;
  }
}

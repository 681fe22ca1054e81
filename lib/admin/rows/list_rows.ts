/** What the data say of people: the accounts, who is kept out or silent, and the record. Never a secret (row S0.10). */

import type { AccountId } from "../../base/ids.ts";
import type { AuditEntry, Sanction, SanctionKind } from "../../server/store/moderation_store.ts";
import { untilWords } from "../../server/auth/denials.ts";
import { type Account, isClaimed } from "../../server/store/account_store.ts";
import { UsageError } from "../../base/errors.ts";
import type { ArgumentSpec } from "../../commands/command_table.ts";
import type { CommandValues } from "../../commands/command_values.ts";
import type { CommandResult } from "../../commands/command_row.ts";
import type { Phrase } from "../../commands/wording.ts";
import type { Role } from "../../protocol/permissions.ts";
import {
  listed,
  minute,
  NONE,
  type NoneKinds,
  type OperatorCommands,
  type OperatorContext,
} from "../operator_row.ts";

/** Every kind of report of these commands. */
interface ListKinds extends NoneKinds {
  "account": {
    readonly name: string;
    readonly role: Role;
    readonly createdMs: number;
    /** Undefined: never. */
    readonly lastSeenMs: number | undefined;
    readonly devices: number;
    readonly status: readonly string[];
  };
  "kicked": Sanction;
  "muted": Sanction;
  "audit": AuditEntry;
}

const PAGE = 500;

/** All items of a list that comes in pages, each item with its account. */
async function all<Item extends { readonly account: AccountId }>(
  read: (page: { after?: AccountId; limit: number }) => Promise<readonly Item[]>,
): Promise<Item[]> {
  const items: Item[] = [];
  for (;;) {
    const last = items[items.length - 1];
    const page = await read({
      limit: PAGE,
      ...(last === undefined ? {} : { after: last.account }),
    });
    items.push(...page);
    if (page.length < PAGE) return items;
  }
}

function sanctions({ store, clock }: OperatorContext, kind: SanctionKind): Promise<Sanction[]> {
  const nowMs = clock.nowMs();
  return all((page) => store.listSanctions({ ...page, kind, nowMs }));
}

/** Only the server knows. */
function isOnline({ server }: OperatorContext, account: AccountId): boolean {
  return server?.operator.parts.presence.isOnline(account) ?? false;
}

/** The words of the last column: what is to be known of an account at a glance. */
function statusOf(
  context: OperatorContext,
  { account, isImported }: Account,
  kept: { kicked: ReadonlySet<AccountId>; muted: ReadonlySet<AccountId> },
): string[] {
  const words: readonly (readonly [string, boolean])[] = [
    ["online", isOnline(context, account)],
    ["kicked", kept.kicked.has(account)],
    ["muted", kept.muted.has(account)],
    ["imported", isImported],
  ];
  return words.flatMap(([word, holds]) => holds ? [word] : []);
}

async function listAccounts(context: OperatorContext): Promise<CommandResult<ListKinds>> {
  const { store } = context;
  const accounts = await all(async (page) => (await store.listAccounts(page)).accounts);
  const roles = new Map(
    (await all((page) => store.listRoles(page))).map(({ account, role }) => [account, role]),
  );
  const [kicked, muted] =
    (await Promise.all([sanctions(context, "kick"), sanctions(context, "mute")]))
      .map((kept) => new Set(kept.map(({ account }) => account)));
  const rows = await Promise.all(accounts.map(async (account) => ({
    name: account.name,
    role: roles.get(account.account) ?? "member",
    createdMs: account.createdMs,
    // Who is here is seen now; of who has gone it is written down when they went.
    lastSeenMs: isOnline(context, account.account)
      ? context.clock.nowMs()
      : isClaimed(account)
      ? account.lastSeenMs
      : undefined,
    devices: (await store.listDevices(account.account)).length,
    status: statusOf(context, account, { kicked, muted }),
  })));
  return listed("account", rows, "No accounts yet");
}

const OPERATOR = "the operator";

/** Who is kept out or silent. */
const SANCTION: Phrase<Sanction> = {
  fields: ({ by = OPERATOR, kind: _, ...fields }) => ({ ...fields, by }),
  line: ({ name, by = OPERATOR, untilMs, reason }) => {
    const end = untilMs === undefined ? "until somebody undoes it" : `until ${untilWords(untilMs)}`;
    return `${name} by ${by} ${end}${reason === "" ? "" : `: ${reason}`}`;
  },
};

/** How many lines of the record. */
const COUNT: ArgumentSpec = {
  name: "COUNT",
  summary: "how many at most (default: 50)",
  required: false,
};
const DEFAULT_COUNT = 50;
const MAX_COUNT = 100_000;

/** Throws UsageError. */
function countOf(values: CommandValues): number {
  const text = values.argument(COUNT.name);
  if (text === undefined) return DEFAULT_COUNT;
  const count = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (count >= 1 && count <= MAX_COUNT) return count;
  throw new UsageError(
    "bad-number",
    `COUNT is 1 to ${MAX_COUNT.toLocaleString("en")}, not ${text}`,
  );
}

const COMMON = { group: "People", needs: [] } as const;

/** What there is to see of people. */
export const LIST_COMMANDS: OperatorCommands<ListKinds> = {
  rows: [
    {
      ...COMMON,
      name: "db",
      aliases: ["users", "user list"],
      verb: { name: "user list", aliases: ["users"] },
      summary: "list all accounts with role, times, devices and status",
      details:
        "Never shows a password, a hash or a key. Works beside a running server and without one; only a running server knows who is online.",
      examples: [{ line: "db", summary: "all accounts" }],
      run: listAccounts,
    },
    {
      ...COMMON,
      name: "kicklist",
      aliases: ["viewkickusers", "kicks", "user kicklist"],
      verb: { name: "user kicklist", aliases: [] },
      summary: "list who is kicked, by whom, until when and why",
      examples: [{ line: "kicklist", summary: "all kicks and bans in force" }],
      run: async (context) =>
        listed("kicked", await sanctions(context, "kick"), "Nobody is kicked"),
    },
    {
      ...COMMON,
      name: "mutelist",
      aliases: ["mutes", "user mutelist"],
      verb: { name: "user mutelist", aliases: [] },
      summary: "list who is muted, by whom, until when and why",
      examples: [{ line: "mutelist", summary: "all mutes in force" }],
      run: async (context) => listed("muted", await sanctions(context, "mute"), "Nobody is muted"),
    },
    {
      ...COMMON,
      name: "audit",
      summary: "show moderation actions, newest first",
      details: "Kept for 180 days. It lists console commands by name.",
      arguments: [COUNT],
      examples: [{ line: "audit 10", summary: "the last ten actions" }],
      run: async ({ store }, values) =>
        listed(
          "audit",
          await store.listAudit({ limit: countOf(values) }),
          "The record is empty",
        ),
    },
  ],
  wording: {
    ...NONE,
    "account": {
      headings: ["NAME", "ROLE", "CREATED", "LAST SEEN", "DEVICES", "STATUS"],
      fields: ({ createdMs, lastSeenMs, ...row }) => ({
        ...row,
        created: new Date(createdMs).toISOString(),
        ...(lastSeenMs === undefined ? {} : { lastSeen: new Date(lastSeenMs).toISOString() }),
      }),
      line: ({ name, role, createdMs, lastSeenMs, devices, status }) => [
        ...[name, role, minute(createdMs)],
        ...[lastSeenMs === undefined ? "never" : minute(lastSeenMs), `${devices}`],
        status.join(", "),
      ],
    },
    "kicked": SANCTION,
    "muted": SANCTION,
    "audit": {
      fields: ({ atMs, by = OPERATOR, target = "", ...fields }) => ({
        ...{ ...fields, by, target, at: new Date(atMs).toISOString() },
      }),
      line: ({ atMs, by = OPERATOR, action, target, untilMs, detail }) => {
        const whom = target === undefined ? "" : ` ${target}`;
        const end = untilMs === undefined ? "" : ` until ${untilWords(untilMs)}`;
        return `${new Date(atMs).toISOString()} ${by}: ${action}${whom}${end}${
          detail === "" ? "" : `: ${detail}`
        }`;
      },
    },
  },
};

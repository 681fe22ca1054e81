/** What the data say of people: the accounts, who is kept out or silent, and the record. Never a secret (row S0.10). */

import type { AccountId } from "../../base/ids.ts";
import type { Sanction, SanctionKind } from "../../server/store/moderation_store.ts";
import { untilWords } from "../../server/auth/denials.ts";
import { type Account, isClaimed } from "../../server/store/account_store.ts";
import {
  COMMON,
  COUNT,
  countOf,
  type DataContext,
  type DataResult,
  type DataRow,
  minute,
  table,
} from "./data_row.ts";

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

function sanctions({ store, clock }: DataContext, kind: SanctionKind): Promise<Sanction[]> {
  const nowMs = clock.nowMs();
  return all((page) => store.listSanctions({ ...page, kind, nowMs }));
}

/** The words of the last column: what is to be known of an account at a glance. */
function statusOf(
  context: DataContext,
  { account, isImported }: Account,
  kept: { kicked: ReadonlySet<AccountId>; muted: ReadonlySet<AccountId> },
): string[] {
  const words: readonly (readonly [string, boolean])[] = [
    ["online", context.isOnline?.(account) ?? false],
    ["kicked", kept.kicked.has(account)],
    ["muted", kept.muted.has(account)],
    ["imported", isImported],
  ];
  return words.flatMap(([word, holds]) => holds ? [word] : []);
}

async function listAccounts(context: DataContext): Promise<DataResult> {
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
    lastSeenMs: context.isOnline?.(account.account)
      ? context.clock.nowMs()
      : isClaimed(account)
      ? account.lastSeenMs
      : undefined,
    devices: (await store.listDevices(account.account)).length,
    status: statusOf(context, account, { kicked, muted }),
  })));
  return table(rows, {
    type: "account",
    headings: ["NAME", "ROLE", "CREATED", "LAST SEEN", "DEVICES", "STATUS"],
    none: "Nobody has an account yet",
    fields: ({ createdMs, lastSeenMs, ...row }) => ({
      ...row,
      created: new Date(createdMs).toISOString(),
      ...(lastSeenMs === undefined ? {} : { lastSeen: new Date(lastSeenMs).toISOString() }),
    }),
    cells: ({ name, role, createdMs, lastSeenMs, devices, status }) => [
      ...[name, role, minute(createdMs)],
      ...[lastSeenMs === undefined ? "never" : minute(lastSeenMs), `${devices}`],
      status.join(", "),
    ],
  });
}

async function listSanctioned(context: DataContext, kind: SanctionKind): Promise<DataResult> {
  const type = kind === "kick" ? "kicked" : "muted";
  const rows = await sanctions(context, kind);
  const facts = rows.map(({ account, name, by = "the operator", atMs, untilMs, reason }) => ({
    type,
    fields: { account, name, by, atMs, untilMs, reason },
  }));
  const lines = facts.map(({ fields: { name, by, untilMs, reason } }) => {
    const end = untilMs === undefined ? "until it is taken back" : `until ${untilWords(untilMs)}`;
    return `${name} by ${by} ${end}${reason === "" ? "" : `: ${reason}`}`;
  });
  return { facts, lines, notes: lines.length === 0 ? [`Nobody is ${type}`] : [] };
}

async function readAudit(context: DataContext): Promise<DataResult> {
  const entries = await context.store.listAudit({ limit: countOf(context) });
  const rows = entries.map(
    ({ by = "the operator", target = "", untilMs, detail, action, atMs, entry }) => {
      const at = new Date(atMs).toISOString();
      return { entry, at, by, action, target, untilMs, detail };
    },
  );
  const lines = rows.map(({ at, by, action, target, untilMs, detail }) => {
    const whom = target === "" ? "" : ` ${target}`;
    const end = untilMs === undefined ? "" : ` until ${untilWords(untilMs)}`;
    return `${at} ${by}: ${action}${whom}${end}${detail === "" ? "" : `: ${detail}`}`;
  });
  return {
    facts: rows.map((fields) => ({ type: "audit", fields })),
    lines,
    notes: lines.length === 0 ? ["Nothing is written down"] : [],
  };
}

/** What there is to see of people. */
export const LIST_ROWS: readonly DataRow[] = [
  {
    ...COMMON,
    name: "db",
    aliases: ["users", "user list"],
    verb: "user list",
    verbAliases: ["users"],
    summary: "list the accounts with role, times, devices and status",
    details:
      "Never a password, a hash or a key. Works beside a running server and without one; who is online only the server's console knows.",
    examples: [{ line: "db", summary: "everybody who has an account" }],
    run: listAccounts,
  },
  {
    ...COMMON,
    name: "kicklist",
    aliases: ["viewkickusers", "kicks", "user kicklist"],
    verb: "user kicklist",
    summary: "who is kicked, by whom, until when and why",
    examples: [{ line: "kicklist", summary: "every kick and ban that holds" }],
    run: (context) => listSanctioned(context, "kick"),
  },
  {
    ...COMMON,
    name: "mutelist",
    aliases: ["mutes", "user mutelist"],
    verb: "user mutelist",
    summary: "who is muted, by whom, until when and why",
    examples: [{ line: "mutelist", summary: "every mute that holds" }],
    run: (context) => listSanctioned(context, "mute"),
  },
  {
    ...COMMON,
    name: "audit",
    verb: "audit",
    summary: "who did what to whom, the newest first",
    details: "Kept for 180 days. Commands of the console stand in it by their names.",
    arguments: [COUNT],
    examples: [{ line: "audit 10", summary: "the last ten lines of the record" }],
    run: readAudit,
  },
];

/** What there is to see of order: roles, kicks, mutes, locks, the record. */

import { UsageError } from "../../base/errors.ts";
import type { AuditLine, SanctionEntry } from "../../client/moderation.ts";
import type { OptionSpec } from "../../commands/command_table.ts";
import { roster } from "../attendance.ts";
import { showName } from "../dialogue/names.ts";
import { type Bench, type Deed, type Outcome, type Told, until } from "./deed.ts";

const DEFAULT_LINES = 50;
const MAX_LINES = 10_000;
const LIMIT: OptionSpec = {
  flag: "--limit",
  valueName: "N",
  summary: `how many at most, else ${DEFAULT_LINES}`,
};

/** At most as many as asked for, and a word when there is nothing. */
async function list<Item>(
  { values }: Bench,
  items: AsyncIterable<Item>,
  options: { none: string; tell(item: Item): Told },
): Promise<Outcome> {
  const text = values.option("--limit");
  const limit = text === undefined ? DEFAULT_LINES : /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (limit < 1 || limit > MAX_LINES) {
    throw new UsageError("bad-number", `--limit is 1 to ${MAX_LINES.toLocaleString("en")}`);
  }
  const facts: Told[] = [];
  for await (const item of items) {
    if (facts.length === limit) return { facts, notes: [`and more: see --limit`] };
    facts.push(options.tell(item));
  }
  return { facts, notes: facts.length === 0 ? [options.none] : [] };
}

async function* each<Item>(items: Promise<readonly Item[]>): AsyncGenerator<Item> {
  yield* await items;
}

function sanctionList(bench: Bench, sanction: "kick" | "mute"): Promise<Outcome> {
  const done = sanction === "kick" ? "kicked" : "muted";
  return list(bench, bench.moderation.sanctions(sanction), {
    none: `nobody is ${done}`,
    tell: (entry) => ({
      type: done,
      fields: { ...entry },
      line: `${sanctionLine(bench, entry)} (${done} ${bench.time(entry.atMs)})`,
    }),
  });
}

/** Row S2.20: who, by whom, until when, why. */
function sanctionLine(bench: Bench, { name, by, untilMs, reason }: SanctionEntry): string {
  const why = reason === "" ? "" : `: ${reason}`;
  return `${showName(name)} by ${actor(by)} ${until(bench, untilMs)}${why}`;
}

const actor = (name: string | undefined) => name === undefined ? "the operator" : showName(name);

const USER_LIST: Deed = {
  verb: "list",
  verbAliases: ["users"],
  slash: undefined,
  slashAliases: [],
  summary: "list everyone on the server with their role, away or not",
  arguments: [],
  options: [LIMIT],
  example: ["", "as who --all, with roles"],
  async run(bench) {
    const { holders } = await bench.moderation.roles();
    const roles = new Map(holders.map(({ account, role }) => [account, role]));
    return await list(bench, roster(bench.client, false), {
      none: "nobody is here",
      tell: ({ entry: { account, name, online } }) => {
        const role = roles.get(account) ?? "member";
        const line = `${showName(name)}, ${role}, ${online ? "online" : "away"}`;
        return { type: "user", fields: { account, name, role, online }, line };
      },
    });
  },
};

const ROLE_LIST: Deed = {
  verb: "roles",
  verbAliases: [],
  slash: "roles",
  slashAliases: ["staff"],
  summary: "list who keeps order here: owners and moderators",
  arguments: [],
  options: [LIMIT],
  example: ["", "whom to ask"],
  run: (bench) =>
    list(bench, each(bench.moderation.roles().then(({ holders }) => holders)), {
      none: "nobody has a role here: the operator gives the first, by heliograph-server user grant",
      tell: (entry) => ({
        type: "role",
        fields: { ...entry },
        line: `${showName(entry.name)}, ${entry.role}`,
      }),
    }),
};

const KICK_LIST: Deed = {
  verb: "kicklist",
  verbAliases: ["kicklist"],
  slash: "kicklist",
  slashAliases: ["viewkickusers"],
  summary: "list who is kicked, by whom, until when and why",
  arguments: [],
  options: [LIMIT],
  example: ["", "every kick and ban that holds"],
  run: (bench) => sanctionList(bench, "kick"),
};

const MUTE_LIST: Deed = {
  verb: "mutelist",
  verbAliases: [],
  slash: "mutelist",
  slashAliases: [],
  summary: "list who is muted, by whom, until when and why",
  arguments: [],
  options: [LIMIT],
  example: ["", "every mute that holds"],
  run: (bench) => sanctionList(bench, "mute"),
};

const LOCKS: Deed = {
  verb: "locks",
  verbAliases: ["locks"],
  slash: "locks",
  slashAliases: [],
  summary: "list accounts that are locked after too many wrong passwords",
  arguments: [],
  options: [LIMIT],
  example: ["", "and for how long"],
  run: (bench) =>
    list(bench, each(bench.moderation.locks().then(({ entries }) => entries)), {
      none: "nobody is locked",
      tell: (entry) => ({
        type: "lock",
        fields: { ...entry },
        line: `${showName(entry.name)} for ${entry.retryAfterSeconds} s`,
      }),
    }),
};

const AUDIT: Deed = {
  verb: "audit",
  verbAliases: ["audit"],
  slash: "audit",
  slashAliases: [],
  summary: "show who did what to whom, the newest first",
  details: "The server keeps this record for 180 days.",
  arguments: [],
  options: [LIMIT],
  example: ["--limit 10", "the last ten lines"],
  run: (bench) =>
    list(bench, bench.moderation.audit(), {
      none: "nothing is written down",
      tell: (line) => ({ type: "audit", fields: { ...line }, line: auditLine(bench, line) }),
    }),
};

function auditLine(bench: Bench, line: AuditLine): string {
  const { atMs, by, action, target, untilMs, detail } = line;
  const whom = target === undefined ? "" : ` ${showName(target)}`;
  const end = untilMs === undefined ? "" : ` ${until(bench, untilMs)}`;
  return `${bench.time(atMs)}  ${actor(by)}: ${action}${whom}${end}${detail && `: ${detail}`}`;
}

/** Everything there is to see. */
export const LISTS: readonly Deed[] = [USER_LIST, ROLE_LIST, KICK_LIST, MUTE_LIST, LOCKS, AUDIT];

/** Commands of order on the server: what there is to see for those who have a role there. */

import { UsageError } from "../../base/errors.ts";
import { type CommandResult, result } from "../../commands/command_row.ts";
import type { OptionSpec } from "../../commands/command_table.ts";
import type { CommandValues } from "../../commands/command_values.ts";
import type { Report } from "../../commands/wording.ts";
import { roster } from "../attendance.ts";
import type { PersonCommands, PersonRow } from "../person_row.ts";
import { moderationOf, ORDER } from "./moderation.ts";
import { MODERATION_WORDING, type ModerationKinds } from "./moderation_wording.ts";

type ModerationRow = PersonRow<ModerationKinds>;

const DEFAULT_LINES = 50;
const MAX_LINES = 10_000;
const LIMIT: OptionSpec = {
  flag: "--limit",
  valueName: "N",
  summary: `how many at most (default: ${DEFAULT_LINES})`,
};

const LIST = { ...ORDER, options: [LIMIT] } as const;

/** At most as many as asked for, and a word when there is nothing. */
async function list<Item>(
  values: CommandValues,
  items: AsyncIterable<Item> | Iterable<Item>,
  { none, tell }: { none: string; tell(item: Item): Report<ModerationKinds> },
): Promise<CommandResult<ModerationKinds>> {
  const text = values.option("--limit");
  const limit = text === undefined ? DEFAULT_LINES : /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (limit < 1 || limit > MAX_LINES) {
    throw new UsageError("bad-number", `--limit is 1 to ${MAX_LINES.toLocaleString("en")}`);
  }
  const reports: Report<ModerationKinds>[] = [];
  for await (const item of items) {
    if (reports.length === limit) return { reports: [...reports, { kind: "more", facts: {} }] };
    reports.push(tell(item));
  }
  return reports.length === 0 ? result("none", { words: none }) : { reports };
}

const userList: ModerationRow = {
  ...LIST,
  name: "user list",
  verb: { aliases: ["users"] },
  slash: "none",
  summary: "list all accounts on the server with their roles",
  examples: [{ line: "user list", summary: "as who --all, with roles" }],
  async run(context, values) {
    const { holders } = await moderationOf(context).roles();
    const roles = new Map(holders.map(({ account, role }) => [account, role]));
    return await list(values, roster(context.client, false), {
      none: "no accounts",
      tell: ({ entry: { account, name, online } }) => {
        const role = roles.get(account) ?? "member";
        return { kind: "user", facts: { account, name, role, online } };
      },
    });
  },
};

const roleList: ModerationRow = {
  ...LIST,
  name: "user roles",
  slash: { name: "roles", aliases: ["staff"] },
  summary: "list the server's owners and moderators",
  examples: [{ line: "user roles", summary: "people to ask" }],
  run: async (context, values) =>
    await list(values, (await moderationOf(context).roles()).holders, {
      none:
        "nobody has a role on this server. The operator assigns the first one: heliograph-server user grant",
      tell: (facts) => ({ kind: "role", facts }),
    }),
};

const kickList: ModerationRow = {
  ...LIST,
  name: "user kicklist",
  verb: { aliases: ["kicklist"] },
  slash: { name: "kicklist", aliases: ["viewkickusers"] },
  summary: "list who is kicked, by whom, until when and why",
  examples: [{ line: "user kicklist", summary: "all kicks and bans in force" }],
  run: (context, values) =>
    list(values, moderationOf(context).sanctions("kick"), {
      none: "nobody is kicked",
      tell: (facts) => ({ kind: "kicked", facts }),
    }),
};

const muteList: ModerationRow = {
  ...LIST,
  name: "user mutelist",
  slash: { name: "mutelist" },
  summary: "list who is muted, by whom, until when and why",
  examples: [{ line: "user mutelist", summary: "all mutes in force" }],
  run: (context, values) =>
    list(values, moderationOf(context).sanctions("mute"), {
      none: "nobody is muted",
      tell: (facts) => ({ kind: "muted", facts }),
    }),
};

const lockList: ModerationRow = {
  ...LIST,
  name: "user locks",
  verb: { aliases: ["locks"] },
  slash: { name: "locks" },
  summary: "list accounts that are locked after too many wrong passwords",
  examples: [{ line: "user locks", summary: "with the time left" }],
  run: async (context, values) =>
    await list(values, (await moderationOf(context).locks()).entries, {
      none: "nobody is locked",
      tell: (facts) => ({ kind: "lock", facts }),
    }),
};

const audit: ModerationRow = {
  ...LIST,
  name: "user audit",
  verb: { aliases: ["audit"] },
  slash: { name: "audit" },
  summary: "show moderation actions, newest first",
  details: "The server keeps this record for 180 days.",
  examples: [{ line: "user audit --limit 10", summary: "the last ten actions" }],
  run: (context, values) =>
    list(values, moderationOf(context).audit(), {
      none: "the record is empty",
      tell: (facts) => ({ kind: "audit", facts }),
    }),
};

/** Everything there is to see. */
export const MODERATION_LISTS: PersonCommands<ModerationKinds> = {
  rows: [userList, roleList, kickList, muteList, lockList, audit],
  wording: MODERATION_WORDING,
};

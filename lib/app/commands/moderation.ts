/** Commands of order on the server, for those who have a role there: what is done to somebody, and what there is to see. */

import { UsageError } from "../../base/errors.ts";
import { accountOf, Moderation, type SanctionTerms } from "../../client/moderation.ts";
import { type CommandResult, result } from "../../commands/command_row.ts";
import type { ArgumentSpec, OptionSpec } from "../../commands/command_table.ts";
import type { CommandValues } from "../../commands/command_values.ts";
import { parseTerms } from "../../commands/terms.ts";
import type { Report } from "../../commands/wording.ts";
import { parseRole, PERMITTED } from "../../protocol/permissions.ts";
import { roster } from "../attendance.ts";
import type { PersonCommands, PersonContext, PersonRow } from "../person_row.ts";
import { MODERATION_WORDING, type ModerationKinds } from "./moderation_wording.ts";

type ModerationRow = PersonRow<ModerationKinds>;

/** The argument of everything that is done to somebody. */
export const WHOM: ArgumentSpec = { name: "NAME", summary: "whom", required: true };
const TERMS: ArgumentSpec = {
  name: "TERMS",
  summary: "how long, as 10m, 2h or 1d, then the reason; without a time until somebody undoes it",
  required: false,
  rest: "text",
};

const COMMON = {
  group: "Order",
  exitCodes: [3, 4, 5, 6, 7],
  needs: ["server", "connection"],
} as const;

const moderationOf = ({ client }: PersonContext) => new Moderation(client.link);
const whom = (values: CommandValues) => accountOf(values.required(WHOM.name));

/** Reads `TERMS`. Throws UsageError. */
function termsOf(values: CommandValues): SanctionTerms {
  const terms = parseTerms(values.argument(TERMS.name));
  if (!terms.ok) throw new UsageError("bad-duration", terms.message);
  return terms;
}

async function kickBy(context: PersonContext, values: CommandValues, terms: SanctionTerms) {
  const account = whom(values);
  const done = await moderationOf(context).kick(account, terms);
  const { reports } = result("kick", { account, ...done });
  return { reports: [...reports, ...result("still-sealed", {}).reports] };
}

const grant: ModerationRow = {
  ...COMMON,
  name: "user grant",
  verb: { aliases: ["grant"] },
  slash: { name: "grant", aliases: ["changegrant"] },
  summary: "show or change somebody's role on this server",
  details:
    "Without a role it shows the current one and what it permits. Roles are owner, moderator and member; 1 and admin mean owner, 0 and user mean member. The last owner cannot be demoted.",
  arguments: [WHOM, {
    name: "ROLE",
    summary: "owner, moderator or member; 1 is owner, 0 is member",
    required: false,
  }],
  examples: [{ line: "user grant anakin moderator", summary: "makes anakin a moderator" }],
  async run(context, values) {
    const account = whom(values);
    const word = values.argument("ROLE");
    if (word === undefined) {
      // Row S2.18.
      const { holders } = await moderationOf(context).roles();
      const { role = "member", name = account } = holders.find((entry) =>
        entry.account === account
      ) ?? {};
      return result("role-shown", { account, name, role, permitted: PERMITTED[role] });
    }
    const asked = parseRole(word);
    if (asked === undefined) {
      throw new UsageError("bad-role", "A role is owner, moderator or member; or 1, 0");
    }
    const done = { account, ...await moderationOf(context).grant(account, asked) };
    return result("role-granted", { done, asked });
  },
};

const kick: ModerationRow = {
  ...COMMON,
  name: "user kick",
  verb: { aliases: ["kick"] },
  slash: { name: "kick", aliases: ["kickuser"] },
  summary: "kick somebody out, for a time or until unkick",
  details:
    "Disconnects all of their devices within a second, with the reason, and refuses new sign-ins. Without a time it is a ban. " +
    "It does not remove them from encrypted conversations.",
  arguments: [WHOM, TERMS],
  examples: [{ line: "user kick anakin 1d younglings", summary: "for a day, with a reason" }],
  run: (context, values) => kickBy(context, values, termsOf(values)),
};

const ban: ModerationRow = {
  ...COMMON,
  name: "user ban",
  verb: { aliases: ["ban"] },
  slash: { name: "ban" },
  summary: "kick somebody out until unkick",
  arguments: [WHOM, { name: "REASON", summary: "why", required: false, rest: "text" }],
  examples: [{ line: "user ban jarjar too much talk", summary: "until an unkick" }],
  run: (context, values) =>
    kickBy(context, values, { durationMs: undefined, reason: values.argument("REASON") ?? "" }),
};

const unkick: ModerationRow = {
  ...COMMON,
  name: "user unkick",
  verb: { aliases: ["unkick", "unban", "user unban", "user pardon"] },
  slash: { name: "unkick", aliases: ["pardon", "unban"] },
  summary: "undo a kick or a ban",
  arguments: [WHOM],
  examples: [{ line: "user unkick anakin", summary: "anakin may sign in again" }],
  async run(context, values) {
    const account = whom(values);
    const { name } = await moderationOf(context).unkick(account);
    return result("unkick", { account, name });
  },
};

const mute: ModerationRow = {
  ...COMMON,
  name: "user mute",
  slash: { name: "mute-user", aliases: ["muteuser"] },
  summary: "mute somebody on this server",
  details:
    "The server refuses their messages, broadcasts and busy texts with the reason; the texts stay on their device. They still receive. " +
    "Delivery receipts wait too, since the server cannot tell them from messages.",
  arguments: [WHOM, TERMS],
  examples: [{ line: "user mute anakin 10m calm down", summary: "for ten minutes" }],
  async run(context, values) {
    const account = whom(values);
    return result("mute", {
      account,
      ...await moderationOf(context).mute(account, termsOf(values)),
    });
  },
};

const unmute: ModerationRow = {
  ...COMMON,
  name: "user unmute",
  slash: { name: "unmute-user", aliases: ["unmuteuser"] },
  summary: "undo a mute",
  arguments: [WHOM],
  examples: [{ line: "user unmute anakin", summary: "anakin may write again" }],
  async run(context, values) {
    const account = whom(values);
    const { name } = await moderationOf(context).unmute(account);
    return result("unmute", { account, name });
  },
};

const unlock: ModerationRow = {
  ...COMMON,
  name: "user unlock",
  verb: { aliases: ["unlock"] },
  slash: { name: "unlock" },
  summary: "let somebody sign in again after too many wrong passwords",
  arguments: [WHOM],
  examples: [{ line: "user unlock obiwan", summary: "clears obiwan's failed attempts" }],
  async run(context, values) {
    const account = whom(values);
    return result("unlock", { account, ...await moderationOf(context).unlock(account) });
  },
};

/** Everything that is done to somebody. */
export const MODERATION_ACTIONS: PersonCommands<ModerationKinds> = {
  rows: [grant, kick, ban, unkick, mute, unmute, unlock],
  wording: MODERATION_WORDING,
};

const DEFAULT_LINES = 50;
const MAX_LINES = 10_000;
const LIMIT: OptionSpec = {
  flag: "--limit",
  valueName: "N",
  summary: `how many at most (default: ${DEFAULT_LINES})`,
};

const LIST = { ...COMMON, options: [LIMIT] } as const;

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

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
  summary: "how long, as 10m, 2h or 1d, and then why; without a time until it is taken back",
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
  summary: "say what somebody may do here, or change it",
  details:
    "Without a role it is shown with what it permits. Roles are owner, moderator and member; 1 and admin mean owner, 0 and user mean member. The last owner stays.",
  arguments: [WHOM, {
    name: "ROLE",
    summary: "owner, moderator or member; 1 is owner, 0 is member",
    required: false,
  }],
  examples: [{ line: "user grant anakin moderator", summary: "lets anakin keep order" }],
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
  summary: "end somebody's sessions, and keep them out",
  details:
    "All devices are told the reason and end within a second; coming back is refused with it. Without a time it is a ban. " +
    "It does not remove anybody from sealed conversations.",
  arguments: [WHOM, TERMS],
  examples: [{ line: "user kick anakin 1d younglings", summary: "for a day, and says why" }],
  run: (context, values) => kickBy(context, values, termsOf(values)),
};

const ban: ModerationRow = {
  ...COMMON,
  name: "user ban",
  verb: { aliases: ["ban"] },
  slash: { name: "ban" },
  summary: "kick somebody until it is taken back",
  arguments: [WHOM, { name: "REASON", summary: "why", required: false, rest: "text" }],
  examples: [{ line: "user ban jarjar too much talk", summary: "until somebody says unkick" }],
  run: (context, values) =>
    kickBy(context, values, { durationMs: undefined, reason: values.argument("REASON") ?? "" }),
};

const unkick: ModerationRow = {
  ...COMMON,
  name: "user unkick",
  verb: { aliases: ["unkick", "unban", "user unban", "user pardon"] },
  slash: { name: "unkick", aliases: ["pardon", "unban"] },
  summary: "take a kick or a ban back",
  arguments: [WHOM],
  examples: [{ line: "user unkick anakin", summary: "anakin may come back" }],
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
  summary: "have the server refuse what somebody sends",
  details:
    "Messages, broadcasts and texts of being busy are refused with the reason, and stay with whoever wrote them. Receiving goes on. " +
    "Since the server cannot read what is sealed, receipts wait too.",
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
  summary: "take a mute back",
  arguments: [WHOM],
  examples: [{ line: "user unmute anakin", summary: "anakin may speak again" }],
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
  examples: [{ line: "user unlock obiwan", summary: "forgets obiwan's failed tries" }],
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
  summary: `how many at most, else ${DEFAULT_LINES}`,
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
  summary: "list everyone on the server with their role, away or not",
  examples: [{ line: "user list", summary: "as who --all, with roles" }],
  async run(context, values) {
    const { holders } = await moderationOf(context).roles();
    const roles = new Map(holders.map(({ account, role }) => [account, role]));
    return await list(values, roster(context.client, false), {
      none: "nobody is here",
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
  summary: "list who keeps order here: owners and moderators",
  examples: [{ line: "user roles", summary: "whom to ask" }],
  run: async (context, values) =>
    await list(values, (await moderationOf(context).roles()).holders, {
      none: "nobody has a role here: the operator gives the first, by heliograph-server user grant",
      tell: (facts) => ({ kind: "role", facts }),
    }),
};

const kickList: ModerationRow = {
  ...LIST,
  name: "user kicklist",
  verb: { aliases: ["kicklist"] },
  slash: { name: "kicklist", aliases: ["viewkickusers"] },
  summary: "list who is kicked, by whom, until when and why",
  examples: [{ line: "user kicklist", summary: "every kick and ban that holds" }],
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
  examples: [{ line: "user mutelist", summary: "every mute that holds" }],
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
  examples: [{ line: "user locks", summary: "and for how long" }],
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
  summary: "show who did what to whom, the newest first",
  details: "The server keeps this record for 180 days.",
  examples: [{ line: "user audit --limit 10", summary: "the last ten lines" }],
  run: (context, values) =>
    list(values, moderationOf(context).audit(), {
      none: "nothing is written down",
      tell: (facts) => ({ kind: "audit", facts }),
    }),
};

/** Everything there is to see. */
export const MODERATION_LISTS: PersonCommands<ModerationKinds> = {
  rows: [userList, roleList, kickList, muteList, lockList, audit],
  wording: MODERATION_WORDING,
};

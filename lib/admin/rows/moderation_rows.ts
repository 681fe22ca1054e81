/** What the operator does to somebody: roles, kicks, mutes. A server that runs does it itself. */

import { Refusal, UsageError } from "../../base/errors.ts";
import type { AccountId } from "../../base/ids.ts";
import { parseTerms, TERMS } from "../../commands/terms.ts";
import { termsProblem } from "../../protocol/hop/moderation.ts";
import { parseRole, type Role } from "../../protocol/permissions.ts";
import { untilWords } from "../../server/auth/denials.ts";
import type { SanctionKind } from "../../server/store/moderation_store.ts";
import { type CommandResult, result } from "../../commands/command_row.ts";
import type { CommandValues } from "../../commands/command_values.ts";
import type { Voice } from "../../commands/wording.ts";
import {
  accountOf,
  nobodyCalled,
  type OperatorCommands,
  type OperatorContext,
  type OperatorRow,
  WHOM,
} from "../operator_row.ts";

/** Somebody to whom something was done. */
interface Whom {
  readonly account: AccountId;
  readonly name: string;
}

interface Sanctioned extends Whom {
  readonly untilMs: number | undefined;
  readonly reason: string;
}

/** Every kind of report of these commands. */
interface ModerationKinds {
  "role": Whom & { readonly role: Role; readonly before: Role };
  "kick": Sanctioned;
  "mute": Sanctioned;
  "unkick": Whom;
  "unmute": Whom;
}

type ModerationRow = OperatorRow<ModerationKinds>;

/** How long and why. */

const COMMON = { group: "People", needs: [] } as const;

const BESIDE = "Works beside a running server, which sees it within a second, and without one.";

/** Does it to whom the command is about; that there is no such account is said with the name. */
async function toWhom<Done>(
  values: CommandValues,
  moderationAction: (account: AccountId) => Promise<Done>,
): Promise<Done & { account: AccountId }> {
  const account = accountOf(values);
  try {
    return { ...await moderationAction(account), account };
  } catch (error) {
    const isNobody = error instanceof Refusal && error.code === "unknown-account";
    throw isNobody ? nobodyCalled(values.required(WHOM.name)) : error;
  }
}

/** Lays a kick or a mute on somebody. Throws Refusal, UsageError. */
async function sanction(
  { moderation }: OperatorContext,
  values: CommandValues,
  given: { kind: SanctionKind; durationMs?: number | undefined; reason: string },
): Promise<CommandResult<ModerationKinds>> {
  const { kind, durationMs, reason } = given;
  const forSeconds = durationMs === undefined ? undefined : Math.ceil(durationMs / 1000);
  const problem = termsProblem({ forSeconds, reason });
  if (problem !== undefined) throw new UsageError(problem.code, problem.message);
  const { account, name, untilMs } = await toWhom(
    values,
    (whom) => moderation[kind]("operator", whom, { forSeconds, reason }),
  );
  return result(kind, { account, name, untilMs, reason });
}

/** Takes one back. Throws Refusal. */
async function lift(
  { moderation }: OperatorContext,
  values: CommandValues,
  kind: SanctionKind,
): Promise<CommandResult<ModerationKinds>> {
  const { account, name } = await toWhom(
    values,
    (whom) => moderation.lift("operator", whom, kind),
  );
  return result(kind === "kick" ? "unkick" : "unmute", { account, name });
}

function termsOf(values: CommandValues) {
  const terms = parseTerms(values.argument(TERMS.name));
  if (!terms.ok) throw new UsageError("bad-duration", terms.message);
  return terms;
}

const GRANT: ModerationRow = {
  ...COMMON,
  name: "grant",
  aliases: ["changegrant", "user grant"],
  verb: { name: "user grant", aliases: [] },
  summary: "make somebody an owner, moderator or member of this server",
  details:
    `Nobody has a role until you assign one: this makes the first owner, who can then assign roles. ${BESIDE} The last owner who is not kicked cannot be demoted.`,
  arguments: [WHOM, {
    name: "ROLE",
    summary: "owner, moderator or member; 1 and admin are owner, 0 and user are member",
    required: true,
  }],
  examples: [{ line: "grant yoda owner", summary: "makes yoda a server owner" }],
  exitCodes: [4, 6],
  async run({ moderation }, values) {
    const role = parseRole(values.required("ROLE"));
    if (role === undefined) {
      throw new UsageError("bad-role", "A role is owner, moderator or member; or 1, 0");
    }
    const { account, name, before } = await toWhom(
      values,
      (whom) => moderation.grant("operator", whom, role),
    );
    return result("role", { account, name, role, before });
  },
};

const UNKICK: ModerationRow = {
  ...COMMON,
  name: "unkick",
  aliases: ["unban", "pardon", "user unkick"],
  verb: { name: "user unkick", aliases: [] },
  summary: "undo a kick or a ban",
  details: BESIDE,
  arguments: [WHOM],
  examples: [{ line: "unkick anakin", summary: "anakin may sign in again" }],
  exitCodes: [4],
  run: (context, values) => lift(context, values, "kick"),
};

const KICK: ModerationRow = {
  ...COMMON,
  name: "kick",
  aliases: ["kickuser", "user kick"],
  verb: { name: "user kick", aliases: [] },
  summary: "kick somebody out, for a time or until unkick",
  details:
    `Without a time it is a ban. ${BESIDE} It does not remove them from encrypted conversations.`,
  arguments: [WHOM, TERMS],
  examples: [{ line: "kick anakin 1d younglings", summary: "for a day, with a reason" }],
  exitCodes: [4, 6],
  run: (context, values) => sanction(context, values, { ...termsOf(values), kind: "kick" }),
};

const BAN: ModerationRow = {
  ...COMMON,
  name: "ban",
  aliases: ["user ban"],
  verb: { name: "user ban", aliases: [] },
  summary: "kick somebody out until unkick",
  details: BESIDE,
  arguments: [WHOM, { name: "REASON", summary: "why", required: false, rest: "text" }],
  examples: [{ line: "ban jarjar too much talk", summary: "until an unkick" }],
  exitCodes: [4, 6],
  run: (context, values) =>
    sanction(context, values, { kind: "kick", reason: values.argument("REASON") ?? "" }),
};

const UNMUTE: ModerationRow = {
  ...COMMON,
  name: "unmute-user",
  aliases: ["unmuteuser", "unmute", "user unmute"],
  verb: { name: "user unmute", aliases: [] },
  summary: "undo a mute",
  details: BESIDE,
  arguments: [WHOM],
  examples: [{ line: "unmute-user anakin", summary: "anakin may write again" }],
  exitCodes: [4],
  run: (context, values) => lift(context, values, "mute"),
};

const MUTE: ModerationRow = {
  ...COMMON,
  name: "mute-user",
  aliases: ["muteuser", "mute", "user mute"],
  verb: { name: "user mute", aliases: [] },
  summary: "mute somebody on this server",
  details:
    `The server refuses their messages, broadcasts and busy texts with the reason; they still receive. ${BESIDE}`,
  arguments: [WHOM, TERMS],
  examples: [{ line: "mute-user anakin 10m calm down", summary: "for ten minutes" }],
  exitCodes: [4, 6],
  run: (context, values) => sanction(context, values, { ...termsOf(values), kind: "mute" }),
};

const withoutName = ({ name: _, ...fields }: ModerationKinds[keyof ModerationKinds]) => fields;

/** What it ends with: how it is taken back. */
function undone(line: string, row: ModerationRow, account: AccountId, voice: Voice): string {
  return `${line}. Undo: ${voice.command(row.name, account)}`;
}

/** Everything that is done to somebody. */
export const MODERATION_COMMANDS: OperatorCommands<ModerationKinds> = {
  rows: [GRANT, KICK, BAN, UNKICK, MUTE, UNMUTE],
  wording: {
    "role": {
      fields: withoutName,
      line: ({ name, role, before }) =>
        before === role ? `${name} is already ${role}` : `${name} is now ${role} (was ${before})`,
    },
    "kick": {
      fields: withoutName,
      line: ({ account, name, untilMs }, voice) => {
        const how = untilMs === undefined
          ? "was banned"
          : `was kicked until ${untilWords(untilMs)}`;
        return undone(`${name} ${how}`, UNKICK, account, voice);
      },
    },
    "mute": {
      fields: withoutName,
      line: ({ account, name, untilMs }, voice) => {
        const until = untilMs === undefined ? "somebody undoes it" : untilWords(untilMs);
        return undone(`${name} is muted until ${until}`, UNMUTE, account, voice);
      },
    },
    "unkick": { fields: withoutName, line: ({ name }) => `${name} may sign in again` },
    "unmute": { fields: withoutName, line: ({ name }) => `${name} may write again` },
  },
};

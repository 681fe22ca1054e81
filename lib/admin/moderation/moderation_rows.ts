/** What the operator does to somebody: roles, kicks, mutes. A server that runs does it itself. */

import { Refusal, UsageError } from "../../base/errors.ts";
import type { AccountId } from "../../base/ids.ts";
import { parseTerms } from "../../commands/terms.ts";
import { termsProblem } from "../../protocol/hop/moderation.ts";
import { parseRole } from "../../protocol/permissions.ts";
import { untilWords } from "../../server/auth/denials.ts";
import type { SanctionKind } from "../../server/store/moderation_store.ts";
import {
  accountOf,
  COMMON,
  type DataContext,
  type DataResult,
  type DataRow,
  done,
} from "./data_row.ts";
import { nobodyCalled, TERMS, WHOM } from "./data_row.ts";

const BESIDE = "Works beside a running server, which sees it within a second, and without one.";

/** Does it to whom the command is about; that there is no such account is said with the name. */
async function toWhom<Result>(
  context: DataContext,
  moderationAction: (account: AccountId) => Promise<Result>,
): Promise<Result & { account: AccountId }> {
  const account = accountOf(context);
  try {
    return { ...await moderationAction(account), account };
  } catch (error) {
    const isNobody = error instanceof Refusal && error.code === "unknown-account";
    throw isNobody ? nobodyCalled(context.values.required(WHOM.name)) : error;
  }
}

/** Lays a kick or a mute on somebody. Throws Refusal, UsageError. */
async function sanction(
  context: DataContext,
  given: { kind: SanctionKind; durationMs: number | undefined; reason: string; undo: DataRow },
): Promise<DataResult> {
  const { kind, durationMs, reason, undo } = given;
  const forSeconds = durationMs === undefined ? undefined : Math.ceil(durationMs / 1000);
  const problem = termsProblem({ forSeconds, reason });
  if (problem !== undefined) throw new UsageError(problem.code, problem.message);
  const { account, name, untilMs } = await toWhom(
    context,
    (whom) => context.moderation[kind]("operator", whom, { forSeconds, reason }),
  );
  const until = untilMs === undefined ? undefined : untilWords(untilMs);
  const kicked = until === undefined ? "was banned" : `was kicked until ${until}`;
  const muted = `is muted until ${until ?? "it is taken back"}`;
  const line = `${name} ${kind === "kick" ? kicked : muted}. Undo: ${context.typed(undo, account)}`;
  return done(kind, { account, untilMs, reason }, line);
}

/** Takes one back. Throws Refusal. */
async function lift(context: DataContext, kind: SanctionKind): Promise<DataResult> {
  const { account, name } = await toWhom(
    context,
    (whom) => context.moderation.lift("operator", whom, kind),
  );
  return kind === "kick"
    ? done("unkick", { account }, `${name} may come back`)
    : done("unmute", { account }, `${name} may speak again`);
}

function termsOf({ values }: DataContext) {
  const terms = parseTerms(values.argument(TERMS.name));
  if (!terms.ok) throw new UsageError("bad-duration", terms.message);
  return terms;
}

const GRANT: DataRow = {
  ...COMMON,
  name: "grant",
  aliases: ["changegrant", "user grant"],
  verb: "user grant",
  summary: "make somebody owner, moderator or member of this server",
  details:
    `Nobody has a role until you give one: this makes the first owner, who can give others theirs. ${BESIDE} The last owner who is not kicked stays.`,
  arguments: [WHOM, {
    name: "ROLE",
    summary: "owner, moderator or member; 1 and admin are owner, 0 and user are member",
    required: true,
  }],
  examples: [{ line: "grant yoda owner", summary: "yoda keeps order from now on" }],
  exitCodes: [4, 6],
  async run(context) {
    const role = parseRole(context.values.required("ROLE"));
    if (role === undefined) {
      throw new UsageError("bad-role", "A role is owner, moderator or member; or 1, 0");
    }
    const { account, name, before } = await toWhom(
      context,
      (whom) => context.moderation.grant("operator", whom, role),
    );
    const line = before === role
      ? `${name} is ${role} already`
      : `${name} is ${role} now, and was ${before}`;
    return done("role", { account, role, before }, line);
  },
};

const UNKICK: DataRow = {
  ...COMMON,
  name: "unkick",
  aliases: ["unban", "pardon", "user unkick"],
  verb: "user unkick",
  summary: "take a kick or a ban back",
  details: BESIDE,
  arguments: [WHOM],
  examples: [{ line: "unkick anakin", summary: "anakin may come back" }],
  exitCodes: [4],
  run: (context) => lift(context, "kick"),
};

const KICK: DataRow = {
  ...COMMON,
  name: "kick",
  aliases: ["kickuser", "user kick"],
  verb: "user kick",
  summary: "end somebody's sessions, and keep them out",
  details: `Without a time it is a ban. ${BESIDE} It removes nobody from sealed conversations.`,
  arguments: [WHOM, TERMS],
  examples: [{ line: "kick anakin 1d younglings", summary: "for a day, and says why" }],
  exitCodes: [4, 6],
  run: (context) => sanction(context, { ...termsOf(context), kind: "kick", undo: UNKICK }),
};

const BAN: DataRow = {
  ...COMMON,
  name: "ban",
  aliases: ["user ban"],
  verb: "user ban",
  summary: "kick somebody until it is taken back",
  details: BESIDE,
  arguments: [WHOM, { name: "REASON", summary: "why", required: false, rest: "text" }],
  examples: [{ line: "ban jarjar too much talk", summary: "until somebody says unkick" }],
  exitCodes: [4, 6],
  run(context) {
    const reason = context.values.argument("REASON") ?? "";
    return sanction(context, { kind: "kick", durationMs: undefined, reason, undo: UNKICK });
  },
};

const UNMUTE: DataRow = {
  ...COMMON,
  name: "unmute-user",
  aliases: ["unmuteuser", "unmute", "user unmute"],
  verb: "user unmute",
  summary: "take a mute back",
  details: BESIDE,
  arguments: [WHOM],
  examples: [{ line: "unmute-user anakin", summary: "anakin may speak again" }],
  exitCodes: [4],
  run: (context) => lift(context, "mute"),
};

const MUTE: DataRow = {
  ...COMMON,
  name: "mute-user",
  aliases: ["muteuser", "mute", "user mute"],
  verb: "user mute",
  summary: "have the server refuse what somebody sends",
  details:
    `Messages, broadcasts and texts of being busy are refused with the reason; receiving goes on. ${BESIDE}`,
  arguments: [WHOM, TERMS],
  examples: [{ line: "mute-user anakin 10m calm down", summary: "for ten minutes" }],
  exitCodes: [4, 6],
  run: (context) => sanction(context, { ...termsOf(context), kind: "mute", undo: UNMUTE }),
};

/** Everything that is done to somebody. */
export const MODERATION_ACTION_ROWS: readonly DataRow[] = [GRANT, KICK, BAN, UNKICK, MUTE, UNMUTE];

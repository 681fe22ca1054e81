/** What the operator does to somebody: roles, kicks, mutes. A server that runs sees it within a second. */

import { Refusal, UsageError } from "../../base/errors.ts";
import { parseTerms } from "../../commands/terms.ts";
import { parseRole } from "../../protocol/permissions.ts";
import { denialRefusal, untilWords } from "../../server/moderation_words.ts";
import type { SanctionKind } from "../../server/moderation_store.ts";
import { accountOf, COMMON, type DataBench, type DataRow, done, type Outcome } from "./data_row.ts";
import { nobodyCalled, TERMS, WHOM } from "./data_row.ts";

const BESIDE = "Works beside a running server, which sees it within a second, and without one.";

const targetOf = (bench: DataBench) =>
  ({ by: "operator", account: accountOf(bench), nowMs: bench.clock.nowMs() }) as const;

/** What the store did; that there is no such account is said with the name. */
async function named<Result>({ values }: DataBench, deed: Promise<Result>): Promise<Result> {
  try {
    return await deed;
  } catch (error) {
    const isNobody = error instanceof Refusal && error.code === "unknown-account";
    throw isNobody ? nobodyCalled(values.required(WHOM.name)) : error;
  }
}

/** Lays a kick or a mute on somebody. Throws Refusal. */
async function sanction(
  bench: DataBench,
  terms: { kind: SanctionKind; durationMs: number | undefined; reason: string; undo: DataRow },
): Promise<Outcome> {
  const { kind, durationMs, reason, undo } = terms;
  const target = targetOf(bench);
  const { account, nowMs } = target;
  const untilMs = durationMs === undefined ? undefined : nowMs + durationMs;
  const outcome = await named(
    bench,
    bench.store.addSanction({ ...target, kind, untilMs, reason }),
  );
  if (outcome.result !== "done") throw denialRefusal(outcome, kind, account);
  const until = untilMs === undefined ? undefined : untilWords(untilMs);
  const kicked = until === undefined ? "was banned" : `was kicked until ${until}`;
  const muted = `is muted until ${until ?? "it is taken back"}`;
  const line = `${account} ${kind === "kick" ? kicked : muted}. Undo: ${
    bench.typed(undo, account)
  }`;
  return done(kind, { account, untilMs, reason }, line);
}

/** Takes one back. Throws Refusal. */
async function lift(bench: DataBench, kind: SanctionKind): Promise<Outcome> {
  const target = targetOf(bench);
  const { account } = target;
  const isKick = kind === "kick";
  const action = isKick ? "unkick" : "unmute";
  const outcome = await named(bench, bench.store.liftSanction({ ...target, kind }));
  switch (outcome.result) {
    case "done":
      return done(action, { account }, `${account} may ${isKick ? "come back" : "speak again"}`);
    case "none":
      return isKick
        ? done(action, { account, wasKicked: false }, `${account} was not kicked`)
        : done(action, { account, wasMuted: false }, `${account} was not muted`);
    default:
      throw denialRefusal(outcome, action, account);
  }
}

function termsOf({ values }: DataBench) {
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
  async run(bench) {
    const role = parseRole(bench.values.required("ROLE"));
    if (role === undefined) {
      throw new UsageError("bad-role", "A role is owner, moderator or member; or 1, 0");
    }
    const target = targetOf(bench);
    const { account } = target;
    const outcome = await named(bench, bench.store.grantRole({ ...target, role }));
    if (outcome.result !== "done") throw denialRefusal(outcome, "grant", account);
    const { before } = outcome;
    return done("role", { account, role, before }, `${account} is ${role} now, and was ${before}`);
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
  run: (bench) => lift(bench, "kick"),
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
  run: (bench) => sanction(bench, { ...termsOf(bench), kind: "kick", undo: UNKICK }),
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
  run(bench) {
    const reason = bench.values.argument("REASON") ?? "";
    return sanction(bench, { kind: "kick", durationMs: undefined, reason, undo: UNKICK });
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
  run: (bench) => lift(bench, "mute"),
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
  run: (bench) => sanction(bench, { ...termsOf(bench), kind: "mute", undo: UNMUTE }),
};

/** Everything that is done to somebody. */
export const DEED_ROWS: readonly DataRow[] = [GRANT, KICK, BAN, UNKICK, MUTE, UNMUTE];

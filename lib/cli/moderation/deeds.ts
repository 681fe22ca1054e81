/** What is done to somebody: roles, kicks, mutes, locks. */

import { UsageError } from "../../base/errors.ts";
import { accountOf, type SanctionTerms } from "../../client/moderation.ts";
import { ACTIONS, parseRole, PERMITTED, type Role } from "../../protocol/permissions.ts";
import { showName, typeName } from "../dialogue/names.ts";
import { type Bench, type Deed, type Outcome, TERMS, termsOf, until, WHOM } from "./deed.ts";

/** SR-37: a kick must not look like more than it is. */
const SEALED =
  "this ends sign-ins here; nobody is removed from sealed conversations by it, only their members can do that: those in charge of shared rooms are told";

const whom = ({ values }: Bench) => accountOf(values.required("NAME"));

function one(type: string, fields: Outcome["facts"][number]["fields"], line: string): Outcome {
  return { facts: [{ type, fields, line }], notes: [] };
}

async function kick(bench: Bench, terms: SanctionTerms): Promise<Outcome> {
  const account = whom(bench);
  const done = await bench.moderation.kick(account, terms);
  const { untilMs, name } = done;
  const undo = `Undo: ${bench.typed("unkick", typeName(name))}`;
  const what = untilMs === undefined ? "was banned" : `was kicked ${until(bench, untilMs)}`;
  const { facts } = one("kick", { account, ...done }, `${showName(name)} ${what}. ${undo}`);
  return { facts, notes: [SEALED] };
}

const GRANT: Deed = {
  verb: "grant",
  verbAliases: ["grant"],
  slash: "grant",
  slashAliases: ["changegrant"],
  summary: "say what somebody may do here, or change it",
  details:
    "Without a role it is shown with what it permits. Roles are owner, moderator and member; 1 and admin mean owner, 0 and user mean member. The last owner stays.",
  arguments: [WHOM, {
    name: "ROLE",
    summary: "owner, moderator or member; 1 is owner, 0 is member",
    required: false,
  }],
  example: ["anakin moderator", "lets anakin keep order"],
  async run(bench) {
    const account = whom(bench);
    const word = bench.values.argument("ROLE");
    if (word === undefined) return await showRole(bench, account);
    const role = parseRole(word);
    if (role === undefined) {
      throw new UsageError("bad-role", "A role is owner, moderator or member; or 1, 0");
    }
    const done = await bench.moderation.grant(account, role);
    const line = done.before === role
      ? `${showName(done.name)} is ${role} already`
      : `${showName(done.name)} is ${role} now, and was ${done.before}`;
    return one("role", { account, ...done }, line);
  },
};

/** Row S2.18. */
async function showRole({ moderation }: Bench, account: string): Promise<Outcome> {
  const { holders } = await moderation.roles();
  const holder = holders.find((entry) => entry.account === account);
  const role: Role = holder?.role ?? "member";
  const commands = PERMITTED[role].map((action) => ACTIONS[action]);
  const may = commands.length === 0 ? "" : `: ${commands.join(", ")}`;
  const name = holder?.name ?? account;
  return one(
    "role",
    { account, name, role, permitted: PERMITTED[role] },
    `${showName(name)} is ${role}${may}`,
  );
}

const KICK: Deed = {
  verb: "kick",
  verbAliases: ["kick"],
  slash: "kick",
  slashAliases: ["kickuser"],
  summary: "end somebody's sessions, and keep them out",
  details:
    "All devices are told the reason and end within a second; coming back is refused with it. Without a time it is a ban. " +
    "It does not remove anybody from sealed conversations.",
  arguments: [WHOM, TERMS],
  example: ["anakin 1d younglings", "for a day, and says why"],
  run: (bench) => kick(bench, termsOf(bench)),
};

const BAN: Deed = {
  verb: "ban",
  verbAliases: ["ban"],
  slash: "ban",
  slashAliases: [],
  summary: "kick somebody until it is taken back",
  arguments: [WHOM, { name: "REASON", summary: "why", required: false, rest: "text" }],
  example: ["jarjar too much talk", "until somebody says unkick"],
  run: (bench) =>
    kick(bench, { durationMs: undefined, reason: bench.values.argument("REASON") ?? "" }),
};

const UNKICK: Deed = {
  verb: "unkick",
  verbAliases: ["unkick", "unban", "user unban", "user pardon"],
  slash: "unkick",
  slashAliases: ["pardon", "unban"],
  summary: "take a kick or a ban back",
  arguments: [WHOM],
  example: ["anakin", "anakin may come back"],
  async run(bench) {
    const account = whom(bench);
    const { name } = await bench.moderation.unkick(account);
    return one("unkick", { account, name }, `${showName(name)} may come back`);
  },
};

const MUTE: Deed = {
  verb: "mute",
  verbAliases: [],
  slash: "mute-user",
  slashAliases: ["muteuser"],
  summary: "have the server refuse what somebody sends",
  details:
    "Messages, broadcasts and texts of being busy are refused with the reason, and stay with whoever wrote them. Receiving goes on. " +
    "Since the server cannot read what is sealed, receipts wait too.",
  arguments: [WHOM, TERMS],
  example: ["anakin 10m calm down", "for ten minutes"],
  async run(bench) {
    const account = whom(bench);
    const done = await bench.moderation.mute(account, termsOf(bench));
    const undo = `Undo: ${bench.typed("unmute", typeName(done.name))}`;
    const line = `${showName(done.name)} is muted ${until(bench, done.untilMs)}. ${undo}`;
    return one("mute", { account, ...done }, line);
  },
};

const UNMUTE: Deed = {
  verb: "unmute",
  verbAliases: [],
  slash: "unmute-user",
  slashAliases: ["unmuteuser"],
  summary: "take a mute back",
  arguments: [WHOM],
  example: ["anakin", "anakin may speak again"],
  async run(bench) {
    const account = whom(bench);
    const { name } = await bench.moderation.unmute(account);
    return one("unmute", { account, name }, `${showName(name)} may speak again`);
  },
};

const UNLOCK: Deed = {
  verb: "unlock",
  verbAliases: ["unlock"],
  slash: "unlock",
  slashAliases: [],
  summary: "let somebody sign in again after too many wrong passwords",
  arguments: [WHOM],
  example: ["obiwan", "forgets obiwan's failed tries"],
  async run(bench) {
    const account = whom(bench);
    const done = await bench.moderation.unlock(account);
    const name = showName(done.name);
    const line = done.wasLocked ? `${name} can sign in again` : `${name} was not locked`;
    return one("unlock", { account, ...done }, line);
  },
};

/** Everything that is done to somebody. */
export const DEEDS: readonly Deed[] = [GRANT, KICK, BAN, UNKICK, MUTE, UNMUTE, UNLOCK];

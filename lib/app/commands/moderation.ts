/** Commands of order on the server, for those who have a role there: what is done to somebody. */

import { UsageError } from "../../base/errors.ts";
import type { AccountId } from "../../base/ids.ts";
import { accountOf, Moderation, type SanctionTerms } from "../../client/moderation.ts";
import { result } from "../../commands/command_row.ts";
import type { ArgumentSpec } from "../../commands/command_table.ts";
import type { CommandValues } from "../../commands/command_values.ts";
import { parseTerms, TERMS } from "../../commands/terms.ts";
import { parseRole, PERMITTED } from "../../protocol/permissions.ts";
import { orNobody } from "../find_contact.ts";
import type { PersonCommands, PersonContext, PersonRow } from "../person_row.ts";
import { MODERATION_WORDING, type ModerationKinds } from "./moderation_wording.ts";

type ModerationRow = PersonRow<ModerationKinds>;

/** The argument of everything that is done to somebody. */
export const WHOM: ArgumentSpec = { name: "NAME", summary: "whom", required: true };

/** What all rows of order have in common. */
export const ORDER = {
  group: "Order",
  exitCodes: [3, 4, 5, 6, 7],
  needs: ["server", "connection"],
} as const;

/** Order on the server of this context. */
export const moderationOf = ({ client }: PersonContext): Moderation => new Moderation(client.link);
const whom = (values: CommandValues) => accountOf(values.required(WHOM.name));

/** What `act` does to whom the row names. Throws UsageError, Refusal `unknown-account` with their name, and as `act` does. */
async function toWhom<Done>(
  context: PersonContext,
  values: CommandValues,
  act: (moderation: Moderation, account: AccountId) => Promise<Done>,
): Promise<Done & { readonly account: AccountId }> {
  const account = whom(values);
  const done = await orNobody(
    context.client,
    account,
    () => act(moderationOf(context), account),
  );
  return { account, ...done };
}

/** Reads `TERMS`. Throws UsageError. */
function termsOf(values: CommandValues): SanctionTerms {
  const terms = parseTerms(values.argument(TERMS.name));
  if (!terms.ok) throw new UsageError("bad-duration", terms.message);
  return terms;
}

async function kickBy(context: PersonContext, values: CommandValues, terms: SanctionTerms) {
  const done = await toWhom(context, values, (server, account) => server.kick(account, terms));
  const { reports } = result("kick", done);
  return { reports: [...reports, ...result("still-sealed", {}).reports] };
}

const grant: ModerationRow = {
  ...ORDER,
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
    const done = await toWhom(context, values, (server, of) => server.grant(of, asked));
    return result("role-granted", { done, asked });
  },
};

const kick: ModerationRow = {
  ...ORDER,
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
  ...ORDER,
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
  ...ORDER,
  name: "user unkick",
  verb: { aliases: ["unkick", "unban", "user unban", "user pardon"] },
  slash: { name: "unkick", aliases: ["pardon", "unban"] },
  summary: "undo a kick or a ban",
  arguments: [WHOM],
  examples: [{ line: "user unkick anakin", summary: "anakin may sign in again" }],
  async run(context, values) {
    const undo = (server: Moderation, account: AccountId) => server.unkick(account);
    const { account, name } = await toWhom(context, values, undo);
    return result("unkick", { account, name });
  },
};

const mute: ModerationRow = {
  ...ORDER,
  name: "user mute",
  slash: { name: "mute-user", aliases: ["muteuser"] },
  summary: "mute somebody on this server",
  details:
    "The server refuses their messages, broadcasts and busy texts with the reason; the texts stay on their device. They still receive. " +
    "Delivery receipts wait too, since the server cannot tell them from messages.",
  arguments: [WHOM, TERMS],
  examples: [{ line: "user mute anakin 10m calm down", summary: "for ten minutes" }],
  async run(context, values) {
    const terms = termsOf(values);
    const done = await toWhom(context, values, (server, account) => server.mute(account, terms));
    return result("mute", done);
  },
};

const unmute: ModerationRow = {
  ...ORDER,
  name: "user unmute",
  slash: { name: "unmute-user", aliases: ["unmuteuser"] },
  summary: "undo a mute",
  arguments: [WHOM],
  examples: [{ line: "user unmute anakin", summary: "anakin may write again" }],
  async run(context, values) {
    const undo = (server: Moderation, account: AccountId) => server.unmute(account);
    const { account, name } = await toWhom(context, values, undo);
    return result("unmute", { account, name });
  },
};

const unlock: ModerationRow = {
  ...ORDER,
  name: "user unlock",
  verb: { aliases: ["unlock"] },
  slash: { name: "unlock" },
  summary: "let somebody sign in again after too many wrong passwords",
  arguments: [WHOM],
  examples: [{ line: "user unlock obiwan", summary: "clears obiwan's failed attempts" }],
  async run(context, values) {
    const done = await toWhom(context, values, (server, account) => server.unlock(account));
    return result("unlock", done);
  },
};

/** Everything that is done to somebody. */
export const MODERATION_ACTIONS: PersonCommands<ModerationKinds> = {
  rows: [grant, kick, ban, unkick, mute, unmute, unlock],
  wording: MODERATION_WORDING,
};

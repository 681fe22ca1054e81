/** The rows of the operator's order. */

import { type AdminCommand, DATA_OPTION, JSON_OPTION } from "./admin_command.ts";
import { grantRole, kickUser, listKicks, showAudit, unkickUser } from "./order.ts";

const BESIDE = "Works beside a running server, which sees it within a second, and without one.";
const WHOM = { name: "NAME", summary: "whom", required: true } as const;
const COMMON = {
  aliases: [],
  group: "People",
  arguments: [WHOM],
  options: [DATA_OPTION, JSON_OPTION],
} as const;

/** Roles, kicks, the record. */
export const ORDER_COMMANDS: readonly AdminCommand[] = [
  {
    ...COMMON,
    name: "user grant",
    summary: "make somebody owner, moderator or member of this server",
    details:
      `Nobody has a role until you give one: this makes the first owner, who can give others theirs. ${BESIDE} The last owner who is not kicked stays.`,
    arguments: [WHOM, {
      name: "ROLE",
      summary: "owner, moderator or member; 1 and admin are owner, 0 and user are member",
      required: true,
    }],
    examples: [{ line: "user grant yoda owner", summary: "yoda keeps order from now on" }],
    exitCodes: [4, 6],
    run: grantRole,
  },
  {
    ...COMMON,
    name: "user kick",
    summary: "end somebody's sessions, and keep them out",
    details: `Without a time it is a ban. ${BESIDE} It removes nobody from sealed conversations.`,
    arguments: [WHOM, {
      name: "TERMS",
      summary: "how long, as 10m, 2h or 1d, and then why; without a time until it is taken back",
      required: false,
      rest: "text",
    }],
    examples: [{ line: "user kick anakin 1d younglings", summary: "for a day, and says why" }],
    exitCodes: [4, 6],
    run: kickUser,
  },
  {
    ...COMMON,
    name: "user unkick",
    summary: "take a kick or a ban back",
    details: BESIDE,
    examples: [{ line: "user unkick anakin", summary: "anakin may come back" }],
    exitCodes: [4],
    run: unkickUser,
  },
  {
    ...COMMON,
    name: "user kicklist",
    summary: "who is kicked, by whom, until when and why",
    arguments: [],
    examples: [{ line: "user kicklist", summary: "every kick and ban that holds" }],
    exitCodes: [],
    run: listKicks,
  },
  {
    ...COMMON,
    name: "audit",
    summary: "who did what to whom, the newest first",
    details: "Kept for 180 days.",
    arguments: [],
    examples: [{ line: "audit --json", summary: "one object per line of the record" }],
    exitCodes: [],
    run: showAudit,
  },
];

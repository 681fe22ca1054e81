/** Commands about who is there and who they are: who, viewusers, verify, busy, free, whoami. */

import { UsageError } from "../../base/errors.ts";
import type { AccountId } from "../../base/ids.ts";
import { Moderation } from "../../client/moderation.ts";
import { result } from "../../commands/command_row.ts";
import type { CommandValues } from "../../commands/command_values.ts";
import { EXIT } from "../../commands/exit_code.ts";
import { parseBusyTerms } from "../../commands/terms.ts";
import type { Report } from "../../commands/wording.ts";
import { type Attendant, busyOf, roster } from "../attendance.ts";
import { compareNames } from "../names.ts";
import {
  type ConversationCommands,
  type ConversationRow,
  nameOrOpen,
  type PersonCommands,
  type PersonRow,
} from "../person_row.ts";
import { RoomLabels } from "../rooms/room_labels.ts";
import { PEOPLE_WORDING, type PeopleKinds } from "./people_wording.ts";
import { acceptNumber, compareNumbers, requireSafetyNumber } from "../safety.ts";

type PeopleRow = PersonRow<PeopleKinds>;

const COMMON = {
  group: "People",
  needs: ["server", "connection"],
} as const;

/** Who is there before who is not, then by name. */
function byPresence({ entry: one }: Attendant, { entry: other }: Attendant): number {
  return Number(other.online) - Number(one.online) || compareNames(one.name, other.name);
}

/** People that a dialogue lists; more are counted. */
const MOST_LISTED = 200;

const who: PeopleRow = {
  ...COMMON,
  name: "who",
  summary: "list who is online, since when, and who is busy",
  details: "Owners of the server also see addresses.",
  options: [{ flag: "--all", summary: "also list people who are offline" }],
  examples: [{ line: "who --all", summary: "all accounts on the server" }],
  exitCodes: [3, 5, 7],
  slash: {
    aliases: ["atu", "active", "users"],
    summary: "list who else is online, since when, and who is busy",
  },
  page: (values, reports) =>
    reports.some(({ kind }) => kind === "person")
      ? { kind: "list", title: values.has("--all") ? "Everyone on this server" : "Who is online" }
      : undefined,
  async *run({ client, people, isDialogue }, values) {
    const isMe = ({ entry }: Attendant) => entry.account === client.profile.own.account;
    const report = async (attendant: Attendant): Promise<Report<PeopleKinds>> => {
      const said = await busyOf(client, attendant);
      return { kind: "person", facts: { attendant, said, isMe: isMe(attendant) } };
    };
    const others: Attendant[] = [];
    for await (const attendant of roster(client, !values.has("--all"))) {
      people?.learn(attendant);
      if (!isMe(attendant)) others.push(attendant);
      if (!isDialogue) yield [await report(attendant)];
    }
    if (others.length === 0) return result("nobody-else", {});
    if (!isDialogue) return { reports: [] };
    // A dialogue gets all of it at once: no line comes in between.
    const listed = others.toSorted(byPresence).slice(0, MOST_LISTED);
    yield await Promise.all(listed.map(report));
    const count = others.length - listed.length;
    return count > 0 ? result("more-people", { count }) : { reports: [] };
  },
};

/** Row S2.14. What a server knows, and which rooms both are in, which it does not know. */
const viewusers: PeopleRow = {
  ...COMMON,
  name: "viewusers",
  summary: "list who is online, as a table with roles and rooms",
  details: "It lists rooms that you share; the server does not know their names.",
  examples: [{ line: "viewusers", summary: "name, role, state, rooms, since when" }],
  exitCodes: [3, 5, 7],
  verb: "none",
  async run({ client }) {
    const { own, holders } = await new Moderation(client.link).roles();
    const roles = new Map(holders.map(({ account, role }) => [account, role]));
    const rooms = await client.rooms.list();
    const labels = await RoomLabels.of(client);
    const users: PeopleKinds["users"]["users"][number][] = [];
    let more = 0;
    for await (const attendant of roster(client, true)) {
      const account = attendant.entry.account as AccountId;
      const isMe = account === client.profile.own.account;
      if (!isMe && users.length >= MOST_LISTED) more++;
      else {
        users.push({
          attendant,
          said: await busyOf(client, attendant),
          role: isMe ? own : roles.get(account) ?? "member",
          rooms: rooms.filter(({ members }) => members.has(account))
            .map(({ room }) => labels.labelOf(room)),
        });
      }
    }
    const reports: Report<PeopleKinds>[] = [{ kind: "users", facts: { users } }];
    return more === 0 ? { reports } : {
      reports: [...reports, { kind: "more-people", facts: { count: more } }],
    };
  },
};

const verify: ConversationRow<PeopleKinds> = {
  ...COMMON,
  needs: ["connection"],
  name: "verify",
  summary: "compare safety numbers, to rule out anybody in between",
  details:
    "Both of you see the same 60 digits. Compare them over another channel, in person or in a call.",
  arguments: [{ name: "NAME", summary: "whom", required: true }],
  options: [
    {
      flag: "--expect",
      valueName: "NUMBER",
      summary: "mark the contact verified if all 60 digits agree; blanks do not matter",
    },
    {
      flag: "--accept",
      summary: "accept the contact's changed number, if --expect agrees",
    },
  ],
  examples: [
    { line: "verify bob", summary: "shows the number" },
    {
      line: 'verify bob --expect "12345 …"',
      summary: "exits with 0 if it agrees, with 7 otherwise",
    },
  ],
  exitCodes: [3, 4, 5, 7],
  slash: {
    details:
      "Both of you see the same 60 digits. Compare them over another channel, in person or in a call, then type what the other one sees.",
    arguments: [
      { name: "NAME", summary: "the person; the one you talk to by default", required: false },
      {
        name: "NUMBER",
        summary: "the digits that the other one sees",
        required: false,
        rest: "text",
      },
    ],
    options: [],
    examples: [
      { line: "verify bob", summary: "shows the number" },
      { line: "verify bob 12345 67890 …", summary: "marks bob verified if all 60 digits agree" },
    ],
  },
  p2p: {
    title: "Compare safety numbers",
    summary: "make sure that somebody is who they say they are",
    details:
      "Both of you see the same 60 digits if nobody is in between. Compare them another way, for example on the telephone, then type what the other one sees.",
    arguments: [
      { name: "NAME", summary: "whom", required: true },
      { name: "NUMBER", summary: "the digits that they see", required: false, rest: "text" },
    ],
    options: [],
    examples: [{ line: "verify julia", summary: "shows the number" }],
  },
  page(values, [report]) {
    const isShown = expectedOf(values) === undefined && report?.kind === "safety-number";
    return isShown ? { kind: "verify", account: report.facts.contact.account } : undefined;
  },
  check(values) {
    const expected = expectedOf(values);
    if (expected !== undefined) requireSafetyNumber(expected);
  },
  async run(context, values) {
    const { client, people } = context;
    const name = nameOrOpen(context, values);
    const expected = expectedOf(values);
    if (values.maybe("--accept") !== undefined && await acceptNumber(client, name, expected)) {
      await context.send({ afterArrivals: true });
    }
    const compared = await compareNumbers(client, name, expected);
    const { contact, trust, agrees, changed } = compared;
    people?.meet({ ...contact, trust });
    return {
      reports: [{ kind: "safety-number", facts: compared }, { kind: "compared", facts: compared }],
      exit: agrees === false || changed ? EXIT.notVerified : EXIT.done,
    };
  },
};

/** By an option of the verb, or behind the name in a dialogue. */
function expectedOf(values: CommandValues): string | undefined {
  return values.maybe("--expect") ?? values.maybe("NUMBER");
}

const busy: PeopleRow = {
  ...COMMON,
  name: "busy",
  aliases: ["away"],
  summary: "show others that you are busy, and hold messages back",
  details:
    "Others see it, with your text, until you are free or the time is over; the server can read the text. It applies to this profile and survives a restart of the server. The chat holds back new messages and shows them afterwards.",
  arguments: [
    {
      name: "TEXT",
      summary: "the reason, and how long if the last word is a time such as 30m or 2h",
      required: false,
      rest: "text",
    },
  ],
  examples: [
    { line: "busy lunch 30m", summary: "free again by itself" },
    { line: "busy", summary: "until you run free" },
  ],
  exitCodes: [3, 5, 7, 9],
  slash: {
    summary: "show others that you are busy, and hold messages back until /free",
    details:
      "Others see it with your text, which the server can read too. If the last word is a time such as 30m or 2h, you are free again after it.",
    arguments: [
      { name: "TEXT", summary: "the reason, and how long", required: false, rest: "text" },
    ],
    examples: [{ line: "busy lunch 30m", summary: "others see: busy until …: lunch" }],
  },
  async run({ client: { publicly } }, values) {
    const terms = parseBusyTerms(values.argument("TEXT") ?? "");
    if (!terms.ok) throw new UsageError("bad-duration", terms.message);
    await publicly.setBusy({ text: terms.text, durationMs: terms.durationMs });
    const busy = await publicly.ownBusy();
    return busy === undefined ? { reports: [] } : result("busy", busy);
  },
};

const free: PeopleRow = {
  ...COMMON,
  name: "free",
  summary: "end busy",
  examples: [{ line: "free", summary: "the chat shows the messages held back" }],
  exitCodes: [3, 5, 7, 9],
  slash: {
    aliases: ["back"],
    summary: "end busy, and show the messages held back",
    examples: [{ line: "free", summary: "shows the messages held back, in order" }],
  },
  async run({ client }) {
    await client.publicly.setBusy(undefined);
    return result("free", {});
  },
};

const whoami: PeopleRow = {
  ...COMMON,
  name: "whoami",
  group: "Account",
  summary: "show the account of this profile",
  examples: [{ line: "whoami --json", summary: "for programs" }],
  exitCodes: [3],
  needs: ["server", "account"],
  slash: {
    group: "People",
    summary: "show your account",
    examples: [{ line: "whoami", summary: "name, server, session, role, device, identity" }],
  },
  async run({ client }) {
    const { own } = client.profile;
    if (!client.isOnline) return result("whoami", { own, there: undefined });
    const { own: role } = await new Moderation(client.link).roles();
    const { sessionNumber: session } = client.signedIn;
    return result("whoami", { own, there: { session, role } });
  },
};

/** `who`, `viewusers`. */
export const WHO: PersonCommands<PeopleKinds> = { rows: [who, viewusers], wording: PEOPLE_WORDING };
/** `verify`. */
export const VERIFY: ConversationCommands<PeopleKinds> = {
  rows: [verify],
  wording: PEOPLE_WORDING,
};
/** `busy` and `free`. */
export const PRESENCE: PersonCommands<PeopleKinds> = {
  rows: [busy, free],
  wording: PEOPLE_WORDING,
};
/** `whoami`. */
export const WHOAMI: PersonCommands<PeopleKinds> = { rows: [whoami], wording: PEOPLE_WORDING };

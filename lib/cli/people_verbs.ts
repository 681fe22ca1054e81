/** Verbs about others: who, verify. */

import { UsageError } from "../base/errors.ts";
import type { ReplyFields } from "../protocol/hop/mod.ts";
import type { CommandValues } from "../commands/command_values.ts";
import { EXIT, type ExitCode } from "../commands/exit_code.ts";
import { formatSafetyNumber } from "../crypto/safety_number.ts";
import type { Client } from "../client/client.ts";
import { knownAccount } from "./entry_lines.ts";
import type { Context } from "./context.ts";
import type { Verb } from "./verb.ts";
import { formatTime } from "./when.ts";

type RosterEntry = ReplyFields<"roster.page">["entries"][number];

/** Everyone on the server, page by page. */
export async function* roster(client: Client, onlineOnly: boolean): AsyncGenerator<RosterEntry> {
  let after: string | undefined;
  for (;;) {
    const { fields } = await client.link.ask("roster.page", {
      onlineOnly,
      ...(after === undefined ? {} : { after }),
    });
    yield* fields.entries;
    after = fields.entries[fields.entries.length - 1]?.account;
    if (!fields.more || after === undefined) return;
  }
}

/** The row of `who`. */
export const WHO_VERB: Verb = {
  name: "who",
  aliases: [],
  group: "People",
  summary: "list who is there",
  arguments: [],
  options: [{ flag: "--all", summary: "those who are away too" }],
  examples: [{ line: "who --all", summary: "everyone on the server" }],
  exitCodes: [3, 5, 7],
  async run(context, values) {
    await showPeople(context, await context.connectClient(), values);
    return EXIT.done;
  },
};

/** Shows who is there, by the values of `who`. */
export async function showPeople(
  context: Context,
  client: Client,
  values: CommandValues,
): Promise<void> {
  let others = 0;
  for await (const entry of roster(client, !values.has("--all"))) {
    const isMe = entry.account === client.profile.own.account;
    if (!isMe) others++;
    const since = entry.sinceMs === undefined
      ? "away"
      : `active since ${formatTime(entry.sinceMs)}`;
    await context.output.fact(
      "person",
      { ...entry, you: isMe },
      `${entry.name}, ${since}${isMe ? " (you)" : ""}`,
    );
  }
  if (others === 0) await context.output.note("no other active user");
}

/** The row of `verify`. */
export const VERIFY_VERB: Verb = {
  name: "verify",
  aliases: [],
  group: "People",
  summary: "compare safety numbers, so that nobody can be in between",
  details:
    "Both of you see the same 60 digits. Compare them over another channel, face to face or in a call.",
  arguments: [{ name: "NAME", summary: "whom", required: true }],
  options: [
    {
      flag: "--expect",
      valueName: "NUMBER",
      summary: "marks the contact verified if all 60 digits agree; blanks do not matter",
    },
    {
      flag: "--accept",
      summary: "takes the new identity of a contact whose safety number changed",
    },
  ],
  examples: [
    { line: "verify bob", summary: "shows the number" },
    {
      line: 'verify bob --expect "12345 …"',
      summary: "ends with 0 if it is the same, else with 7",
    },
  ],
  exitCodes: [3, 4, 5, 7],
  async run(context, values) {
    return await showSafetyNumber(context, await context.connectClient(), values);
  },
};

/** Shows, compares or accepts a safety number, by the values of `verify`. */
export async function showSafetyNumber(
  context: Context,
  client: Client,
  values: CommandValues,
): Promise<ExitCode> {
  const name = values.required("NAME");
  if (knownAccount(name) === client.profile.own.account) {
    throw new UsageError("yourself", "This is you: compare numbers with somebody else");
  }
  let contact = await client.meet(name);
  if (values.has("--accept")) {
    contact = await client.acceptIdentity(contact);
    await client.receiving(async (caughtUp) => {
      await caughtUp;
      await client.flush();
    });
  }
  const expected = values.option("--expect");
  const agrees = expected === undefined ? undefined : await client.verify(contact, expected);
  const trust = agrees === true ? "verified" : contact.trust;
  const changed = contact.changedTo !== undefined;
  const number = formatSafetyNumber(client.safetyNumber(contact));
  await context.output.object("safety-number", {
    with: contact.account,
    number,
    trust,
    changed,
    ...(agrees === undefined ? {} : { agrees }),
  });
  await context.output.line(number);
  if (changed) {
    await context.output.note(
      `${contact.name}'s safety number changed: nothing is sent. If ${contact.name} confirms the number above, say: verify ${contact.name} --accept`,
    );
  } else if (agrees === false) {
    await context.output.note(`These are not the digits of ${contact.name}: nothing was changed`);
  } else {
    await context.output.note(`${contact.name} is ${trust === "verified" ? "" : "not "}verified`);
  }
  return agrees === false || changed ? EXIT.notVerified : EXIT.done;
}

/** The verbs about other people. */
export const PEOPLE_VERBS: readonly Verb[] = [WHO_VERB, VERIFY_VERB];

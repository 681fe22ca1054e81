/** Verbs about others: who, verify. */

import { parseFingerprint } from "../base/ids.ts";
import { EXIT } from "../commands/exit_code.ts";
import { formatCertificateFingerprint } from "../crypto/server_certificate.ts";
import { attendanceLine, busyOf, roster } from "./attendance.ts";
import { REQUEST_VERBS } from "./requests/request_verbs.ts";
import { acceptNumber, compareNumbers, explainComparison, requireSafetyNumber } from "./safety.ts";
import type { Verb } from "./verb.ts";

/** In the form of `whoami`; what is no fingerprint stays as the server said it. */
function showIdentity(text: string): string {
  const fingerprint = parseFingerprint(text);
  return fingerprint === undefined ? text : formatCertificateFingerprint(fingerprint);
}

const whoVerb: Verb = {
  name: "who",
  aliases: [],
  group: "People",
  summary: "list who is there, since when, and who is busy",
  details: "Owners of the server see addresses too.",
  arguments: [],
  options: [{ flag: "--all", summary: "those who are away too" }],
  examples: [{ line: "who --all", summary: "everyone on the server" }],
  exitCodes: [3, 5, 7],
  async run(context, values) {
    const client = await context.connectClient();
    let others = 0;
    for await (const attendant of roster(client, !values.has("--all"))) {
      const { entry: { busySinceMs, ...entry } } = attendant;
      const isMe = entry.account === client.profile.own.account;
      if (!isMe) others++;
      const said = await busyOf(client, attendant);
      const busy = busySinceMs === undefined
        ? {}
        : { busy: { sinceMs: busySinceMs, untilMs: said?.untilMs, text: said?.text } };
      await context.output.fact(
        "person",
        { ...entry, identity: showIdentity(entry.identity), ...busy, you: isMe },
        `${attendanceLine(entry.name, attendant, said)}${isMe ? " (you)" : ""}`,
      );
    }
    if (others === 0) await context.output.note("no other active user");
    return EXIT.done;
  },
};

const verifyVerb: Verb = {
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
      summary: "takes the new identity of a contact whose number changed, if --expect agrees",
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
    const expected = values.option("--expect");
    // Before anything is done.
    if (expected !== undefined) requireSafetyNumber(expected);
    const client = await context.connectClient();
    const name = values.required("NAME");
    if (values.has("--accept") && await acceptNumber(client, name, expected)) {
      await client.receiving(async (caughtUp) => {
        await caughtUp;
        await client.flush();
      });
    }
    const compared = await compareNumbers(client, name, expected);
    const { contact, number, agrees, changed, trust } = compared;
    await context.output.object("safety-number", {
      with: contact.account,
      number,
      trust,
      changed,
      ...(agrees === undefined ? {} : { agrees }),
    });
    await context.output.line(number);
    await context.output.note(explainComparison(compared, `verify ${contact.name} --accept`));
    return agrees === false || changed ? EXIT.notVerified : EXIT.done;
  },
};

/** The verbs about other people. */
export const PEOPLE_VERBS: readonly Verb[] = [whoVerb, verifyVerb, ...REQUEST_VERBS];

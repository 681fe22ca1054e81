/** The verbs busy and free. */

import { EXIT } from "../commands/exit_code.ts";
import { busyWords } from "./attendance.ts";
import { busyTermsOf } from "./busy_terms.ts";
import type { Verb } from "./verb.ts";

const busyVerb: Verb = {
  name: "busy",
  aliases: ["away"],
  group: "People",
  summary: "say that you are busy: messages wait quietly",
  details:
    "Others see it, with the text, until you are free or the time is over; the server can read the text. It holds for this profile, and is said again after the server was away. A dialogue shows nothing that comes in meanwhile, and all of it afterwards.",
  arguments: [
    {
      name: "TEXT",
      summary: "why, and for how long if the last word is a time like 30m or 2h",
      required: false,
      rest: "text",
    },
  ],
  options: [],
  examples: [
    { line: "busy lunch 30m", summary: "free again by itself" },
    { line: "busy", summary: "until you say free" },
  ],
  exitCodes: [3, 5, 7, 9],
  async run(context, values) {
    const client = await context.connectClient();
    await client.publicly.setBusy(busyTermsOf(values));
    const busy = await client.publicly.ownBusy();
    if (busy === undefined) return EXIT.done;
    const { text, sinceMs, untilMs } = busy;
    await context.output.fact(
      "presence",
      { busy: true, text, sinceMs, untilMs },
      `You are ${busyWords(sinceMs, busy)}`,
    );
    return EXIT.done;
  },
};

const freeVerb: Verb = {
  name: "free",
  aliases: [],
  group: "People",
  summary: "say that you are free again",
  arguments: [],
  options: [],
  examples: [{ line: "free", summary: "a dialogue shows what came meanwhile" }],
  exitCodes: [3, 5, 7, 9],
  async run(context) {
    const client = await context.connectClient();
    await client.publicly.setBusy(undefined);
    await context.output.fact("presence", { busy: false }, "You are free");
    return EXIT.done;
  },
};

/** Busy and free. */
export const PRESENCE_VERBS: readonly Verb[] = [busyVerb, freeVerb];

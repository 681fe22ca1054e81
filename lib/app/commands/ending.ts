/** The commands that end the server or start it again, for its owners (row S2.22), and their words. */

import { UsageError } from "../../base/errors.ts";
import { Moderation } from "../../client/moderation.ts";
import { type CommandResult, result } from "../../commands/command_row.ts";
import type { ArgumentSpec } from "../../commands/command_table.ts";
import type { CommandValues } from "../../commands/command_values.ts";
import { parseEndTerms } from "../../commands/terms.ts";
import type { Wording } from "../../commands/wording.ts";
import type { PersonCommands, PersonContext, PersonRow } from "../person_row.ts";

interface EndingKinds {
  "runs-on": Record<never, never>;
  /** `atMs`: unless at once. */
  "server-ends": { readonly how: "stop" | "restart"; readonly atMs: number | undefined };
}

const WORDING: Wording<EndingKinds> = {
  "runs-on": { line: () => "the server keeps running" },
  "server-ends": {
    line: ({ how, atMs }, { time }) =>
      `the server ${how === "restart" ? "restarts" : "stops"} ${
        atMs === undefined ? "now" : `at ${time(atMs)}`
      }`,
  },
};

const TERMS: ArgumentSpec = {
  name: "TERMS",
  summary: "when, as 30s, 5m, 1h or now (the default), then the reason; or the word cancel",
  required: false,
  rest: "text",
};

const COMMON = {
  group: "Order",
  arguments: [TERMS],
  needs: ["server", "connection"],
  verb: "none",
} as const;

async function end(
  { client }: PersonContext,
  values: CommandValues,
  how: "stop" | "restart",
): Promise<CommandResult<EndingKinds>> {
  const moderation = new Moderation(client.link);
  const text = values.argument(TERMS.name);
  if (text === "cancel") {
    await moderation.keepRunning();
    return result("runs-on", {});
  }
  const terms = parseEndTerms(text);
  if (!terms.ok) throw new UsageError("bad-duration", terms.message);
  const { durationMs = 0, reason } = terms;
  const { atMs } = await moderation.end(how, { durationMs, reason });
  return result("server-ends", { how, atMs: durationMs === 0 ? undefined : atMs });
}

const restart: PersonRow<EndingKinds> = {
  ...COMMON,
  name: "restart",
  summary: "restart the server",
  details:
    "For the server's owners. Everybody online sees it coming; clients reconnect by themselves, and nothing is lost.",
  examples: [{ line: "restart 5m upgrade", summary: "in five minutes, with a reason" }],
  run: (context, values) => end(context, values, "restart"),
};

const drain: PersonRow<EndingKinds> = {
  ...COMMON,
  name: "drain",
  summary: "announce when the server stops, then stop it",
  details: "For the server's owners. Only the operator can start it again.",
  examples: [{ line: "drain 1h new disks", summary: "in an hour; drain cancel undoes it" }],
  run: (context, values) => end(context, values, "stop"),
};

/** `/restart` and `/drain`. */
export const ENDING: PersonCommands<EndingKinds> = { rows: [restart, drain], wording: WORDING };

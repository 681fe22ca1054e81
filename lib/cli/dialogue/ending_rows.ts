/** Slash commands that end the server or start it again: for its owners (row S2.22). */

import { UsageError } from "../../base/errors.ts";
import { Moderation } from "../../client/moderation.ts";
import type { ArgumentSpec } from "../../commands/command_table.ts";
import { parseEndTerms } from "../../commands/terms.ts";
import { shortTime } from "../../app/when.ts";
import type { ChatContext, SlashCall, SlashRow } from "./slash_row.ts";

const TERMS: ArgumentSpec = {
  name: "TERMS",
  summary: "in how long, as 30s, 5m, 1h or now (the default), and then why; or the word cancel",
  required: false,
  rest: "text",
};

async function end(
  chat: ChatContext,
  { values }: SlashCall,
  how: "stop" | "restart",
): Promise<void> {
  const moderation = new Moderation(chat.client.link);
  const text = values.argument(TERMS.name);
  if (text === "cancel") {
    await moderation.keepRunning();
    return await chat.print("* the server runs on");
  }
  const terms = parseEndTerms(text);
  if (!terms.ok) throw new UsageError("bad-duration", terms.message);
  const { durationMs = 0, reason } = terms;
  const { atMs } = await moderation.end(how, { durationMs, reason });
  const isNow = durationMs === 0 || atMs === undefined;
  const when = isNow ? "now" : `at ${shortTime(atMs, chat.client.clock.nowMs())}`;
  await chat.print(`* the server ${how === "restart" ? "restarts" : "stops"} ${when}`);
}

/** Ending and starting again. */
export const ENDING_ROWS: readonly SlashRow[] = [
  {
    name: "restart",
    group: "Order",
    summary: "have the server end and start again",
    details:
      "For its owners. Everybody is told; clients come back by themselves, and nothing is lost.",
    arguments: [TERMS],
    examples: [{ line: "restart 5m upgrade", summary: "in five minutes, and says why" }],
    run: (chat, call) => end(chat, call, "restart"),
  },
  {
    name: "drain",
    group: "Order",
    summary: "have the server tell everybody until when it runs, and end",
    details: "For its owners. Only the operator can start it again.",
    arguments: [TERMS],
    examples: [{ line: "drain 1h new disks", summary: "in an hour; drain cancel takes it back" }],
    run: (chat, call) => end(chat, call, "stop"),
  },
];

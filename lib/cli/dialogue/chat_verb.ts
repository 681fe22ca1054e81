/** The verb chat. */

import { Bug, UsageError } from "../../base/errors.ts";
import type { Client } from "../../client/client.ts";
import type { CommandValues } from "../../commands/command_values.ts";
import type { ExitCode } from "../../commands/exit_code.ts";
import type { Context } from "../context.ts";
import { firstRun } from "./first_run.ts";
import { REMEMBER_OPTION, TRUST_OPTIONS } from "../../app/commands/registering.ts";
import type { Verb } from "../verb.ts";
import { Chat } from "./chat.ts";
import { runShell } from "./open_dialogue.ts";

/** `heliograph chat`: also what the program does without a command where there is no full screen. */
export const CHAT_VERB: Verb = {
  name: "chat",
  group: "Messages",
  summary: "open the line-by-line chat",
  details:
    "Lines in, lines out. On a terminal, new messages never disturb what you type. With --plain, in a pipe, or with ACCESSIBLE=1 it only appends lines, without a single escape sequence. /help lists its commands; /quit, ctrl-D or ctrl-C twice leave it. A pipe exits with 4 if a line was not sent because it named nobody.",
  options: [...TRUST_OPTIONS, REMEMBER_OPTION],
  examples: [
    { line: "chat", summary: "asks for a server and a name the first time" },
    { line: "chat --plain < lines.txt", summary: "runs the lines, then ends" },
  ],
  exitCodes: [3, 4, 5, 6, 7, 10],
  async run(context, values) {
    if (values.has("--json")) {
      throw new UsageError("no-json", "The dialogue has no --json. Try: receive --follow --json");
    }
    const client = await openSignedIn(context, values);
    if (client === undefined) return await goWithoutServer(context);
    return await runShell(
      context,
      client,
      (parts) => new Chat({ ...parts, echo: parts.readsKeys }, context.signal),
    );
  },
};

/**
 * The client of this profile; a profile without a session is signed in first, if a person can be asked. Undefined for somebody
 * who wants no server.
 */
export async function openSignedIn(
  context: Context,
  values: CommandValues,
): Promise<Client | undefined> {
  const keeper = await context.keeper();
  const isSignedIn = keeper.hasAccount && await keeper.keys.hasSession();
  if (isSignedIn || !context.person.isPossible) return await context.openClient();
  const client = await firstRun(context, values, keeper);
  return client === "no-server" ? undefined : await context.own(client);
}

/** Talks with others directly, for a person who chose that. */
export async function goWithoutServer({ options }: Context): Promise<ExitCode> {
  if (options.withoutServer === undefined) {
    throw new Bug("Cannot go without a server: no command does");
  }
  return await options.withoutServer();
}

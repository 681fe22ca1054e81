/** The verb screen, which is also what the program does without a verb. */

import { StorageError, UsageError } from "../../base/errors.ts";
import type { CommandValues } from "../../commands/command_values.ts";
import { EXIT } from "../../commands/exit_code.ts";
import { chosenShell, runClassic } from "../classic/classic_verb.ts";
import { readConfig } from "../config_file.ts";
import { Client } from "../../client/client.ts";
import type { Context } from "../context.ts";
import type { NoServer } from "../dialogue/first_run.ts";
import { CHAT_VERB, goWithoutServer, openSignedIn } from "../dialogue/chat_verb.ts";
import { REMEMBER_OPTION, TRUST_OPTIONS } from "../../app/commands/registering.ts";
import { serveNames } from "../serve_names.ts";
import type { Verb } from "../verb.ts";
import type { FullScreen } from "./full_screen.ts";
import { contextOn, openFullScreen, talkOn } from "./open_screen.ts";
import { ScreenTalk } from "./screen_talk.ts";

/** `heliograph screen`, also what the program does without a command. */
export const SCREEN_VERB: Verb = {
  name: "screen",
  group: "Messages",
  summary: "open the full screen, as heliograph does without a command",
  details:
    "Conversations, people and videos on one screen; F1 shows the keys, /help the commands. Without a terminal, with --plain, with ACCESSIBLE=1 or TERM=dumb it opens the line-by-line chat; with a shell in the table [classic] of config.toml that shell.",
  options: [...TRUST_OPTIONS, REMEMBER_OPTION],
  examples: [{ line: "screen", summary: "asks for a server and a name the first time" }],
  exitCodes: [3, 4, 5, 6, 7, 10],
  async run(context, values) {
    if (values.has("--json")) {
      throw new UsageError("no-json", "The screen has no --json. Try: receive --follow --json");
    }
    const { person, options: { folders, leaveOutWrong } } = context;
    if (person.isPossible) leaveOutWrong?.();
    const shell = await shellIn(() => readConfig(folders.config), person.isPossible);
    if (shell !== undefined) return await runClassic(context, values, shell);
    await using screen = await openFullScreen(context);
    if (screen === undefined) return await CHAT_VERB.run(context, values);
    const talk = await runScreen(context, values, screen);
    await screen[Symbol.asyncDispose]();
    if (!(talk instanceof ScreenTalk)) return await goWithoutServer(context, talk.words);
    // Stopped by a signal is not left.
    context.signal.throwIfAborted();
    const { unsentCount } = talk;
    if (unsentCount > 0) {
      const what = unsentCount === 1 ? "1 message is" : `${unsentCount} messages are`;
      await context.output.note(`${what} stored here and will be sent when you are back`);
    }
    return EXIT.done;
  },
};

/** What is wrong there is said where the person is, whom the screen opens for instead; lines of a pipe are meant for that shell. */
async function shellIn(
  read: () => Promise<string>,
  isAttended: boolean,
): Promise<string | undefined> {
  try {
    return chosenShell(await read());
  } catch (error) {
    const isWrong = error instanceof UsageError || error instanceof StorageError;
    if (!isAttended || !isWrong) throw error;
    return undefined;
  }
}

/** Signs in, if that has to be done, and shows the conversations until the person leaves; not for who wants no server. */
async function runScreen(
  context: Context,
  values: CommandValues,
  screen: FullScreen,
): Promise<ScreenTalk | NoServer> {
  await using inside = contextOn(context, values, screen);
  const client = await openSignedIn(inside, values);
  if (!(client instanceof Client)) return client;
  // What ended the questions is not to begin a conversation.
  context.signal.throwIfAborted();
  const connect = (signal: AbortSignal) => inside.connect(client, signal);
  const talk = talkOn(screen, inside, { client, connect });
  await using _names = await serveNames(inside, talk.named);
  await screen.run(talk);
  return talk;
}

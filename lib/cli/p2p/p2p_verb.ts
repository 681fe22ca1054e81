/** The verb p2p, two people and no server: one run of the `~> ` shell, from the terminal or the pipe to the exit code. */

import { UsageError } from "../../base/errors.ts";
import type { Verb } from "../verb.ts";
import { Scope } from "../../base/scope.ts";
import type { CommandValues } from "../../commands/command_values.ts";
import { EXIT, type ExitCode } from "../../commands/exit_code.ts";
import { quoteWord } from "../../commands/words.ts";
import type { Context } from "../context.ts";
import { hasTerminal } from "../dialogue/open_dialogue.ts";
import { isEphemeral } from "./ephemeral.ts";
import { contextOn, openFullScreen } from "../screen/open_screen.ts";
import {
  askMeeting,
  BARE_SHELL,
  CONNECT_OPTION,
  type Meeting,
  NAME_OPTION,
  usualName,
} from "./meeting_questions.ts";
import { openP2pDialogue, openShellDialogue } from "./open_p2p_dialogue.ts";
import type { P2pDialogue } from "./p2p_dialogue.ts";
import { listeningPlace, readPlace } from "./places.ts";
import { P2pShell } from "./shell.ts";
import { followNews } from "./shell_news.ts";

/** `heliograph p2p`. */
export const P2P_VERB: Verb = {
  name: "p2p",
  group: "Without a server",
  summary: "talk to somebody directly, without a server",
  details:
    "On a terminal it asks for your name and for the invite or address of the other side; Escape and --shell skip that. Then it opens the `~> ` shell: init HOST PORT NAME, conn HOST PORT, send NAME, inbox NAME, exit; help lists its commands. You can pass the first command at once; the shell then stays open. In a pipe each line is a command; without exit it ends with the code of the last command that failed.\n\nBoth sides prove who they are, everything is end-to-end encrypted, and messages to somebody who is offline wait until they are back. See docs/p2p.md.",
  arguments: [
    { name: "COMMAND", summary: "the first command, e.g. init", required: false, rest: "words" },
  ],
  options: [
    { flag: "--db", valueName: "FOLDER", summary: "keep everything in this folder" },
    {
      flag: "--ephemeral",
      summary:
        "destroy keys and database at the end, however it ends; the same as delete_on_exit in config.toml",
    },
    {
      flag: NAME_OPTION,
      valueName: "NAME",
      summary: "your name: listens at once, and asks nothing",
    },
    {
      flag: CONNECT_OPTION,
      valueName: "PLACE",
      summary: "connects at once: an invite, or HOST:PORT",
    },
    { flag: BARE_SHELL, summary: "asks nothing, and opens the shell" },
    {
      flag: "--strict",
      summary: "behave like the older program: init before conn, and help lists its seven commands",
    },
  ],
  examples: [
    { line: "p2p", summary: "asks for a name and the other side, then opens the shell" },
    { line: "p2p --name Oscar --connect 192.168.0.21:8091", summary: "asks nothing" },
    { line: "p2p init 192.168.0.100 8090 Oscar", summary: "listens there as Oscar" },
    { line: "p2p --ephemeral init 127.0.0.1 8090 Oscar", summary: "leaves nothing behind" },
  ],
  exitCodes: [4, 5, 6, 7],
  keepsNoLog: isEphemeral,
  async run(context, values) {
    await using owned = new AsyncDisposableStack();
    return await runP2p(context, values, owned);
  },
};

/** Runs the shell until it is left. What it opens belongs to `owned`, whose end destroys what is ephemeral. */
async function runP2p(
  context: Context,
  values: CommandValues,
  owned: AsyncDisposableStack,
): Promise<ExitCode> {
  const { signal, options: { simulate } } = context;
  if (simulate !== undefined) {
    throw new UsageError(
      "no-server",
      "Cannot simulate a line here: --simulate is for commands that talk to a server",
    );
  }
  const isInteractive = hasTerminal(context);
  const meeting = await meetingOf(context, values);
  const opened = await openShellDialogue(context, owned, () => shell.names);
  const readsKeys = opened.tty !== undefined;
  const desk = owned.use(
    openP2pDialogue(context, values, {
      ...opened,
      isEphemeral: await isEphemeral(values, context),
    }),
  );
  const shell = new P2pShell(desk);
  const scope = owned.use(new Scope(signal));
  scope.run("news", (stop) => followNews(desk, () => shell.learnNames(), stop));
  if (!readsKeys && Deno.stdin.isTerminal()) {
    owned.defer(context.options.stopper.interceptInterrupt(() => {
      scope.run("interrupt", () => shell.interrupt());
    }));
  }
  if (meeting !== undefined) await meet(shell, desk, meeting);
  const first = values.words("COMMAND");
  if (first.length > 0) await shell.runLine(first.map(quoteWord).join(" "));
  // One that could not begin has nothing to go on with (row S1.07).
  if (first[0] === "init" && desk.node === undefined) return shell.exit;
  await shell.run();
  return isInteractive ? EXIT.done : shell.exit;
}

/** By the options, else by asking where somebody can be asked. Undefined: the shell as it is. */
async function meetingOf(context: Context, values: CommandValues): Promise<Meeting | undefined> {
  const [name, place] = [values.option(NAME_OPTION), values.option(CONNECT_OPTION)];
  if (name !== undefined || place !== undefined) {
    return { name: name ?? await usualName(context), place };
  }
  const isBare = values.has(BARE_SHELL) || values.has("--strict") || context.output.isJson ||
    values.words("COMMAND").length > 0;
  if (isBare || !context.person.isPossible) return undefined;
  await using screen = await openFullScreen(context);
  const usual = await usualName(context);
  const asking = screen === undefined ? context : contextOn(context, values, screen);
  const meeting = await askMeeting(asking, usual);
  return meeting === "back" ? undefined : meeting;
}

/** What was answered, as the commands of the shell that do it: what fails is said, and the shell stays open. */
async function meet(shell: P2pShell, desk: P2pDialogue, { name, place }: Meeting): Promise<void> {
  await shell.attempt(async () => {
    const target = place === undefined ? undefined : readPlace(place, undefined);
    const { host, port } = listeningPlace(target);
    await shell.runLine(`init ${host} ${port} ${quoteWord(name)}`);
    if (desk.node === undefined) return;
    if (place !== undefined) await shell.runLine(`conn ${quoteWord(place)}`);
    else await desk.say("", {}, "Send this invite to the other side, and wait for them here");
    await desk.say("", {}, "send NAME writes a message, help lists all commands, exit leaves");
  });
}

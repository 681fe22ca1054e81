/** The verb p2p, two people and no server: one run of the `~> ` shell, from the terminal or the pipe to the exit code. */

import { UsageError } from "../../base/errors.ts";
import type { Verb } from "../verb.ts";
import { Scope } from "../../base/scope.ts";
import type { CommandValues } from "../../commands/command_values.ts";
import { EXIT, type ExitCode } from "../../commands/exit_code.ts";
import { quoteWord } from "../../commands/words.ts";
import type { Context } from "../context.ts";
import { hasTerminal } from "../dialogue/open_dialogue.ts";
import { openP2pDialogue, openShellDialogue } from "./open_p2p_dialogue.ts";
import { P2pShell } from "./shell.ts";
import { followNews } from "./shell_news.ts";
import { badConfig, readConfigTable } from "../../storage/config_table.ts";
import { readConfig } from "../config_file.ts";

/** `heliograph p2p`. */
export const P2P_VERB: Verb = {
  name: "p2p",
  group: "Without a server",
  summary: "talk to somebody directly, without a server",
  details:
    "Opens the `~> ` shell: init HOST PORT NAME, then conn HOST PORT, send NAME, inbox NAME, exit; help lists its commands. You can pass the first command at once; the shell then stays open. In a pipe each line is a command; without exit it ends with the code of the last command that failed.\n\nBoth sides prove who they are, everything is end-to-end encrypted, and messages to somebody who is offline wait until they are back. See docs/p2p.md.",
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
      flag: "--strict",
      summary: "behave like the older program: init before conn, and help lists its seven commands",
    },
  ],
  examples: [
    { line: "p2p", summary: "the shell" },
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
  const first = values.words("COMMAND");
  if (first.length > 0) await shell.runLine(first.map(quoteWord).join(" "));
  // One that could not begin has nothing to go on with (row S1.07).
  if (first[0] === "init" && desk.node === undefined) return shell.exit;
  await shell.run();
  return isInteractive ? EXIT.done : shell.exit;
}

/** Whether keys and database are destroyed at the end. Throws UsageError `bad-config`, StorageError. */
async function isEphemeral(values: CommandValues, context: Context): Promise<boolean> {
  return values.has("--ephemeral") ||
    deletesOnExit(await readConfig(context.options.folders.config));
}

/** What the text of the file says of it. Pure. Throws UsageError `bad-config`. */
export function deletesOnExit(text: string): boolean {
  const { delete_on_exit: deletes = false } = readConfigTable(text, "privacy", ["delete_on_exit"]);
  if (typeof deletes !== "boolean") throw badConfig("delete_on_exit is true or false");
  return deletes;
}

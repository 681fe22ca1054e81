/** One run of the `~> ` shell, from the terminal or the pipe to the exit code. */

import { UsageError } from "../../base/errors.ts";
import { Scope } from "../../base/scope.ts";
import type { CommandValues } from "../../commands/command_values.ts";
import { EXIT, type ExitCode } from "../../commands/exit_code.ts";
import { quoteWord } from "../../commands/words.ts";
import type { Context } from "../context.ts";
import { hasTerminal } from "../dialogue/open_dialogue.ts";
import { isEphemeral } from "./ephemeral.ts";
import { openP2pDialogue } from "./open_p2p_dialogue.ts";
import { openShellDialogue } from "./shell_dialogue.ts";
import { P2pShell } from "./shell.ts";
import { followNews } from "./shell_news.ts";

/** Runs the shell until it is left. What it opens belongs to `owned`, whose end destroys what is ephemeral. */
export async function runP2p(
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
  const { readsKeys } = opened;
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

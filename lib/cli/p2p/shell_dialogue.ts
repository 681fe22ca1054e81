/** Where the `~> ` shell reads and writes: an input line on a terminal, else lines and not one escape sequence. */

import type { LineDialogue } from "../../terminal/dialogue.ts";
import { LineHistory } from "../../terminal/line_history.ts";
import { LineSource } from "../../terminal/line_source.ts";
import { QueuedOutput } from "../../terminal/output.ts";
import { PlainDialogue } from "../../terminal/plain_dialogue.ts";
import { TerminalDialogue } from "../../terminal/terminal_dialogue.ts";
import { Tty } from "../../terminal/tty.ts";
import { processTty } from "../../terminal/tty_device.ts";
import type { Context } from "../context.ts";
import { hasTerminal, personalFolders } from "../dialogue/open_dialogue.ts";
import { completeShellLine, type KnownNames } from "./shell_completion.ts";
import { SHELL_TABLE } from "./shell_table.ts";

/** A shell on this terminal or pipe. */
export interface OpenedShell {
  readonly dialogue: LineDialogue;
  /** What pictures are drawn on; undefined where there is nothing. */
  readonly tty: Tty | undefined;
}

/** Everything that is opened belongs to `owned`; closing that gives the terminal back. */
export async function openShellDialogue(
  context: Context,
  owned: AsyncDisposableStack,
  names: () => KnownNames,
): Promise<OpenedShell & { readonly readsKeys: boolean }> {
  const { clock } = context.options;
  const device = processTty("stdout");
  if (!hasTerminal(context) || context.output.isJson) {
    const output = owned.use(new QueuedOutput(device.output, { clock }));
    const widthCells = () => device.outputIsTerminal() ? device.size()?.columns : undefined;
    const lines = new LineSource(device.input);
    const dialogue = new PlainDialogue(lines, output, { widthCells });
    return { dialogue, tty: undefined, readsKeys: false };
  }
  const readFolder = personalFolders(context);
  const tty = owned.use(Tty.open(device, { clock }));
  context.restoreAtExit(() => tty.restore());
  const dialogue = owned.use(
    await TerminalDialogue.open(tty, {
      history: new LineHistory(),
      complete: (before) => completeShellLine(before, SHELL_TABLE, { ...names(), readFolder }),
    }),
  );
  return { dialogue, tty, readsKeys: true };
}

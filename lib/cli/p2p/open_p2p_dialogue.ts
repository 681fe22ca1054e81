/**
 * The desk of one run of the program: where things are kept, where lines are read, and how things are said: on an input line of a
 * terminal, else in lines and not one escape sequence.
 */

import { join } from "node:path";
import { removeLog } from "../../client/logging.ts";
import type { CommandValues } from "../../commands/command_values.ts";
import type { LineDialogue } from "../../terminal/dialogue.ts";
import { safeText } from "../../base/safe_text.ts";
import type { Context } from "../context.ts";
import { hasTerminal, personalFolders, personalPath } from "../dialogue/open_dialogue.ts";
import { TerminalViewer } from "../video/terminal_viewer.ts";
import { openPlace } from "./node_place.ts";
import { P2pDialogue } from "./p2p_dialogue.ts";
import { LineHistory } from "../../terminal/line_history.ts";
import { LineSource } from "../../terminal/line_source.ts";
import { QueuedOutput } from "../../terminal/output.ts";
import { PlainDialogue } from "../../terminal/plain_dialogue.ts";
import { TerminalDialogue } from "../../terminal/terminal_dialogue.ts";
import { Tty } from "../../terminal/tty.ts";
import { processTty } from "../../terminal/tty_device.ts";
import { completeShellLine, type KnownNames } from "./shell_completion.ts";
import { SHELL_TABLE } from "./shell_table.ts";

/** `values`: of the verb. */
export function openP2pDialogue(
  context: Context,
  values: CommandValues,
  { dialogue, tty, isEphemeral }: OpenedShell & { readonly isEphemeral: boolean },
): P2pDialogue {
  const { signal, output } = context;
  const { clock, random, profileFolder, isPlain } = context.options;
  const db = values.option("--db");
  const place = {
    base: join(profileFolder, "p2p"),
    db: db === undefined ? undefined : context.person.path(db),
    isEphemeral,
    random,
  };
  return new P2pDialogue({
    clock,
    random,
    signal,
    isEphemeral,
    removeTraces: () => removeLog(context.options.folders.state),
    downloads: context.options.downloads,
    resolvePath: personalPath(context),
    openFolder: (name) => openPlace(name, place),
    isAttended: Deno.stdin.isTerminal(),
    showsCodes: !output.isJson && !isPlain && Deno.stdout.isTerminal(),
    defaultName: () => Deno.env.get("USER") ?? Deno.env.get("USERNAME") ?? "somebody",
    say: async (type, fields, words) => {
      if (output.isJson) {
        if (type !== "") await output.object(type, fields);
      } else if (words !== "") await printWords(dialogue, words);
    },
    openViewer: tty &&
      ((until) =>
        TerminalViewer.open(tty, {
          render: "auto",
          size: undefined,
          clock,
          random,
          signal: until,
        })),
    readLine: (prompt) => dialogue.readLine({ prompt: safeText(prompt), signal }),
  });
}

/** Together, so that nothing comes in between. */
async function printWords(
  dialogue: LineDialogue,
  words: string | readonly string[],
): Promise<void> {
  const texts = typeof words === "string" ? [words] : words;
  await Promise.all(texts.map((text) => dialogue.print(safeText(text))));
}

/** A shell on this terminal or pipe. */
interface OpenedShell {
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

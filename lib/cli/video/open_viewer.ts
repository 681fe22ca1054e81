/** Chooses where `watch` draws. */

import { UsageError } from "../../base/errors.ts";
import type { CommandValues } from "../../commands/command_values.ts";
import type { OptionSpec } from "../../commands/command_table.ts";
import { isRenderChoice, RENDER_CHOICES } from "../../terminal/capability/capability.ts";
import { Tty } from "../../terminal/tty/tty.ts";
import { processTty } from "../../terminal/tty/tty_device.ts";
import type { Context } from "../context.ts";
import { FileViewer } from "./file_viewer.ts";
import { TerminalViewer } from "./terminal_viewer.ts";
import { NoViewer, parsePixelSize, type Viewer } from "./viewer.ts";

const RENDER: OptionSpec = {
  flag: "--render",
  valueName: "METHOD",
  choices: RENDER_CHOICES,
  summary: "how pictures are drawn (default: auto)",
};
const SAVE: OptionSpec = {
  flag: "--save",
  valueName: "DIR",
  summary: "save the frames as JPEG, and frames.jsonl",
};

/** What a verb that shows pictures lets the person choose: where and how, for `openViewer`, and whether to keep them. */
export const PICTURE_OPTIONS: readonly OptionSpec[] = [
  RENDER,
  { flag: "--size", valueName: "WxH", summary: "at most this many pixels" },
  { flag: "--output", valueName: "FILE", summary: "write the terminal's bytes there" },
  SAVE,
];

/** The same in a dialogue, which has one place for them. */
export const DIALOGUE_PICTURE_OPTIONS: readonly OptionSpec[] = [RENDER, SAVE];

/** The viewer, and what it draws on, belong to `owned`. Throws UsageError `no-terminal`, TerminalError. */
export async function openViewer(
  context: Context,
  values: CommandValues,
  owned: AsyncDisposableStack,
): Promise<Viewer> {
  const choice = values.option("--render") ?? "auto";
  const render = isRenderChoice(choice) ? choice : "auto";
  const size = parsePixelSize(values.option("--size"));
  const { clock, random, isPlain } = context.options;
  const options = { render, size, clock, random };
  const output = values.option("--output");
  if (render === "none") return owned.use(new NoViewer());
  if (output !== undefined) {
    return owned.use(await FileViewer.open(context.person.path(output), options));
  }
  if (isPlain || !Deno.stdin.isTerminal() || !Deno.stdout.isTerminal()) {
    throw new UsageError(
      "no-terminal",
      "No terminal to draw on. Use --output FILE, or --render none",
    );
  }
  const tty = owned.use(Tty.open(processTty("stdout"), options));
  context.restoreAtExit(() => tty.restore());
  return owned.use(await TerminalViewer.open(tty, { ...options, signal: context.signal }));
}

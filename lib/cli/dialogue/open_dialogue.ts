/** Chooses how the dialogue reads and writes: keys and an input line on a terminal, else lines and not one escape sequence. */

import type { LineDialogue } from "../../terminal/dialogue.ts";
import type { Completer } from "../../commands/completion.ts";
import { LineSource } from "../../terminal/line_source.ts";
import { QueuedOutput } from "../../terminal/output.ts";
import { PlainDialogue } from "../../terminal/plain_dialogue.ts";
import { TerminalDialogue } from "../../terminal/terminal_dialogue.ts";
import { Tty } from "../../terminal/tty.ts";
import { processTty } from "../../terminal/tty_device.ts";
import type { Context } from "../context.ts";
import { soundFinder } from "../video/sound_finder.ts";
import { TerminalViewer } from "../video/terminal_viewer.ts";
import { expandHome, type FolderReader, folderReader } from "./path_completion.ts";
import type { VideoSurface } from "./slash_row.ts";

/** A dialogue on this terminal or pipe. */
export interface OpenedDialogue {
  readonly dialogue: LineDialogue;
  readonly stage: VideoSurface;
  /** Whether it reads keys: then nothing that was typed stays on the screen by itself. */
  readonly readsKeys: boolean;
}

/** Whether this process has a terminal on both sides, and may use it as one. */
export function hasTerminal(context: Context): boolean {
  return !context.options.isPlain && Deno.stdin.isTerminal() && Deno.stdout.isTerminal();
}

/** A path as it is typed where no shell has read it: `~` is the person's home. */
export function personalPath({ person }: Context): (path: string) => string {
  return (path) => person.path(expandHome(path, Deno.env.get("HOME")));
}

/** Folders as `personalPath` finds them, for completion. */
export function personalFolders(context: Context): FolderReader {
  return folderReader(personalPath(context));
}

/** Everything that is opened belongs to `owned`; closing that gives the terminal back. */
export async function openDialogue(
  context: Context,
  owned: AsyncDisposableStack,
  options: { complete: Completer },
): Promise<OpenedDialogue> {
  const { clock, random, downloads, outbox, aliases, hooks, video } = context.options;
  const resolve = personalPath(context);
  const findSound = soundFinder(context);
  const places = { resolve, downloads, outbox, aliases, hooks, video, findSound };
  const device = processTty("stdout");
  if (!hasTerminal(context)) {
    const output = owned.use(new QueuedOutput(device.output, { clock }));
    const widthCells = () => device.outputIsTerminal() ? device.size()?.columns : undefined;
    const dialogue = new PlainDialogue(new LineSource(device.input), output, { widthCells });
    return { dialogue, stage: { open: undefined, ...places }, readsKeys: false };
  }
  const tty = owned.use(Tty.open(device, { clock }));
  context.restoreAtExit(() => tty.restore());
  const dialogue = owned.use(await TerminalDialogue.open(tty, options));
  const open: VideoSurface["open"] = (viewing) =>
    TerminalViewer.open(tty, { ...viewing, size: undefined, clock, random });
  return { dialogue, stage: { open, ...places }, readsKeys: true };
}

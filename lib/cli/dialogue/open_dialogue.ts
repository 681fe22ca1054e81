/** Chooses how the dialogue reads and writes: keys and an input line on a terminal, else lines and not one escape sequence. */

import { safeText } from "../../base/safe_text.ts";
import type { DialogueInput, LineDialogue } from "../../terminal/lines/dialogue.ts";
import type { Completer } from "../../commands/completion.ts";
import { LineSource } from "../../terminal/input/line_source.ts";
import { QueuedOutput } from "../../terminal/output/output.ts";
import { PlainDialogue } from "../../terminal/lines/plain_dialogue.ts";
import { Prompter } from "../../terminal/lines/prompt.ts";
import { TerminalDialogue } from "../../terminal/lines/terminal_dialogue.ts";
import { Tty } from "../../terminal/tty/tty.ts";
import { processTty } from "../../terminal/tty/tty_device.ts";
import type { AppClientOptions } from "../../app/conversations/app_client.ts";
import type { Client } from "../../client/client.ts";
import { EXIT, type ExitCode } from "../../commands/exit_code.ts";
import type { Context } from "../context.ts";
import { serveNames } from "../serve_names.ts";
import { completeAt } from "./completion.ts";
import type { Dialogue, DialogueOptions, Secrets } from "./dialogue.ts";
import { TerminalViewer } from "../video/terminal_viewer.ts";
import { expandHome, type FolderReader, folderReader } from "./path_completion.ts";
import { soundFinder } from "../video/sound_finder.ts";
import type { VideoSurface } from "./slash_row.ts";

/** A dialogue on this terminal or pipe. */
export interface OpenedDialogue {
  readonly dialogue: LineDialogue;
  readonly stage: VideoSurface;
  /** Whether it reads keys: then nothing that was typed stays on the screen by itself. */
  readonly readsKeys: boolean;
}

/** Where lines are read and written, and the terminal of one that reads keys: pictures are drawn on that. */
export interface OpenedLines {
  readonly dialogue: LineDialogue;
  readonly tty: Tty | undefined;
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
export async function openLines(
  context: Context,
  owned: AsyncDisposableStack,
  options: { complete: Completer },
): Promise<OpenedLines> {
  const { clock } = context.options;
  const device = processTty("stdout");
  if (!hasTerminal(context) || context.output.isJson) {
    const output = owned.use(new QueuedOutput(device.output, { clock }));
    const widthCells = () => device.outputIsTerminal() ? device.size()?.columns : undefined;
    const askHidden = Deno.stdin.isTerminal() ? hiddenAsker(context) : undefined;
    const lines = new LineSource(device.input);
    return {
      dialogue: new PlainDialogue(lines, output, { widthCells, askHidden }),
      tty: undefined,
    };
  }
  const tty = owned.use(Tty.open(device, { clock }));
  context.restoreAtExit(() => tty.restore());
  return { dialogue: owned.use(await TerminalDialogue.open(tty, options)), tty };
}

/** Asks for a secret without its echo, on a terminal that otherwise edits the line itself. */
function hiddenAsker(
  { options: { clock, stopper } }: Context,
): () => Promise<DialogueInput> {
  const prompter = new Prompter(processTty("stdout"), {
    clock,
    plain: true,
    signal: stopper.signal,
  });
  stopper.restoreAtExit(() => prompter.restore());
  return async () => {
    const outcome = await prompter.askHidden(safeText(""));
    if (outcome.kind === "answered") return { kind: "line", text: outcome.answer };
    return { kind: outcome.kind === "ended" ? "ended" : "interrupted" };
  };
}

/** See `openLines`. */
async function openDialogue(
  context: Context,
  owned: AsyncDisposableStack,
  options: { complete: Completer },
): Promise<OpenedDialogue> {
  const { clock, random } = context.options;
  const { dialogue, tty } = await openLines(context, owned, options);
  const open: VideoSurface["open"] = tty &&
    ((viewing) => TerminalViewer.open(tty, { ...viewing, size: undefined, clock, random }));
  return { dialogue, stage: stageOf(context, open), readsKeys: tty !== undefined };
}

/** Where a client's videos and files go, as the person has set it. */
export function stageOf(context: Context, open: VideoSurface["open"]): VideoSurface {
  const { downloads, outbox, aliases, hooks, video } = context.options;
  const places = { resolve: personalPath(context), downloads, outbox, aliases, hooks };
  const { openSettings, folders } = context.options;
  const settings = openSettings && (() => openSettings(folders.config));
  return { open, ...places, video, settings, findSound: soundFinder(context) };
}

/** What changes of the account need. */
export function secretsOf(context: Context, client: Client): Secrets {
  return {
    greet: (signal) => context.greetFor(client, signal),
    readFile: (file) => context.person.secret("", { file, mayBeEmpty: true }),
    keeper: () => context.keeper(),
  };
}

/** What a shell of lines is made of, whichever it is. */
export interface ShellParts
  extends AppClientOptions, Pick<DialogueOptions, "secrets" | "isAttended">, OpenedDialogue {}

/** A shell of lines over a client. */
export interface LineShell {
  readonly desk: Dialogue;
  /** Whether there ever was a connection. */
  readonly wasOnline: boolean;
  /** Ctrl-C, where it does not come as a key. */
  interrupt(): void;
  /** Runs until the person leaves. */
  run(): Promise<void>;
}

/** Runs a shell for a client of this profile until the person leaves. */
export async function runShell(
  context: Context,
  client: Client,
  open: (parts: ShellParts) => LineShell,
): Promise<ExitCode> {
  await using owned = new AsyncDisposableStack();
  const opened = await openDialogue(context, owned, {
    complete: (before) => completeAt(shell.desk, before),
  });
  const { readsKeys } = opened;
  // A pipe has nobody who could answer, or press ctrl-C twice.
  const isAttended = readsKeys || Deno.stdin.isTerminal();
  const connect = (signal: AbortSignal) => context.connect(client, signal);
  const secrets = secretsOf(context, client);
  const shell: LineShell = open({ client, connect, ...opened, isAttended, secrets });
  if (!readsKeys && isAttended) {
    owned.defer(context.options.stopper.interceptInterrupt(() => shell.interrupt()));
  }
  owned.use(await serveNames(context, shell.desk));
  await shell.run();
  if (readsKeys) return EXIT.done;
  if (!shell.wasOnline) return EXIT.unreachable;
  return isAttended ? EXIT.done : shell.desk.unsaid ?? EXIT.done;
}

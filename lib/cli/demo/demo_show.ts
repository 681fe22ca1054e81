/** The demo's video: played in the terminal; where there is none its frames are only counted. */

import { problemOf } from "../../app/video_list.ts";
import { describeError, Refusal, TransportError, UsageError } from "../../base/errors.ts";
import { anySignal, Scope } from "../../base/scope.ts";
import type { Client } from "../../client/client.ts";
import { quoteWord } from "../../commands/words.ts";
import { Tty } from "../../terminal/tty/tty.ts";
import { processTty } from "../../terminal/tty/tty_device.ts";
import type { Context } from "../context.ts";
import { openFullScreen, talkOn } from "../screen/open_screen.ts";
import { TerminalViewer } from "../video/terminal_viewer.ts";
import { NoViewer, type Viewer } from "../video/viewer.ts";
import { watch } from "../video/watch.ts";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const NO_FFMPEG =
  "There is no ffmpeg on this machine, so there is no video: your package manager has it. Everything else works without it";

/**
 * Plays video `name` as a stream of thirds, and prints how many frames came of each rendition. False when the person pressed
 * ctrl-C.
 */
export async function showVideo(context: Context, client: Client, name: string): Promise<boolean> {
  const { output } = context;
  const hasTerminal = !context.options.isPlain && !output.isJson && Deno.stdin.isTerminal() &&
    Deno.stdout.isTerminal();
  await using owned = new AsyncDisposableStack();
  const counts = new Map<string, number>();
  try {
    const { watched } = await watch(client.link, {
      video: name,
      mode: "thirds",
      speed: hasTerminal ? 1 : 0,
      open: async () => ({
        viewer: owned.use(hasTerminal ? await onTerminal(context, owned) : new NoViewer()),
        saver: {
          save: ({ rendition }: { rendition: string }) =>
            void counts.set(rendition, (counts.get(rendition) ?? 0) + 1),
          flush: () => Promise.resolve(),
        },
      }),
      clock: context.clock,
      signal: context.signal,
    });
    await owned.disposeAsync();
    const parts = [...counts].map(([rendition, count]) => `${count} in ${rendition}`).join(", ");
    await output.fact(
      "watched",
      { ...watched, renditions: Object.fromEntries(counts) },
      `${watched.name}: ${watched.received} frames of ${watched.total}: ${parts}`,
    );
    return !watched.interrupted;
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== "ffmpeg-missing") throw error;
    await output.note(NO_FFMPEG);
    return true;
  }
}

async function onTerminal(context: Context, owned: AsyncDisposableStack): Promise<Viewer> {
  const { clock, random } = context.options;
  const tty = owned.use(Tty.open(processTty("stdout"), { clock }));
  context.restoreAtExit(() => tty.restore());
  return await TerminalViewer.open(tty, {
    render: "auto",
    size: undefined,
    clock,
    random,
    signal: context.signal,
  });
}

// The demo's library: the project's own videos, or the one that the person named.

/** The library of the demo's server, and what to play from it. */
interface DemoVideo {
  readonly folder: string;
  /** The file that the person named, as they named it. */
  readonly file: string | undefined;
  /** The name to ask the server for; undefined where there is nothing to show. */
  readonly name: string | undefined;
}

/** The video that is shown when nobody names one. */
const OWN_VIDEO = "cockatoo";

/** What the server's list says of every video while it has no ffmpeg: then the demo goes on without one. */
const NEEDS_FFMPEG = "needs ffmpeg";

/** A copy of `file` in `folder`, so that nothing else of its folder is shown; without `file` the project's videos. */
export async function prepareVideo(
  folder: string,
  file: string | undefined,
  resolve: (path: string) => string,
): Promise<DemoVideo> {
  if (file === undefined) {
    const own = await findOwnVideos();
    if (own !== undefined) return { file, folder: own, name: OWN_VIDEO };
    await Deno.mkdir(folder, { recursive: true });
    return { file, folder, name: undefined };
  }
  const base = file.replace(/^.*[/\\]/, "");
  const extension = /\.[A-Za-z0-9]{1,5}$/.exec(base)?.[0] ?? "";
  await Deno.mkdir(folder, { recursive: true });
  const path = resolve(file);
  try {
    await Deno.copyFile(path, `${folder}/demo${extension}`);
  } catch (error) {
    throw new UsageError("no-such-file", `Cannot show ${file}: ${await whyNotRead(path, error)}`, {
      cause: error,
    });
  }
  return { file, folder, name: "demo" };
}

/** Throws UsageError when the file that the person named is no video: before anything is shown. */
export async function checkVideo(client: Client, { file, name }: DemoVideo): Promise<void> {
  if (file === undefined || name === undefined) return;
  const problem = await problemOf(client.link, name);
  if (problem === undefined || problem === NEEDS_FFMPEG) return;
  throw new UsageError("bad-video", `Cannot show ${file}: ${problem}`);
}

/**
 * Beside the sources, or beside a compiled program, of which an installation has only a link on PATH; undefined when the videos
 * did not come along.
 */
export async function findOwnVideos(
  program = Deno.build.standalone ? Deno.execPath() : fileURLToPath(Deno.mainModule),
): Promise<string | undefined> {
  try {
    const folder = join(dirname(await Deno.realPath(program)), "videos");
    await Deno.stat(join(folder, `${OWN_VIDEO}.mp4`));
    return folder;
  } catch {
    // Not there, or not to be read: then there is nothing to show.
    return undefined;
  }
}

async function whyNotRead(path: string, error: unknown): Promise<string> {
  if (error instanceof Deno.errors.NotFound) return "no such file";
  if (error instanceof Deno.errors.PermissionDenied) return "no permission to read it";
  return (await Deno.stat(path)).isDirectory ? "it is a folder" : describeError(error);
}

// The demo on a terminal: alice's full screen, with bob's film beside what they said; bob answers.

/** What bob says to whatever alice says. */
const ANSWERS = [
  "I am only a script, but this message went through the server encrypted :)",
  "F7 shows the video full screen, F6 gives it the keys, F1 lists all keys",
  "ctrl-D quits; the demo leaves nothing on your disk",
];

/** False where there is no terminal to show it on. Returns when the person has left. */
export async function showOnScreen(
  context: Context,
  { alice, bob }: { readonly alice: Client; readonly bob: Client },
  video: string | undefined,
): Promise<boolean> {
  if (context.output.isJson) return false;
  await using screen = await openFullScreen(context);
  if (screen === undefined) return false;
  const talk = talkOn(screen, context, {
    client: alice,
    // A server that is gone is gone with all of the demo.
    connect: () => Promise.reject(new TransportError("offline", "The demo's server has stopped")),
  });
  await using scope = new Scope(context.signal);
  scope.run("bob", () => answer(bob, alice, scope));
  const partner = bob.profile.own.account;
  scope.run("film", async () => {
    await talk.enter(`/to ${partner}`, undefined);
    if (video !== undefined) await talk.enter(`/watch ${quoteWord(video)}`, partner);
  });
  await screen.run(talk);
  return true;
}

/** Bob receives, and answers each text once. */
async function answer(bob: Client, alice: Client, scope: Scope): Promise<void> {
  const { account } = alice.profile.own;
  const contact = await bob.findContact(account);
  let told = 0;
  const stopListening = bob.listen((event) => {
    const text = ANSWERS[told];
    if (event.type !== "entry" || event.entry.own || event.entry.kind !== "text") return;
    if (text === undefined) return;
    told++;
    scope.run("answer", async () => {
      await bob.write(contact.account, text);
      await bob.flush();
    });
  });
  try {
    await bob.receiving(async (_caughtUp, ended) => {
      const until = anySignal(scope.signal, ended);
      await new Promise<void>((resolve) => {
        if (until.aborted) resolve();
        until.addEventListener("abort", () => resolve(), { once: true });
      });
    });
  } finally {
    stopListening();
  }
}

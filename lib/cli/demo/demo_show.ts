/** The demo's video: played in the terminal; where there is none its frames are only counted. */

import { Refusal } from "../../base/errors.ts";
import type { Client } from "../../client/client.ts";
import { Tty } from "../../terminal/tty.ts";
import { processTty } from "../../terminal/tty_device.ts";
import type { Context } from "../context.ts";
import { TerminalViewer } from "../video/terminal_viewer.ts";
import { NoViewer, type Viewer } from "../video/viewer.ts";
import { watch } from "../video/watch.ts";

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

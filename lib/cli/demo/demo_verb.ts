/** `demo`: a server, two people and a video on this machine, with nothing asked and nothing left behind. */

import { Refusal } from "../../base/errors.ts";
import type { Client } from "../../client/client.ts";
import { replaceEmoticons } from "../../commands/emoticons.ts";
import { EXIT } from "../../commands/exit_code.ts";
import { formatSafetyNumber } from "../../crypto/safety_number.ts";
import type { Context } from "../context.ts";
import type { Verb } from "../verb.ts";
import { Tty } from "../../terminal/tty.ts";
import { processTty } from "../../terminal/tty_device.ts";
import { TerminalViewer } from "../video/terminal_viewer.ts";
import { NoViewer, type Viewer } from "../video/viewer.ts";
import { watch } from "../video/watch.ts";
import { makePerson, say } from "./demo_person.ts";
import { DemoServer } from "./demo_server.ts";
import { prepareVideo } from "./demo_video.ts";

/** Who says what; the last line is alice's, who then watches. */
const SCRIPT: readonly (readonly ["alice" | "bob", string])[] = [
  ["bob", "hello alice, this is sealed end to end 🧛‍♂️ (L)"],
  ["alice", "hi bob :) the server sees only ciphertext"],
  ["bob", "watch the cockatoo with me"],
];

export const DEMO_VERB: Verb = {
  name: "demo",
  aliases: [],
  group: "This machine",
  summary: "show everything on this machine: a server, two people, a video",
  details:
    "Starts a server on a free port of this machine, makes two accounts that talk to each other, and plays a video. Nothing is left behind.",
  arguments: [{ name: "VIDEO", summary: "a video file of yours", required: false }],
  options: [],
  examples: [{ line: "demo holiday.mp4", summary: "with a video of yours" }],
  exitCodes: [5, 11],
  async run(context, values) {
    const file = values.argument("VIDEO");
    await using owned = new AsyncDisposableStack();
    const folder = await Deno.makeTempDir({ prefix: "heliograph-demo-" });
    owned.defer(() => Deno.remove(folder, { recursive: true }));
    const video = await prepareVideo(
      `${folder}/videos`,
      file === undefined ? undefined : context.person.path(file),
    );
    const { clock, random } = context.options;
    await context.output.note("Starting a server on this machine");
    const server = owned.use(
      await DemoServer.start({ folder, videoFolder: video.folder, clock, signal: context.signal }),
    );
    const world = { server, folder, clock, random };
    await context.output.note("Making two accounts: alice and bob");
    const alice = await makePerson(world, "alice", owned);
    const bob = await makePerson(world, "bob", owned);
    await talk(context, { alice, bob });
    await show(context, alice, video.name);
    return EXIT.done;
  },
};

async function talk(context: Context, people: { alice: Client; bob: Client }): Promise<void> {
  const { output } = context;
  for (const [speaker, text] of SCRIPT) {
    const listener = speaker === "alice" ? "bob" : "alice";
    await say(people[speaker], people[listener], text);
    const [entry] = await people[listener].messenger.history.latest(1, (it) => it.kind === "text");
    await output.fact(
      "message",
      { from: entry.from, to: listener, text: entry.text, delivered: true },
      `${entry.from} → ${listener}: ${replaceEmoticons(entry.text)}  (delivered)`,
    );
  }
  const contact = await people.alice.findContact("bob");
  const number = formatSafetyNumber(people.alice.safetyNumber(contact));
  await output.fact("safety-number", { number }, `Their safety number: ${number}`);
}

/** Plays the video in the terminal; without one only counts its frames. */
async function show(context: Context, client: Client, name: string): Promise<void> {
  const { output } = context;
  const hasTerminal = !context.options.isPlain && !output.isJson && Deno.stdin.isTerminal() &&
    Deno.stdout.isTerminal();
  await using owned = new AsyncDisposableStack();
  const viewer: Viewer = owned.use(hasTerminal ? await onTerminal(context, owned) : new NoViewer());
  const counts = new Map<string, number>();
  try {
    const watched = await watch(client.link, {
      video: name,
      mode: "thirds",
      speed: hasTerminal ? 1 : 0,
      viewer,
      saver: {
        save: ({ rendition }) => counts.set(rendition, (counts.get(rendition) ?? 0) + 1),
        flush: () => Promise.resolve(),
      },
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
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== "ffmpeg-missing") throw error;
    await output.note("No ffmpeg was found, so there is no video. Say: deno task setup");
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
